import { type DataKind, encodingOf } from '../kinds.ts'
import { tooLarge, unreadable } from './unreadable.ts'

/** Bytes as they arrive, in pieces. */
export type Pieces = AsyncIterable<Uint8Array>

/** A value is not made of more text than this. */
const MOST_TEXT_BYTES = 256 * 1024 * 1024

/** The letters of bytes, piece by piece, without the mark at their beginning. `isStrict`: what is in no encoding is refused, else it shows as U+FFFD. */
export async function* lettersOf(pieces: Pieces, kind: DataKind, isStrict: boolean): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let first: Uint8Array = new Uint8Array()
  try {
    for await (const piece of pieces) {
      if (!decoder && first.length + piece.length < 2) {
        first = piece
        continue
      }
      const bytes = first.length > 0 ? Buffer.concat([first, piece]) : piece
      first = new Uint8Array()
      decoder ??= new TextDecoder(encodingOf(bytes), { fatal: isStrict })
      const text = decoder.decode(bytes, { stream: true })
      if (text !== '') yield text
    }
    const rest = (decoder ?? new TextDecoder('utf-8', { fatal: isStrict })).decode(first)
    if (rest !== '') yield rest
  } catch (error) {
    if (error instanceof TypeError) throw unreadable(kind, 'encoding')
    throw error
  }
}

/** All bytes of a text. `data-too-large` above 256 MiB. They lie outside of the heap until they are letters. */
export async function wholeBytes(pieces: Pieces): Promise<Uint8Array> {
  const held: Uint8Array[] = []
  for await (const piece of withLimit(pieces)) held.push(piece)
  return held.length === 1 ? held[0]! : Buffer.concat(held)
}

/** All letters of a text, without the mark at its beginning. `isStrict` as above. */
export function wholeText(bytes: Uint8Array, kind: DataKind, isStrict: boolean): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: isStrict }).decode(bytes)
  } catch {
    throw unreadable(kind, 'encoding')
  }
}

/** Passes pieces on, up to what a value may be made of. */
export async function* withLimit(pieces: Pieces, mostBytes = MOST_TEXT_BYTES): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > mostBytes) throw tooLarge(mostBytes)
    yield piece
  }
}

/** The lines of a text without their ends, the last one too if something is in it. `data-too-large` where one has more than `mostLetters`. */
export async function* linesOf(letters: AsyncIterable<string>, mostLetters: number): AsyncGenerator<string> {
  let held: string[] = []
  let heldLetters = 0
  for await (const text of letters) {
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      held.push(text.slice(start, end))
      yield withoutReturn(held.join(''))
      held = []
      heldLetters = 0
      start = end + 1
    }
    held.push(text.slice(start))
    heldLetters += text.length - start
    if (heldLetters > mostLetters) throw tooLarge(mostLetters)
  }
  const last = held.join('')
  if (last !== '') yield withoutReturn(last)
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)
