import type { CallOutput, DataKind } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { askData } from '../data-call.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { safeJson } from '../output/terminal-text.ts'
import { writeThrough } from '../output/write-through.ts'
import type { Session } from '../session.ts'

/** One JSON document holds no more. */
const LARGEST_IN_JSON_BYTES = 64 * 1024 * 1024
/** The contract answers with at most so much at once. */
const PIECE_BYTES = 4_194_304

interface Wanted {
  readonly backup: string
  readonly path: string
}

interface How {
  readonly select?: string
  readonly as?: DataKind
}

type Answer = CallOutput<'data.read'>

/** A file as data: a value as JSON, records as a line of JSON each, text as UTF-8, bytes as they are. */
export async function catData(
  session: Session,
  wanted: Wanted,
  how: How,
  force: boolean,
): Promise<ExitStatus> {
  const answers = answersOf(session, wanted, how)
  if (session.output.json) {
    const document = await documentOf(answers, wanted)
    session.output.answer(document, () => [])
  } else await writeThrough(writtenOf(answers), { what: wanted.path, force })
  return EXIT.done
}

/** The first answer, and those that follow it in the same file of the same backup. */
async function* answersOf(session: Session, wanted: Wanted, how: How): AsyncGenerator<Answer> {
  let answer = await askData(session, 'data.read', { ...wanted, ...how, maxBytes: PIECE_BYTES })
  for (;;) {
    yield answer
    const { backupId: backup, path, kind, nextOffset: offset } = answer
    if (offset === undefined) return
    answer = await askData(session, 'data.read', {
      ...how,
      backup,
      path,
      as: kind,
      offset,
      maxBytes: PIECE_BYTES,
    })
  }
}

async function* writtenOf(answers: AsyncIterable<Answer>): AsyncGenerator<Uint8Array> {
  for await (const answer of answers) {
    if (answer.base64 !== undefined) yield Buffer.from(answer.base64, 'base64')
    else if (answer.text !== undefined) yield Buffer.from(answer.text)
    else if (answer.kind === 'json' || !Array.isArray(answer.value))
      yield Buffer.from(`${safeJson(answer.value, 2)}\n`)
    else for (const record of answer.value) yield Buffer.from(`${safeJson(record)}\n`)
  }
}

async function documentOf(answers: AsyncIterable<Answer>, { path }: Wanted) {
  const all: Answer[] = []
  let taken = 0
  for await (const answer of answers) {
    taken += answer.base64?.length ?? answer.text?.length ?? JSON.stringify(answer.value ?? null).length
    if (taken > LARGEST_IN_JSON_BYTES)
      throw new EverstowError('invalid-input', {
        data: { field: 'PATH', value: path, reason: `> ${LARGEST_IN_JSON_BYTES} bytes` },
      })
    all.push(answer)
  }
  const first = all[0]!
  const file = {
    backup_id: first.backupId,
    timestamp: first.createdAt,
    path: first.path,
    kind: first.kind,
    size_bytes: first.sizeBytes,
    modified_at: first.modifiedAt,
  }
  if (first.base64 !== undefined) {
    const bytes = Buffer.concat(all.map(({ base64 = '' }) => Buffer.from(base64, 'base64')))
    return { ...file, content_base64: bytes.toString('base64') }
  }
  if (first.text !== undefined) return { ...file, text: all.map(({ text = '' }) => text).join('') }
  const isPaged = first.kind !== 'json' && Array.isArray(first.value)
  return { ...file, value: isPaged ? all.flatMap(({ value }) => value as unknown[]) : (first.value ?? null) }
}
