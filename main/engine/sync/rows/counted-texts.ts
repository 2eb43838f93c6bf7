import { createColumn } from './columns.ts'
import { createHashIndex, hashOfText } from './hash-index.ts'

/** Texts, each kept once under a number, as long as somebody counts it. */
export interface CountedTexts {
  /** One more than the largest number that was given. */
  readonly limit: number
  /** How many are kept. */
  readonly count: number
  /** The number of a text; -1 where it is not kept. */
  find(text: string): number
  /** Counts a text once more; its number. */
  keep(text: string): number
  /** Counts it once less: at none its number may be another text's. */
  drop(number: number): void
  at(number: number): string
}

/** Bytes are taken in chunks: nothing is moved while they become more. */
const CHUNK_BITS = 20
const CHUNK_BYTES = 2 ** CHUNK_BITS
const CHUNK_MASK = CHUNK_BYTES - 1
const FIRST_CHUNK_BYTES = 4096
/** Of those that were asked for last. */
const RECENT_MASK = 0x3ff
/** Above it, and above what is kept, what nobody counts is given back. */
const MOST_WASTED_BYTES = 4 * CHUNK_BYTES

export function createCountedTexts(): CountedTexts {
  const starts = createColumn(Uint32Array)
  /** In bytes; negative where a letter takes two of them. */
  const lengths = createColumn(Int32Array)
  const counts = createColumn(Int32Array)
  const free: number[] = []
  /** Texts that were asked for last: parents are, again and again. */
  const recent: string[] = []
  const recentNumbers: number[] = []
  let limit = 0
  let chunks: Buffer[] = []
  /** Where in the last chunk the next text begins. */
  let end = 0
  let keptBytes = 0
  let wastedBytes = 0

  const at = (number: number): string => {
    const place = number & RECENT_MASK
    if (recentNumbers[place] === number) return recent[place] as string
    const start = starts.get(number)
    const offset = start & CHUNK_MASK
    const length = lengths.get(number)
    const chunk = chunks[start >>> CHUNK_BITS] as Buffer
    const text =
      length < 0
        ? chunk.toString('utf16le', offset, offset - length)
        : chunk.toString('latin1', offset, offset + length)
    recentNumbers[place] = number
    recent[place] = text
    return text
  }
  const hashAt = (number: number): number => hashOfText(at(number))
  const is = (number: number, text: string): boolean => {
    const length = lengths.get(number)
    const start = starts.get(number)
    const chunk = chunks[start >>> CHUNK_BITS] as Buffer
    const offset = start & CHUNK_MASK
    // From the end: many begin alike.
    if (length >= 0) {
      if (length !== text.length) return false
      for (let letter = length - 1; letter >= 0; letter--)
        if (chunk[offset + letter] !== text.charCodeAt(letter)) return false
      return true
    }
    return -length === text.length * 2 && at(number) === text
  }
  const index = createHashIndex(hashAt, is)

  /** Room for so many bytes; where it begins. */
  const take = (bytes: number): number => {
    let chunk = chunks.at(-1)
    if (chunk && chunks.length === 1 && end + bytes > chunk.length && chunk.length < CHUNK_BYTES) {
      // A small table stays small.
      const larger = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(chunk.length * 2, end + bytes)))
      chunk.copy(larger, 0, 0, end)
      chunks[0] = larger
      chunk = larger
    }
    if (!chunk || end + bytes > chunk.length) {
      const least = chunks.length === 0 ? FIRST_CHUNK_BYTES : CHUNK_BYTES
      chunks.push(Buffer.allocUnsafeSlow(Math.max(least, bytes)))
      end = 0
    }
    const start = (chunks.length - 1) * CHUNK_BYTES + end
    end += bytes
    keptBytes += bytes
    return start
  }
  const write = (number: number, text: string): void => {
    const encoding = isNarrow(text) ? 'latin1' : 'utf16le'
    const bytes = encoding === 'latin1' ? text.length : text.length * 2
    const start = take(bytes)
    chunks.at(-1)?.write(text, start & CHUNK_MASK, encoding)
    starts.set(number, start)
    lengths.set(number, encoding === 'latin1' ? bytes : -bytes)
  }
  const bytesOf = (number: number): number => Math.abs(lengths.get(number))
  /** Writes what is counted into chunks of its own; what was wasted goes with the old ones. */
  const tidy = (): void => {
    const before = chunks
    const offsets = Array.from({ length: limit }, (_, number) => starts.get(number))
    chunks = []
    keptBytes = 0
    wastedBytes = 0
    for (const [number, start] of offsets.entries()) {
      if (counts.get(number) === 0) continue
      const bytes = bytesOf(number)
      const place = take(bytes)
      const offset = start & CHUNK_MASK
      before[start >>> CHUNK_BITS]?.copy(chunks.at(-1) as Buffer, place & CHUNK_MASK, offset, offset + bytes)
      starts.set(number, place)
    }
  }

  return {
    get limit() {
      return limit
    },
    get count() {
      return limit - free.length
    },
    find: (text) => index.find(hashOfText(text), text),
    keep(text) {
      const hash = hashOfText(text)
      const known = index.find(hash, text)
      if (known >= 0) {
        counts.set(known, counts.get(known) + 1)
        return known
      }
      const number = free.pop() ?? limit++
      write(number, text)
      counts.set(number, 1)
      index.add(hash, number)
      return number
    },
    drop(number) {
      const count = counts.get(number) - 1
      counts.set(number, count)
      if (count > 0) return
      index.remove(hashAt(number), number)
      recentNumbers[number & RECENT_MASK] = -1
      free.push(number)
      const bytes = bytesOf(number)
      keptBytes -= bytes
      wastedBytes += bytes
      if (wastedBytes > MOST_WASTED_BYTES && wastedBytes > keptBytes) tidy()
    },
    at,
  }
}

/** Whether a letter takes one byte. */
function isNarrow(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false
  return true
}
