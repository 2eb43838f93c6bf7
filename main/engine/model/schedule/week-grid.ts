import { EverstowError } from '../errors.ts'
import { localCalendar } from './local-calendar.ts'

/** Bytes a second, 0 for paused, or no limit at all. */
export type Speed = number | 'full'

/** What one rule, or the default, says of the two directions; what is absent it leaves as it was. */
export interface SpeedLimits {
  readonly uploadBytesPerSecond?: Speed
  readonly downloadBytesPerSecond?: Speed
}

/** One row of the grid, in local time. */
export interface WeekRule extends SpeedLimits {
  /** 0 is Monday, 6 is Sunday; ascending, at least one. */
  readonly days: readonly number[]
  /** Minutes since midnight, [0, 1440). */
  readonly fromMinute: number
  /** Exclusive, (0, 1440]. Before `fromMinute` it means the next day: 22:00–06:00 of a Monday ends on Tuesday. */
  readonly toMinute: number
}

/** Speed limits by hour of week. Later rules go before earlier ones, and all before the default. */
export interface WeekGrid {
  readonly fallback: SpeedLimits
  readonly rules: readonly WeekRule[]
}

/** The limits at one moment: `undefined` is none, 0 is paused. */
export interface SpeedsNow {
  readonly uploadBytesPerSecond: number | undefined
  readonly downloadBytesPerSecond: number | undefined
}

const DAY_MINUTES = 1440

/** The limits at an instant, by the clocks of the time zone. */
export function limitAt(grid: WeekGrid, instantMs: number, timeZone: string): SpeedsNow {
  const local = new Date(localCalendar(timeZone).localMs(instantMs))
  const day = (local.getUTCDay() + 6) % 7
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes()
  let { uploadBytesPerSecond: up, downloadBytesPerSecond: down } = grid.fallback
  for (const rule of grid.rules) {
    if (!covers(rule, day, minute)) continue
    up = rule.uploadBytesPerSecond ?? up
    down = rule.downloadBytesPerSecond ?? down
  }
  return {
    uploadBytesPerSecond: up === 'full' ? undefined : up,
    downloadBytesPerSecond: down === 'full' ? undefined : down,
  }
}

function covers({ days, fromMinute, toMinute }: WeekRule, day: number, minute: number): boolean {
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute
  return (days.includes(day) && minute >= fromMinute) || (days.includes((day + 6) % 7) && minute < toMinute)
}

const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}
const TIMES = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/
const SPEED = /^(up|down):(?:(full|pause)|(\d{1,9}(?:\.\d{1,6})?)(b|kb|mb|gb|kib|mib|gib)(?:\/s)?)$/

/**
 * Reads rules parted by `;`: days, hours, speeds, as in `default up:10MB; mon-fri 08:00-18:00 up:1MB down:500kB; sat,sun pause`.
 * Days: `mon`, `mon-fri`, `sat,sun`, `daily`, or `default` for what holds when no rule says otherwise. Without hours the whole day is meant.
 * Speeds: `up:` and `down:` with a number of B, kB, MB, GB, KiB, MiB, GiB (a second), `full` or `pause`; alone, `full` and `pause` mean both.
 * Nothing at all is the grid without limits. Throws `invalid-input` (field `bandwidth`) with the part that is wrong and the reason.
 */
export function parseWeekGrid(text: string): WeekGrid {
  let fallback: SpeedLimits | undefined
  const rules: WeekRule[] = []
  for (const part of text.split(';')) {
    const words = part.trim().toLowerCase().split(/\s+/)
    const refuse: Refuse = (reason) =>
      new EverstowError('invalid-input', {
        data: { field: 'bandwidth', value: text, part: part.trim(), reason },
      })
    const [when = '', ...rest] = words
    if (when === '') continue
    const times = TIMES.exec(rest[0] ?? '')
    const limits = parseSpeeds(times ? rest.slice(1) : rest, refuse)
    if (when === 'default') {
      if (times || fallback) throw refuse(times ? 'hours' : 'twice')
      fallback = limits
    } else rules.push({ days: parseDays(when, refuse), ...parseTimes(times, refuse), ...limits })
  }
  return { fallback: fallback ?? {}, rules }
}

type Refuse = (reason: string) => EverstowError

function parseDays(text: string, refuse: Refuse): number[] {
  if (text === 'daily') return [0, 1, 2, 3, 4, 5, 6]
  const days = new Set<number>()
  for (const range of text.split(',')) {
    const [from = '', to = from, ...more] = range.split('-')
    const first = DAY_NAMES.indexOf(from)
    const last = DAY_NAMES.indexOf(to)
    if (first < 0 || last < 0 || more.length > 0) throw refuse('days')
    // `sat-mon` goes over the end of the week.
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day)
      if (day === last) break
    }
  }
  return [...days].sort((a, b) => a - b)
}

function parseTimes(times: RegExpExecArray | null, refuse: Refuse): { fromMinute: number; toMinute: number } {
  if (!times) return { fromMinute: 0, toMinute: DAY_MINUTES }
  const [fromHour = 0, fromMinutes = 0, toHour = 0, toMinutes = 0] = times.slice(1).map(Number)
  const fromMinute = fromHour * 60 + fromMinutes
  const toMinute = toHour * 60 + toMinutes || DAY_MINUTES
  const valid = fromMinutes < 60 && toMinutes < 60 && fromMinute < DAY_MINUTES && toMinute <= DAY_MINUTES
  if (!valid || fromMinute === toMinute) throw refuse('hours')
  return { fromMinute, toMinute }
}

function parseSpeeds(words: readonly string[], refuse: Refuse): SpeedLimits {
  if (words.length === 0) throw refuse('speed')
  const limits: { -readonly [Key in keyof SpeedLimits]: SpeedLimits[Key] } = {}
  for (const word of words) {
    const both = word === 'full' || word === 'pause'
    const [, direction, named, amount, unit = ''] = SPEED.exec(word) ?? []
    if (!both && direction === undefined) throw refuse('speed')
    const speed = speedOf(both ? word : named, amount, UNITS[unit] ?? 1, refuse)
    for (const key of ['uploadBytesPerSecond', 'downloadBytesPerSecond'] as const) {
      if (!both && key.startsWith('up') !== (direction === 'up')) continue
      if (limits[key] !== undefined) throw refuse('twice')
      limits[key] = speed
    }
  }
  return limits
}

function speedOf(named: string | undefined, amount: string | undefined, unit: number, refuse: Refuse): Speed {
  if (named === 'full') return 'full'
  if (named === 'pause') return 0
  const bytes = Math.round(Number(amount) * unit)
  // Nobody who writes a speed of nothing can be sure which of "paused" and "no limit" it means.
  if (bytes < 1) throw refuse('zero')
  return bytes
}
