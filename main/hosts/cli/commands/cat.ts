import { once } from 'node:events'
import type { Command } from 'commander'
import { EverstowError, hasCode } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** One JSON document holds no more; `restore` brings larger files. */
const LARGEST_IN_JSON_BYTES = 64 * 1024 * 1024

/** `everstow cat`: one file of a backup on standard output, byte for byte. */
export function catCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('cat')
    .description(say('help.cat'))
    .argument('<id>', say('help.arg.backup'))
    .argument('<path>', say('help.arg.pathInside'))
    .option('--force', say('help.opt.force'))
    .action(withEngine(writeOut))
}

async function writeOut(
  session: Session,
  wanted: string,
  path: string,
  { force = false }: { readonly force?: boolean },
): Promise<ExitStatus> {
  const { id } = await session.call('backup.get', { id: wanted })
  const { output } = session
  if (output.json) return asDocument(session, id, path)
  const { stdout } = process
  for await (const { bytes } of piecesOf(session, id, path)) {
    if (stdout.isTTY && !force && !isPlainText(bytes)) throw new UsageError('binary', { what: path })
    // A reader that went away (`| head`) has all it wanted.
    if (stdout.destroyed || stdout.errored) break
    if (!stdout.write(bytes))
      await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => {})
  }
  return EXIT.done
}

async function asDocument(session: Session, id: string, path: string): Promise<ExitStatus> {
  const pieces: Uint8Array[] = []
  let total = 0
  for await (const { bytes, sizeBytes } of piecesOf(session, id, path)) {
    if (sizeBytes > LARGEST_IN_JSON_BYTES)
      throw new EverstowError('invalid-input', {
        data: { field: 'PATH', value: path, reason: `> ${LARGEST_IN_JSON_BYTES} bytes` },
      })
    pieces.push(bytes)
    total = sizeBytes
  }
  const content = Buffer.concat(pieces).toString('base64')
  session.output.answer({ backup_id: id, path, size_bytes: total, content_base64: content }, () => [])
  return EXIT.done
}

/** A file piece by piece; the next is read while the last is written. */
async function* piecesOf(session: Session, id: string, path: string) {
  const read = (offset: number) =>
    session.call('backup.read', { id, path, offset }).catch((error: unknown) => {
      throw notAnOption(error, path)
    })
  let next = read(0)
  for (let offset = 0; ; ) {
    const { base64, sizeBytes } = await next
    const bytes = Buffer.from(base64, 'base64')
    offset += bytes.length
    const isLast = offset >= sizeBytes || bytes.length === 0
    if (!isLast) {
      next = read(offset)
      // Heard where it is waited for; a reader that leaves before is not told.
      next.catch(() => {})
    }
    yield { bytes, sizeBytes }
    if (isLast) return
  }
}

/** The path that does not fit is an argument here. */
function notAnOption(error: unknown, path: string): unknown {
  if (!hasCode(error, 'invalid-input') || error.data.field !== 'path') return error
  return new EverstowError('invalid-input', { data: { ...error.data, field: 'PATH', value: path } })
}

/** Nothing in it that a terminal would obey. */
function isPlainText(bytes: Uint8Array): boolean {
  return bytes.every((byte) =>
    byte >= 0x20 ? byte !== 0x7f : byte === 0x09 || byte === 0x0a || byte === 0x0d,
  )
}
