import type { ArchivedBase, ArchivedSegment, WalArchive } from './archived.ts'
import { isInPast, type Lineage, lineageOf, timelineOfSegment } from './lineage.ts'
import type { Lsn } from './lsn.ts'
import { segmentAt, segmentBefore, segmentName, segmentStart } from './wal-name.ts'

/** What one base backup and the log behind it give back, along one lineage. */
export interface Reach {
  readonly base: ArchivedBase
  /** The segments that replay reads, in order, up to the first that is missing. */
  readonly segments: readonly ArchivedSegment[]
  /** Any moment from here on … */
  readonly fromLsn: Lsn
  readonly fromMs: number
  /** … up to here can be recovered. */
  readonly toLsn: Lsn
  readonly toMs: number
}

/** A stretch of time. In a gap nothing can be recovered, though the archive knows of what came later. */
export interface Band {
  readonly state: 'covered' | 'gap'
  readonly fromLsn: Lsn
  readonly toLsn: Lsn
  readonly fromMs: number
  readonly toMs: number
}

/** What can be recovered along one timeline and its past. */
export interface TimelineCoverage {
  readonly timeline: number
  /** Of every base backup that can be made consistent, oldest first. */
  readonly reaches: readonly Reach[]
  readonly bands: readonly Band[]
  /** Names of segments that lie between others or are needed by a base backup, and are not there. */
  readonly missing: readonly MissingSegments[]
}

/** Segments next to each other. */
export interface MissingSegments {
  readonly firstName: string
  readonly lastName: string
  readonly count: number
}

/** What can be recovered, for every timeline that has a segment, a history or a base backup; the youngest comes last. */
export function coverageOf(archive: WalArchive): TimelineCoverage[] {
  const { segments, histories, bases } = archive
  const timelines = new Set([
    ...segments.map(({ timeline }) => timeline),
    ...histories.keys(),
    ...bases.map(({ timeline }) => timeline),
  ])
  const byName = indexSegments(archive)
  return [...timelines].sort((a, b) => a - b).map((timeline) => coverTimeline(archive, byName, timeline))
}

type SegmentsByName = ReadonlyMap<string, ArchivedSegment>

function indexSegments({ segments, segmentBytes }: WalArchive): SegmentsByName {
  return new Map(
    segments.map((segment) => [segmentName(segment.timeline, segment.number, segmentBytes), segment]),
  )
}

function coverTimeline(archive: WalArchive, byName: SegmentsByName, timeline: number): TimelineCoverage {
  const { segmentBytes, histories, bases } = archive
  const lineage = lineageOf(timeline, histories, segmentBytes)
  const ours = bases
    .filter((base) => isInPast(lineage, base.timeline, base.endLsn))
    .sort((a, b) => (a.endLsn < b.endLsn ? -1 : 1))
  const reaches = ours.flatMap((base) => reachOf(base, lineage, byName, segmentBytes) ?? [])
  const lastNumber = lastOf(archive, lineage)
  return {
    timeline,
    reaches,
    bands: bandsOf(reaches, lineage, byName, lastNumber, segmentBytes),
    missing: missingOf(ours, lineage, byName, lastNumber, segmentBytes),
  }
}

/** Undefined where a segment is missing that the base backup cannot do without. */
function reachOf(
  base: ArchivedBase,
  lineage: Lineage,
  byName: SegmentsByName,
  segmentBytes: number,
): Reach | undefined {
  const segments: ArchivedSegment[] = []
  let toMs = base.endMs
  let number = segmentAt(base.startLsn, segmentBytes)
  for (; ; number++) {
    const segment = byName.get(segmentName(timelineOfSegment(lineage, number), number, segmentBytes))
    if (!segment) break
    segments.push(segment)
    toMs = Math.max(toMs, knownUntilMs(segment))
  }
  const toLsn = segmentStart(number, segmentBytes)
  if (toLsn < base.endLsn) return undefined
  return { base, segments, fromLsn: base.endLsn, fromMs: base.endMs, toLsn, toMs }
}

/** What was committed until then is in this segment or before it. */
function knownUntilMs({ closedMs, latestUs }: ArchivedSegment): number {
  return Math.max(closedMs, Math.floor((latestUs ?? 0) / 1000))
}

function lastOf({ segments }: WalArchive, lineage: Lineage): number | undefined {
  let last: number | undefined
  for (const { timeline, number } of segments)
    if (timelineOfSegment(lineage, number) === timeline && (last === undefined || number > last))
      last = number
  return last
}

function bandsOf(
  reaches: readonly Reach[],
  lineage: Lineage,
  byName: SegmentsByName,
  lastNumber: number | undefined,
  segmentBytes: number,
): Band[] {
  const covered: Omit<Band, 'state'>[] = []
  for (const { fromLsn, toLsn, fromMs, toMs } of reaches) {
    const last = covered.at(-1)
    if (last && fromLsn <= last.toLsn)
      covered[covered.length - 1] = {
        ...last,
        toLsn: toLsn > last.toLsn ? toLsn : last.toLsn,
        toMs: Math.max(toMs, last.toMs),
      }
    else covered.push({ fromLsn, toLsn, fromMs, toMs })
  }
  const bands = covered.flatMap((band, at): Band[] => {
    const before = covered[at - 1]
    const here: Band = { state: 'covered', ...band }
    return before ? [gapBetween(before, band), here] : [here]
  })
  const end = covered.at(-1)
  if (!end || lastNumber === undefined || segmentStart(lastNumber, segmentBytes) < end.toLsn) return bands
  const last = byName.get(segmentName(timelineOfSegment(lineage, lastNumber), lastNumber, segmentBytes))
  const beyond = {
    fromLsn: segmentStart(lastNumber + 1, segmentBytes),
    fromMs: Math.max(end.toMs, last ? knownUntilMs(last) : 0),
  }
  return [...bands, gapBetween(end, beyond)]
}

function gapBetween(before: Pick<Band, 'toLsn' | 'toMs'>, after: Pick<Band, 'fromLsn' | 'fromMs'>): Band {
  return {
    state: 'gap',
    fromLsn: before.toLsn,
    toLsn: after.fromLsn,
    fromMs: before.toMs,
    toMs: Math.max(before.toMs, after.fromMs),
  }
}

/** From the first base backup on; what lies before it serves nobody. */
function missingOf(
  bases: readonly ArchivedBase[],
  lineage: Lineage,
  byName: SegmentsByName,
  lastNumber: number | undefined,
  segmentBytes: number,
): MissingSegments[] {
  const firsts = bases.map(({ startLsn }) => segmentAt(startLsn, segmentBytes))
  if (firsts.length === 0) return []
  const needed = bases.map(({ endLsn }) => segmentBefore(endLsn, segmentBytes))
  const last = Math.max(...needed, lastNumber ?? 0)
  const missing: MissingSegments[] = []
  let isOpen = false
  for (let number = Math.min(...firsts); number <= last; number++) {
    const name = segmentName(timelineOfSegment(lineage, number), number, segmentBytes)
    const before = missing.at(-1)
    if (byName.has(name)) isOpen = false
    else if (isOpen && before)
      missing[missing.length - 1] = { ...before, lastName: name, count: before.count + 1 }
    else {
      missing.push({ firstName: name, lastName: name, count: 1 })
      isOpen = true
    }
  }
  return missing
}
