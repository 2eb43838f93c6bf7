const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** Times of day on some days, as people say it. */
export interface Calendar {
  /** 0 is Sunday; absent: every day. */
  readonly weekdays?: readonly number[]
  /** 1 to 31 or `last`; absent: every day. */
  readonly monthDay?: number | 'last'
  /** Minutes since midnight. */
  readonly minutes: readonly number[]
}

interface Change {
  /** The first moment with this offset. */
  readonly fromMs: number
  /** Local time minus UTC. */
  readonly offsetMs: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

function offsetAt(zone: string, ms: number): number {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const part = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const of = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? 0
  const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return local - Math.floor(ms / 1000) * 1000
}

const changesOf = new Map<string, readonly Change[]>()

/** Clocks in these lives are wrong by less. */
export const MARGIN_DAYS = 40

/** The offsets of a zone over a year and the days around it. */
function changes(zone: string, year: number): readonly Change[] {
  const name = `${zone} ${year}`
  const known = changesOf.get(name)
  if (known) return known
  const startMs = Date.UTC(year, 0, 1) - (MARGIN_DAYS + 5) * DAY_MS
  const found: Change[] = [{ fromMs: startMs, offsetMs: offsetAt(zone, startMs) }]
  for (let ms = startMs + DAY_MS; ms < Date.UTC(year + 1, 0, 1) + (MARGIN_DAYS + 5) * DAY_MS; ms += DAY_MS) {
    const offsetMs = offsetAt(zone, ms)
    if (offsetMs === found.at(-1)!.offsetMs) continue
    let [before, at] = [ms - DAY_MS, ms]
    while (at - before > 1000) {
      const middle = Math.floor((before + at) / 2000) * 1000
      if (offsetAt(zone, middle) === offsetMs) at = middle
      else before = middle
    }
    found.push({ fromMs: at, offsetMs })
  }
  changesOf.set(name, found)
  return found
}

/** The moment at which clocks first show this local time; where they leave it out, the moment they jump over it. */
function momentOf(local: number, all: readonly Change[]): number {
  for (const [at, { fromMs, offsetMs }] of all.entries()) {
    const ms = local - offsetMs
    if (ms >= (all[at + 1]?.fromMs ?? Number.POSITIVE_INFINITY)) continue
    return Math.max(ms, fromMs)
  }
  throw new Error('no offset for this time')
}

/** The moments a calendar names within a year and the days around it, ascending, each once. */
export function momentsOf(calendar: Calendar, zone: string, year: number): number[] {
  const all = changes(zone, year)
  const moments = new Set<number>()
  const lastMs = Date.UTC(year + 1, 0, 1) + MARGIN_DAYS * DAY_MS
  for (let day = Date.UTC(year, 0, 1) - MARGIN_DAYS * DAY_MS; day < lastMs; day += DAY_MS) {
    const date = new Date(day)
    if (calendar.weekdays && !calendar.weekdays.includes(date.getUTCDay())) continue
    const isLast = new Date(day + DAY_MS).getUTCDate() === 1
    const { monthDay } = calendar
    if (monthDay === 'last' ? !isLast : monthDay !== undefined && date.getUTCDate() !== monthDay) continue
    for (const minute of calendar.minutes) moments.add(momentOf(day + minute * MINUTE_MS, all))
  }
  return [...moments].toSorted((one, other) => one - other)
}
