import { EverstowError } from '../../../model/errors.ts'
import type { RecoveryTarget } from '../../../model/recovery.ts'
import type { RestorePoint } from './archived.ts'
import type { Band, Reach, TimelineCoverage } from './coverage.ts'
import { type Lsn, lsnText } from './lsn.ts'

/** What is restored and replayed, and the settings that make PostgreSQL stop. */
export interface Recovery {
  readonly timeline: number
  readonly reach: Reach
  /** `recovery_target_…` settings; none where replay goes on to the end of the log. */
  readonly settings: Readonly<Record<string, string>>
}

/**
 * Chooses base backup, timeline and settings. Without a wish the timeline is the youngest. Of the base backups that can get there the last is taken, since it
 * needs the least log. Throws `recovery-not-covered` with the nearest moments that can be had.
 */
export function chooseRecovery(
  timelines: readonly TimelineCoverage[],
  target: RecoveryTarget,
  wantedTimeline?: number,
): Recovery {
  const coverage =
    wantedTimeline === undefined
      ? timelines.at(-1)
      : timelines.find(({ timeline }) => timeline === wantedTimeline)
  if (!coverage || coverage.reaches.length === 0)
    throw new EverstowError('recovery-impossible', {
      data: { timeline: wantedTimeline, missing: coverage?.missing[0]?.firstName },
    })
  const { timeline, reaches } = coverage
  switch (target.kind) {
    case 'latest': {
      // A base backup whose log breaks off is not the way to the latest state as long as an older one leads further.
      const furthest = reaches.reduce((best, each) => (each.toLsn >= best.toLsn ? each : best))
      return { timeline, reach: furthest, settings: {} }
    }
    case 'time':
      return { timeline, ...toTime(coverage, target.timeUs) }
    case 'lsn':
      return { timeline, ...toLsn(coverage, target.lsn) }
    case 'name':
      return { timeline, ...toName(coverage, target.name) }
  }
}

type Chosen = Omit<Recovery, 'timeline'>

function toTime(coverage: TimelineCoverage, timeUs: number): Chosen {
  const timeMs = timeUs / 1000
  const reach = coverage.reaches.findLast(({ fromMs, toMs }) => fromMs <= timeMs && timeMs <= toMs)
  if (!reach) throw notCovered(coverage.bands, timeMs, new Date(timeMs).toISOString())
  // PostgreSQL stops at the first transaction that ended later, and gives up where there is none.
  const isBeforeLast = reach.segments.some(
    ({ latestUs, lastLsn, closedMs }) => (latestUs ?? (lastLsn === undefined ? closedMs * 1000 : 0)) > timeUs,
  )
  const settings = isBeforeLast
    ? { recovery_target_time: timeText(timeUs), recovery_target_inclusive: 'true' }
    : {}
  return { reach, settings: settings as Readonly<Record<string, string>> }
}

function toLsn(coverage: TimelineCoverage, lsn: Lsn): Chosen {
  const reach = coverage.reaches.findLast(({ fromLsn, toLsn: end }) => fromLsn <= lsn && lsn <= end)
  if (!reach) {
    const near = coverage.bands.filter(({ state }) => state === 'covered')
    const before = near.findLast((band) => band.toLsn < lsn)?.toLsn
    const after = near.find((band) => band.fromLsn > lsn)?.fromLsn
    throw new EverstowError('recovery-not-covered', {
      data: {
        target: lsnText(lsn),
        before: before === undefined ? NONE : lsnText(before),
        after: after === undefined ? NONE : lsnText(after),
      },
    })
  }
  // It stops before the first record that begins there or later, and gives up where there is none.
  const isBeforeLast = reach.segments.some(({ lastLsn }) => lastLsn !== undefined && lastLsn >= lsn)
  return {
    reach,
    settings: isBeforeLast
      ? { recovery_target_lsn: lsnText(lsn), recovery_target_inclusive: 'false' }
      : ({} as Readonly<Record<string, string>>),
  }
}

/** The last of several points of one name. Where an earlier one would stop the replay first, the place of the record says which is meant. */
function toName(coverage: TimelineCoverage, name: string): Chosen {
  for (const reach of coverage.reaches.toReversed()) {
    const points = reach.segments.flatMap(({ points: all }) => all.filter((each) => each.name === name))
    const point = points.at(-1)
    if (!point || point.lsn < reach.fromLsn) continue
    return { reach, settings: points.length === 1 ? byName(point) : byPlace(point) }
  }
  throw new EverstowError('recovery-point-unknown', { data: { target: name } })
}

function byName({ name }: RestorePoint): Record<string, string> {
  return { recovery_target_name: name }
}

function byPlace({ lsn }: RestorePoint): Record<string, string> {
  return { recovery_target_lsn: lsnText(lsn), recovery_target_inclusive: 'true' }
}

/** Stands in a sentence where there is no such moment. */
const NONE = '–'

function notCovered(bands: readonly Band[], timeMs: number, target: string): EverstowError {
  const covered = bands.filter(({ state }) => state === 'covered')
  const iso = (ms: number | undefined) => (ms === undefined ? NONE : new Date(ms).toISOString())
  return new EverstowError('recovery-not-covered', {
    data: {
      target,
      before: iso(covered.findLast(({ toMs }) => toMs < timeMs)?.toMs),
      after: iso(covered.find(({ fromMs }) => fromMs > timeMs)?.fromMs),
    },
  })
}

/** With microseconds, which PostgreSQL counts in, and without a zone that a server might read otherwise. */
function timeText(timeUs: number): string {
  const iso = new Date(Math.floor(timeUs / 1000)).toISOString()
  const micros = String(timeUs % 1000).padStart(3, '0')
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${micros}+00`
}
