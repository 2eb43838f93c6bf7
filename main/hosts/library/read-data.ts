import type { CallInput, CallOutput, DataKind } from '../../contract/index.ts'
import { EverstowError, hasCode } from '../../engine/model/errors.ts'
import type { Caller, Cancellable } from './caller.ts'

/** A file of a backup: its id, and a path or a name of `data.sources`. */
export interface FileRef {
  readonly backup: string
  readonly path: string
}

/** How the data of a file is read. */
export interface DataOptions extends Cancellable {
  /** How its content is understood; absent: by its name and its beginning. */
  readonly as?: DataKind | undefined
  /** Only this part of a value or of records: a JSON Pointer (`/prices/0`), or a JSONPath (`$.prices[*].eur`), which gives what it finds; several as an array. */
  readonly select?: string | undefined
}

type Answer = CallOutput<'data.read'>
type Question = Omit<CallInput<'data.read'>, 'backup' | 'path' | 'at'>

/** What one call reads at most, and what a parsed value may take as JSON in one answer. */
const PIECE_BYTES = 4_194_304
/** Text that a program parses as one value. */
const LARGEST_JSON_BYTES = 256 * 1024 * 1024

/** A file as data: the value of JSON, an iterable of the records of NDJSON and CSV, the whole of a text, the bytes of anything else. */
export async function readData(
  call: Caller,
  file: FileRef,
  { as, select, signal }: DataOptions,
): Promise<unknown> {
  const ask = { ...(as !== undefined && { as }), ...(select !== undefined && { select }) }
  let first: Answer
  try {
    first = await read(call, file, ask, signal)
  } catch (error) {
    if (select || !hasCode(error, 'data-too-large')) throw error
    return parseWhole(call, file, error, signal)
  }
  if (select !== undefined) return first.value
  // Whatever "latest" or a name meant: the rest is of the same file.
  const same = { backup: first.backupId, path: first.path }
  const answers = () => restOf(call, same, { ...ask, as: first.kind }, first, signal)
  switch (first.kind) {
    case 'json':
      return first.value
    case 'ndjson':
    case 'csv':
      return recordsOf(answers)
    case 'text':
      return (await Array.fromAsync(answers(), ({ text }) => text ?? '')).join('')
    case 'bytes':
      return joined(await Array.fromAsync(answers(), bytesOf))
  }
}

/** A file as it is, piece by piece: the next is read when somebody wants it. */
export function streamData(
  call: Caller,
  file: FileRef,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const leaving = new AbortController()
  const until = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal
  const pieces = piecesOf(call, file, until)
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => leaving.abort(),
    },
    { highWaterMark: 0 },
  )
}

async function* piecesOf(call: Caller, file: FileRef, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const first = await read(call, file, { as: 'bytes' }, signal)
  const same = { backup: first.backupId, path: first.path }
  for await (const answer of restOf(call, same, { as: 'bytes' }, first, signal)) {
    const bytes = bytesOf(answer)
    if (bytes.length > 0) yield bytes
  }
}

/** A value that is too large for one answer is read as text and parsed here. */
async function parseWhole(
  call: Caller,
  file: FileRef,
  tooLarge: EverstowError,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const first = await read(call, file, { as: 'text' }, signal)
  if (first.sizeBytes > LARGEST_JSON_BYTES) throw tooLarge
  const same = { backup: first.backupId, path: first.path }
  const texts = await Array.fromAsync(
    restOf(call, same, { as: 'text' }, first, signal),
    ({ text }) => text ?? '',
  )
  try {
    return JSON.parse(texts.join('').replace(/^\ufeff/, ''))
  } catch (cause) {
    const data = { path: first.path, kind: 'json', reason: 'syntax' }
    throw new EverstowError('data-unreadable', { data, cause })
  }
}

/** The first answer, and one after the other those that follow it. */
async function* restOf(
  call: Caller,
  file: FileRef,
  ask: Question,
  first: Answer,
  signal: AbortSignal | undefined,
): AsyncGenerator<Answer> {
  for (let answer = first; ; ) {
    yield answer
    if (answer.nextOffset === undefined) return
    answer = await read(call, file, { ...ask, offset: answer.nextOffset }, signal)
  }
}

/** Records can be gone through again and again; the first page of them is there already. */
function recordsOf(answers: () => AsyncGenerator<Answer>): AsyncIterable<unknown> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const { value } of answers()) yield* value as unknown[]
    },
  }
}

function read(call: Caller, file: FileRef, ask: Question, signal: AbortSignal | undefined): Promise<Answer> {
  const length = ask.as === 'bytes' || ask.as === 'text' ? { length: PIECE_BYTES } : {}
  return call('data.read', { ...file, ...length, ...ask, maxBytes: PIECE_BYTES }, signal)
}

function bytesOf({ base64 = '' }: Answer): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
