import type { Files } from '../env/files.ts'
import { KEY_ACTION, type LogPoint, NOTHING, parseLine, TRIM_ACTION } from './entry.ts'
import { listSegments, readSegment, type Segment } from './segments.ts'

/** Files that may go, and the first entry that stays. */
export interface LetGo {
  readonly segments: readonly Segment[]
  readonly begins: number
  /** Hash of the entry before that one. */
  readonly previous: string
}

/** Where a log begins. */
export interface Beginning {
  /** What its first entry follows. */
  readonly point: LogPoint
  /** What a signed entry says of it: the chain has to come through here. */
  readonly pinned?: LogPoint
}

const DIGITS = /^[1-9]\d{0,14}$/
const HASH = /^[0-9a-f]{64}$/

/**
 * The oldest files of a log that has room for one more only without them; undefined where there is room. What stays begins with an entry that introduces the key. What goes is looked
 * at before: where anything in it, or before it, is not as it should be, nothing goes, because it is what shows the damage.
 */
export async function whatMayGo(files: Files, folder: string, filesKept: number): Promise<LetGo | undefined> {
  const segments = await listSegments(files, folder)
  const over = segments.length + 1 - filesKept
  if (over <= 0) return undefined
  const { point, pinned } = await beginningOf(files, segments)
  let end = point
  let isPinned = pinned === undefined
  for (const [at, segment] of segments.entries()) {
    const { lines, rest } = await readSegment(files, segment)
    const sealed = lines.map(parseLine)
    const [first] = sealed
    if (segment.firstNumber !== end.number + 1 || first?.entry.previous !== end.hash || rest !== '')
      return undefined
    isPinned ||= end.number === pinned?.number && end.hash === pinned.hash
    if (at >= over && first.entry.action === KEY_ACTION && isPinned)
      return { segments: segments.slice(0, at), begins: segment.firstNumber, previous: end.hash }
    for (const each of sealed) {
      if (each?.entry.number !== end.number + 1 || each.entry.previous !== end.hash) return undefined
      end = { number: each.entry.number, hash: each.hash }
    }
  }
  return undefined
}

/** Where a log may begin: with its first entry, or where a signed entry says that what was before was let go. That this entry is one of the chain is for the check to find. */
export async function beginningOf(files: Files, segments: readonly Segment[]): Promise<Beginning> {
  const [oldest] = segments
  if (!oldest || oldest.firstNumber === 1) return { point: NOTHING }
  const pinned = await newestPin(files, segments)
  if (!pinned || pinned.number + 1 < oldest.firstNumber) return { point: NOTHING }
  const first = (await readSegment(files, oldest)).lines[0]
  const previous = first === undefined ? undefined : parseLine(first)?.entry.previous
  if (previous === undefined) return { point: NOTHING }
  return { point: { number: oldest.firstNumber - 1, hash: previous }, pinned }
}

/** What was said last of where the log begins. It stands behind the key at the beginning of a file. */
async function newestPin(files: Files, segments: readonly Segment[]): Promise<LogPoint | undefined> {
  for (const segment of segments.toReversed()) {
    const line = (await readSegment(files, segment)).lines[1]
    const entry = line === undefined ? undefined : parseLine(line)?.entry
    if (entry?.action !== TRIM_ACTION || entry.device === '') continue
    const { begins = '', previous = '' } = entry.targets
    if (DIGITS.test(begins) && HASH.test(previous)) return { number: Number(begins) - 1, hash: previous }
  }
  return undefined
}
