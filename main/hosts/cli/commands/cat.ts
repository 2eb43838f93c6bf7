import type { Command } from 'commander'
import type { DataKind } from '../../../contract/index.ts'
import { EverstowError, hasCode } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { asOption } from '../options/data-options.ts'
import { writeThrough } from '../output/write-through.ts'
import type { Session } from '../session.ts'
import { catData } from './cat-data.ts'

/** One JSON document holds no more; `restore` brings larger files. */
const LARGEST_IN_JSON_BYTES = 64 * 1024 * 1024

interface CatOptions {
  readonly force?: boolean
  readonly select?: string
  readonly as?: DataKind
}

/** `everstow cat`: one file of a backup on standard output, byte for byte; or as data, whole or a part of it. */
export function catCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('cat')
    .description(say('help.cat'))
    .argument('<id>', say('help.arg.backup'))
    .argument('<path>', say('help.arg.pathInside'))
    .option('--select <part>', say('help.opt.select'))
    .addOption(asOption(say))
    .option('--force', say('help.opt.force'))
    .action(withEngine(writeOut))
}

async function writeOut(
  session: Session,
  wanted: string,
  path: string,
  { force = false, ...how }: CatOptions,
): Promise<ExitStatus> {
  if (how.select !== undefined || how.as !== undefined)
    return catData(session, { backup: wanted, path }, how, force)
  const { id } = await session.call('backup.get', { id: wanted })
  const { output } = session
  if (output.json) return asDocument(session, id, path)
  await writeThrough(bytesOf(session, id, path), { what: path, force })
  return EXIT.done
}

async function* bytesOf(session: Session, id: string, path: string): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of piecesOf(session, id, path)) yield bytes
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
