import type { Files } from '../env/files.ts'
import { type LogPoint, NOTHING, parseLine, type SealedEntry } from './entry.ts'
import { readHead } from './head.ts'
import { listSegments, readSegment, type Segment, segmentAt } from './segments.ts'

/** Where the next entry goes, and what it follows. */
export interface Tail extends LogPoint {
  readonly segment: Segment
  /** Bytes of the segment's whole lines; what is behind them was never acknowledged and goes. */
  readonly sizeBytes: number
}

/** A segment above this size is the last of its entries; the next one begins a file of its own. */
const SEGMENT_BYTES = 1024 * 1024

/**
 * Where the log ends. What is not as it should be (a line that is none, less or something else than head and keychain say) stays as it is: the log goes
 * on in a new file behind it and follows nothing, so that it shows for ever.
 */
export async function findTail(files: Files, folder: string, kept: LogPoint | undefined): Promise<Tail> {
  const head = await readHead(files, folder)
  const points = [head === 'damaged' ? undefined : head, kept].filter((point) => point !== undefined)
  const furthest = Math.max(0, ...points.map(({ number }) => number))
  const segments = await listSegments(files, folder)
  let last = segments.pop()
  let read = last && (await readSegment(files, last))
  // A file whose first line was being written when the process was killed: nobody was told of that entry.
  if (last && read?.lines.length === 0 && last.firstNumber > furthest) {
    last = segments.pop()
    read = last && (await readSegment(files, last))
  }
  if (!last || !read) return behind(furthest, folder, head !== 'damaged' && furthest === 0)

  const { lines, rest, wholeBytes } = read
  const sealed = lines.map(parseLine)
  const end = endOf(sealed, last)
  const isWhole = end !== undefined && (rest === '' || end.number >= furthest)
  const fits = (point: LogPoint) => {
    const at = sealed[point.number - last.firstNumber]
    return point.number < last.firstNumber || at?.hash === point.hash
  }
  if (!isWhole || head === undefined || head === 'damaged' || !points.every(fits))
    return behind(Math.max(furthest, last.firstNumber + lines.length), folder, false)
  return place({ ...end, segment: last, sizeBytes: wholeBytes }, folder)
}

/** Where the entry after `tail` goes: behind it, or into a new file. */
export function place(tail: Tail, folder: string): Tail {
  if (tail.sizeBytes < SEGMENT_BYTES) return tail
  return { ...tail, segment: segmentAt(folder, tail.number + 1), sizeBytes: 0 }
}

/** A new file behind everything that was. */
function behind(number: number, folder: string, isSound: boolean): Tail {
  const point = isSound ? NOTHING : { number, hash: NOTHING.hash }
  return { ...point, segment: segmentAt(folder, point.number + 1), sizeBytes: 0 }
}

/** The last entry of a segment whose lines follow one another, else undefined. An empty one ends with what it should begin behind, which nobody knows. */
function endOf(sealed: readonly (SealedEntry | undefined)[], { firstNumber }: Segment): LogPoint | undefined {
  const isChain = sealed.every(
    (each, at) =>
      each !== undefined &&
      each.entry.number === firstNumber + at &&
      (at === 0 || each.entry.previous === sealed[at - 1]?.hash),
  )
  const last = sealed.at(-1)
  return isChain && last ? { number: last.entry.number, hash: last.hash } : undefined
}
