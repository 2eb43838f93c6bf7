import { type LocalCalendar, localCalendar } from '../schedule/local-calendar.ts'
import { COUNTED_RULES, type CountedRule, type KeepPolicy, type KeepSpan } from './keep-policy.ts'

export { formatKeep, type KeepPolicy, type KeepSpan, parseKeep } from './keep-policy.ts'

/** What retention needs to know of a backup. */
export interface RetentionBackup {
  readonly id: string
  readonly createdMs: number
  /** A person wants it kept whatever the policy says. */
  readonly pinned: boolean
  /** With `deviceId` this names the series; each series is decided by itself. */
  readonly planId: string | undefined
  readonly deviceId?: string
  /** Everything chosen is in it. */
  readonly complete: boolean
}

/** Why a backup stays. `bucket` is the hour, day, week, month or year it stands for: `2026-11-20T14:00+01:00`, `2026-11-20`, `2026-W47`, `2026-11`, `2026`. */
export interface KeepReason {
  readonly rule: CountedRule | 'within' | 'pinned' | 'newest-complete' | 'no-rules'
  readonly bucket?: string
}

/** What becomes of one backup: it stays exactly if there is a reason. */
export interface RetentionDecision {
  readonly id: string
  readonly keep: boolean
  readonly reasons: readonly KeepReason[]
}

/** A series of which so much would go that a person should say yes first. */
export interface RetentionWarning {
  readonly planId: string | undefined
  readonly deviceId: string | undefined
  readonly total: number
  readonly forgotten: number
}

export interface RetentionOutcome {
  /** In the order of the backups given. */
  readonly decisions: readonly RetentionDecision[]
  /** Empty: nothing unusual. */
  readonly needsConfirmation: readonly RetentionWarning[]
}

export interface RetentionTime {
  readonly nowMs: number
  /** The person's IANA time zone: days begin at their midnight. */
  readonly timeZone: string
}

/**
 * Decides which backups stay. Rules:
 * - each rule keeps the newest backup of a bucket, for the newest so many buckets that have any: a computer that was off for a year loses nothing by it;
 * - within a bucket a complete backup goes before newer incomplete ones;
 * - the newest complete backup of a series always stays, and so do pinned ones;
 * - a backup dated in the future counts as made now, so that a wrong clock cannot make it the newest for ever;
 * - a policy without any rule forgets nothing.
 */
export function decideRetention(
  backups: readonly RetentionBackup[],
  policy: KeepPolicy,
  { nowMs, timeZone }: RetentionTime,
): RetentionOutcome {
  const calendar = localCalendar(timeZone)
  const reasons = new Map<RetentionBackup, KeepReason[]>()
  const needsConfirmation: RetentionWarning[] = []
  for (const series of seriesOf(backups)) {
    const dated = newestFirst(series, nowMs)
    keepInSeries(dated, policy, nowMs, calendar, (backup, reason) => {
      const known = reasons.get(backup)
      if (known) known.push(reason)
      else reasons.set(backup, [reason])
    })
    const warning = warningFor(series, series.filter((backup) => !reasons.has(backup)).length)
    if (warning) needsConfirmation.push(warning)
  }
  const decisions = backups.map((backup) => ({
    id: backup.id,
    keep: reasons.has(backup),
    reasons: reasons.get(backup) ?? [],
  }))
  return { decisions, needsConfirmation }
}

/** A budget's choice: `enough` says whether it frees what was asked. */
export interface BudgetOutcome {
  /** Oldest first. */
  readonly forget: readonly string[]
  readonly freedBytes: number
  readonly enough: boolean
  readonly needsConfirmation: readonly RetentionWarning[]
}

/**
 * The fewest of the oldest backups whose forgetting frees `bytesToFree`; all that may go if even they are not enough. Pinned ones and the newest
 * complete one of each series never go. `freeableBytes` says what forgetting these backups together frees: with shared data that is not a sum,
 * so it is asked for whole sets, and only about log2(n) times; it must not shrink when the set grows.
 */
