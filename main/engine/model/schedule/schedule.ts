import { Cron } from 'croner'
import { EverstowError } from '../errors.ts'
import { isPostgresSource } from '../postgres-source.ts'

/**
 * `manual`; `every:24h` (also m, d); `daily@02:00`; `weekly@mon-fri,sun 18:00`; `monthly@1 03:00` (1 to 28, or `last`), each also at several times of day
 * (`daily@08:00,18:30`); a cron expression of five fields; `on-change` or `on-change:5m` (also h), when files changed and rested so long; `on-connect`, when
 * a drive came.
 */
export type Schedule = string & { readonly __schedule: true }

/** What a schedule means. */
export type Rhythm =
  | { readonly kind: 'manual' }
  | { readonly kind: 'every'; readonly periodMs: number }
  /** Five fields of cron, in local time; several such patterns have `;` between them. */
  | { readonly kind: 'calendar'; readonly pattern: string }
  /** Once changes have rested for `quietMs`, and at the latest `latestMs` after the first of them. */
  | { readonly kind: 'change'; readonly quietMs: number; readonly latestMs: number }
  /** Once a drive was connected. */
  | { readonly kind: 'connect' }

const EVERY = /^every:(\d{1,5})(m|h|d)$/
const ON_CHANGE = /^on-change(?::(\d{1,3})(m|h))?$/
const DAILY = /^daily@([\d:,]+)$/
const WEEKLY = /^weekly@([a-z,-]+) ([\d:,]+)$/
const MONTHLY = /^monthly@(\d{1,2}|last) ([\d:,]+)$/
const TIME = /^([01]?\d|2[0-3]):([0-5]\d)$/
/** What was meant as a cron expression. */
const CRON_FIELDS = /^\S+( +\S+){4}$/
/** Words of ours that are not quite right are never taken for a cron expression. */
const OUR_WORDS = /^(manual|every|daily|weekly|monthly|on-)/
const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
/** Months as short as February have this many days. */
const LAST_SAFE_DAY = 28
const QUIET_MS = 2 * 60_000
const LONGEST_QUIET_MS = 12 * 3_600_000
/** A folder that never rests is backed up all the same. */
const LATEST_MS = 15 * 60_000
const LATEST_QUIETS = 3

/** Checks a schedule's text; `daily 10:00` is understood as `daily@10:00`. Throws `invalid-input`, with the reason `schedule`, `cron` or `no-such-day`. */
export function parseSchedule(text: string): Schedule {
  const schedule = text.trim().replace(/^(daily|weekly|monthly) +/, '$1@')
  rhythmOf(schedule as Schedule)
  return schedule as Schedule
}

/** Whether a schedule goes by what happens to a plan's files and drives; nothing else can have one. */
export function followsEvents(schedule: Schedule): boolean {
  const { kind } = rhythmOf(schedule)
  return kind === 'change' || kind === 'connect'
}

/** What sources get where nobody chooses: databases go before the files, which take longer. */
export function defaultScheduleFor(sources: readonly string[]): Schedule {
  const onlyDatabases = sources.length > 0 && sources.every(isPostgresSource)
  return parseSchedule(onlyDatabases ? 'daily@02:00' : 'daily@03:00')
}

/** What the text of a schedule means. Throws `invalid-input` for a text that nobody checked. */
export function rhythmOf(schedule: Schedule): Rhythm {
  const known = rhythms.get(schedule)
  if (known) return known
  const made = readRhythm(schedule)
  if (rhythms.size === MOST_KEPT) rhythms.clear()
  rhythms.set(schedule, made)
  return made
}

const rhythms = new Map<string, Rhythm>()

function readRhythm(schedule: string): Rhythm {
  const refused = (reason = 'schedule', cause?: unknown) =>
    new EverstowError('invalid-input', { data: { field: 'schedule', value: schedule, reason }, cause })
  if (schedule === 'manual') return { kind: 'manual' }
  const every = EVERY.exec(schedule)
  if (every && Number(every[1]) > 0)
    return { kind: 'every', periodMs: Number(every[1]) * UNIT_MS[every[2] as keyof typeof UNIT_MS] }
  if (schedule === 'on-connect') return { kind: 'connect' }
  const change = ON_CHANGE.exec(schedule)
  if (change) {
    const quietMs = change[1] ? Number(change[1]) * UNIT_MS[change[2] as keyof typeof UNIT_MS] : QUIET_MS
    if (quietMs === 0 || quietMs > LONGEST_QUIET_MS) throw refused()
    return { kind: 'change', quietMs, latestMs: Math.max(LATEST_MS, LATEST_QUIETS * quietMs) }
  }
  const pattern = OUR_WORDS.test(schedule) ? patternOfWords(schedule) : schedule
  if (pattern === undefined || schedule.includes(BETWEEN)) throw refused()
  try {
    // A day that no year has, such as 30 February.
    if (cronsOf(pattern).every((cron) => cron.nextRun() === null)) throw refused('no-such-day')
  } catch (error) {
    if (error instanceof EverstowError) throw error
    throw refused(CRON_FIELDS.test(schedule) ? 'cron' : 'schedule', error)
  }
  return { kind: 'calendar', pattern }
}

