import { join } from 'node:path'
import type { Files } from '../env/files.ts'

/** A file of the log: the entries from `firstNumber` on, one a line. */
export interface Segment {
  readonly path: string
  readonly firstNumber: number
}

/** The lines of a segment. */
export interface SegmentLines {
  /** Whole lines, without their ends. */
  readonly lines: readonly string[]
  /** What follows the last end of line. */
  readonly rest: string
  /** Bytes of the whole lines. */
  readonly wholeBytes: number
}

const NAME = /^(\d{12})\.jsonl$/

/** The segment that begins with an entry. */
export function segmentAt(folder: string, firstNumber: number): Segment {
  return { path: join(folder, `${String(firstNumber).padStart(12, '0')}.jsonl`), firstNumber }
}

/** All segments, oldest first. */
export async function listSegments(files: Files, folder: string): Promise<Segment[]> {
  if (!(await files.stat(folder))) return []
  return (await files.list(folder)).flatMap((name) => {
    const number = NAME.exec(name)?.[1]
    return number === undefined ? [] : [segmentAt(folder, Number(number))]
  })
}

/** Reads a segment; `endBytes`: no further than there. */
export async function readSegment(
  files: Files,
  { path }: Segment,
  endBytes = Number.POSITIVE_INFINITY,
): Promise<SegmentLines> {
  const whole = Buffer.from(await files.readFile(path))
  const bytes = whole.subarray(0, Math.min(whole.length, endBytes))
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1
  // Lines are ASCII; as Latin 1 no two different bytes read the same.
  const text = (from: number, to: number) => bytes.subarray(from, to).toString('latin1')
  return {
    lines: wholeBytes === 0 ? [] : text(0, wholeBytes - 1).split('\n'),
    rest: text(wholeBytes, bytes.length),
    wholeBytes,
  }
}