export function forgetForBudget(
  backups: readonly RetentionBackup[],
  bytesToFree: number,
  freeableBytes: (ids: readonly string[]) => number,
): BudgetOutcome {
  const series = seriesOf(backups)
  const safe = new Set(series.map((all) => newestComplete(newestFirst(all, Number.POSITIVE_INFINITY))))
  const candidates = newestFirst(backups, Number.POSITIVE_INFINITY)
    .map(({ backup }) => backup)
    .filter((backup) => !backup.pinned && !safe.has(backup))
    .reverse()
  const ids = candidates.map(({ id }) => id)

  // Invariant: the first `low` are not enough, the first `high` are, or they are all there is.
  let low = -1
  let high = bytesToFree <= 0 ? 0 : ids.length
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (freeableBytes(ids.slice(0, middle)) >= bytesToFree) high = middle
    else low = middle
  }
  const forget = ids.slice(0, high)
  const gone = new Set(candidates.slice(0, high))
  const freedBytes = forget.length === 0 ? 0 : freeableBytes(forget)
  return {
    forget,
    freedBytes,
    enough: freedBytes >= bytesToFree,
    needsConfirmation: series.flatMap((all) => {
      const warning = warningFor(all, all.filter((backup) => gone.has(backup)).length)
      return warning ? [warning] : []
    }),
  }
}

/** A backup with the time it counts as. */
interface Dated {
  readonly backup: RetentionBackup
  readonly atMs: number
}

function seriesOf(backups: readonly RetentionBackup[]): RetentionBackup[][] {
  // Ids are never empty and hold no line breaks.
  const key = ({ planId = '', deviceId = '' }: RetentionBackup) => `${planId}\n${deviceId}`
  return [...Map.groupBy(backups, key).values()]
}

/** Order is total: the same backups in any order give the same decisions. */
function newestFirst(backups: readonly RetentionBackup[], nowMs: number): Dated[] {
  return backups
    .map((backup) => ({ backup, atMs: Math.min(backup.createdMs, nowMs) }))
    .sort(
      (a, b) =>
        b.atMs - a.atMs || b.backup.createdMs - a.backup.createdMs || (a.backup.id < b.backup.id ? 1 : -1),
    )
}

function newestComplete(dated: readonly Dated[]): RetentionBackup | undefined {
  return dated.find(({ backup }) => backup.complete)?.backup
}

/** What a person should confirm: nothing would be left, or more than three and more than half would go. */
function warningFor(series: readonly RetentionBackup[], forgotten: number): RetentionWarning | undefined {
  const total = series.length
  const unusual = forgotten === total || (forgotten > 3 && forgotten * 2 > total)
  const { planId, deviceId } = series[0] ?? {}
  return unusual ? { planId, deviceId, total, forgotten } : undefined
}

type Keep = (backup: RetentionBackup, reason: KeepReason) => void

function keepInSeries(
  dated: readonly Dated[],
  policy: KeepPolicy,
  nowMs: number,
  calendar: LocalCalendar,
  keep: Keep,
): void {
  const { last = 0, within } = policy
  if (!within && !COUNTED_RULES.some((rule) => policy[rule])) {
    for (const { backup } of dated) keep(backup, { rule: 'no-rules' })
  }
  for (const { backup } of dated) if (backup.pinned) keep(backup, { rule: 'pinned' })
  const newest = newestComplete(dated)
  if (newest) keep(newest, { rule: 'newest-complete' })
  for (const { backup } of dated.slice(0, last)) keep(backup, { rule: 'last' })
  if (within) {
    const sinceMs = spanStart(within, nowMs, calendar)
    for (const { backup, atMs } of dated) if (atMs > sinceMs) keep(backup, { rule: 'within' })
  }
  for (const bucket of BUCKETS) keepBuckets(dated, bucket, policy[bucket.rule], calendar, keep)
}