/**
 * The first time after `afterMs` that a calendar names, in milliseconds since 1970. A time that a change of clocks leaves out comes as soon as it is over; one
 * that comes twice counts once.
 */
export function nextTimeMs(pattern: string, afterMs: number): number {
  const after = new Date(afterMs)
  let firstMs = Number.MAX_SAFE_INTEGER
  // Null: no year that a Date can hold has such a day any more.
  for (const cron of cronsOf(pattern)) firstMs = Math.min(firstMs, cron.nextRun(after)?.getTime() ?? firstMs)
  return firstMs
}

/** So many are kept at hand. */
const MOST_KEPT = 200

/** More times of day than that are never far from each other. */
const MOST_SINGLES = 24
/** Between the patterns of a calendar; no field of cron has it. */
const BETWEEN = ';'
const LIST = /^\d{1,2}(-\d{1,2})?(,\d{1,2}(-\d{1,2})?)*$/

/**
 * A pattern for each time of day that the pattern lists. Croner makes up for a time that a change of clocks leaves out only where it is the only one of its
 * day: of `30 2,14 * * *` the run at night would be missing.
 */
function singlesOf(pattern: string): readonly string[] {
  const [minute = '', hour = '', ...rest] = pattern.split(/\s+/)
  if (!LIST.test(minute) || !LIST.test(hour)) return [pattern]
  const [minutes, hours] = [numbersOf(minute), numbersOf(hour)]
  if (minutes.length * hours.length > MOST_SINGLES) return [pattern]
  return hours.flatMap((at) => minutes.map((past) => [past, at, ...rest].join(' ')))
}

/** `1,3-5` → 1, 3, 4, 5. */
function numbersOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
  })
}

const crons = new Map<string, readonly Cron[]>()

function cronsOf(pattern: string): readonly Cron[] {
  const known = crons.get(pattern)
  if (known) return known
  const singles = pattern.split(BETWEEN).flatMap(singlesOf)
  const made = singles.map((single) => new Cron(single, { paused: true, mode: '5-part' }))
  if (crons.size === MOST_KEPT) crons.clear()
  crons.set(pattern, made)
  return made
}

/** Undefined for words that are not quite right. */
function patternOfWords(text: string): string | undefined {
  const daily = DAILY.exec(text)
  if (daily) return patternsAt(daily[1]!, '*', '*')
  const weekly = WEEKLY.exec(text)
  if (weekly) {
    const days = daysOf(weekly[1]!)
    return days && patternsAt(weekly[2]!, '*', days)
  }
  const monthly = MONTHLY.exec(text)
  if (!monthly) return undefined
  const [, day = '', times = ''] = monthly
  if (day === 'last') return patternsAt(times, 'L', '*')
  return Number(day) >= 1 && Number(day) <= LAST_SAFE_DAY
    ? patternsAt(times, `${Number(day)}`, '*')
    : undefined
}

/** `08:00,18:30` → a pattern for each: in one, every hour would meet every minute. */
function patternsAt(times: string, dayOfMonth: string, daysOfWeek: string): string | undefined {
  const patterns = times.split(',').map((time) => {
    const parts = TIME.exec(time)
    return parts && `${Number(parts[2])} ${Number(parts[1])} ${dayOfMonth} * ${daysOfWeek}`
  })
  return patterns.includes(null) || patterns.length > MOST_SINGLES ? undefined : patterns.join(BETWEEN)
}

/** `mon-fri,sun` → `0,1,2,3,4,5`. */
function daysOf(text: string): string | undefined {
  const chosen = new Set<number>()
  for (const part of text.split(',')) {
    const [from = '', to = from, ...more] = part.split('-')
    const [first, last] = [DAYS.indexOf(from as never), DAYS.indexOf(to as never)]
    if (first < 0 || last < 0 || more.length > 0) return undefined
    for (let day = first; ; day = (day + 1) % DAYS.length) {
      chosen.add(day)
      if (day === last) break
    }
  }
  return [...chosen].toSorted().join()
}