/** How a rule parts time into buckets: by a number, so that long histories stay cheap; only those that stay get their bucket's name. */
interface Bucketing {
  readonly rule: CountedRule
  readonly number: (localMs: number, offsetMs: number) => number
  readonly label: (localMs: number, offsetMs: number) => string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const BUCKETS: readonly Bucketing[] = [
  {
    rule: 'hourly',
    // Clocks that are set back show an hour twice; counted in UTC it is two.
    number: (localMs, offsetMs) => Math.floor(localMs / HOUR_MS) * HOUR_MS - offsetMs,
    label: (localMs, offsetMs) => `${iso(localMs, 13)}:00${utcOffset(offsetMs)}`,
  },
  {
    rule: 'daily',
    number: (localMs) => Math.floor(localMs / DAY_MS),
    label: (localMs) => iso(localMs, 10),
  },
  {
    rule: 'weekly',
    // 1 January 1970 was a Thursday.
    number: (localMs) => Math.floor((Math.floor(localMs / DAY_MS) + 3) / 7),
    label: isoWeek,
  },
  {
    rule: 'monthly',
    number: (localMs) => {
      const date = new Date(localMs)
      return date.getUTCFullYear() * 12 + date.getUTCMonth()
    },
    label: (localMs) => iso(localMs, 7),
  },
  {
    rule: 'yearly',
    number: (localMs) => new Date(localMs).getUTCFullYear(),
    label: (localMs) => iso(localMs, 4),
  },
]

function keepBuckets(
  dated: readonly Dated[],
  { rule, number, label }: Bucketing,
  count: number | undefined,
  calendar: LocalCalendar,
  keep: Keep,
): void {
  if (!count) return
  const keepers = new Map<number, Dated>()
  for (const each of dated) {
    const offsetMs = calendar.offsetMs(each.atMs)
    const bucket = number(each.atMs + offsetMs, offsetMs)
    const keeper = keepers.get(bucket)
    if (!keeper) {
      if (keepers.size < count) keepers.set(bucket, each)
    } else if (each.backup.complete && !keeper.backup.complete) keepers.set(bucket, each)
  }
  for (const { backup, atMs } of keepers.values()) {
    const offsetMs = calendar.offsetMs(atMs)
    keep(backup, { rule, bucket: label(atMs + offsetMs, offsetMs) })
  }
}

/** When the span that ends now began, by the calendar: a month before 31 March is the last day of February, at the same time of day. */
function spanStart({ amount, unit }: KeepSpan, nowMs: number, calendar: LocalCalendar): number {
  const local = new Date(calendar.localMs(nowMs))
  if (unit === 'd' || unit === 'w') {
    local.setUTCDate(local.getUTCDate() - amount * (unit === 'w' ? 7 : 1))
  } else {
    const day = local.getUTCDate()
    local.setUTCDate(1)
    local.setUTCMonth(local.getUTCMonth() - amount * (unit === 'y' ? 12 : 1))
    local.setUTCDate(Math.min(day, daysInMonth(local)))
  }
  // A span may be absurdly long; there were no backups before 1970.
  return local.getTime() > 0 ? calendar.instantMs(local.getTime()) : Number.NEGATIVE_INFINITY
}

function daysInMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
}

/** The first characters of `2026-11-20T14:30:00.000Z`. */
function iso(localMs: number, length: number): string {
  return new Date(localMs).toISOString().slice(0, length)
}

/** `2026-W47` of local milliseconds: the week (ISO 8601, from Monday) belongs to the year of its Thursday. */
function isoWeek(localMs: number): string {
  const thursday = new Date(localMs)
  const weekday = (thursday.getUTCDay() + 6) % 7
  thursday.setUTCDate(thursday.getUTCDate() - weekday + 3)
  const year = thursday.getUTCFullYear()
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS)
  return `${year}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`
}

/** `+01:00` */
function utcOffset(offsetMs: number): string {
  const minutes = Math.abs(Math.round(offsetMs / 60_000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
