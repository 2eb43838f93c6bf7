import { EverstowError } from '../errors.ts'

/**
 * Wall-clock time of one time zone. "Local milliseconds" are what its clocks show, written as if that were UTC: years, days and minutes can be
 * read from them by plain arithmetic or with the `getUTC…` methods of Date.
 */
export interface LocalCalendar {
  readonly timeZone: string
  /** What the zone's clocks are ahead of UTC at this instant, in milliseconds. */
  offsetMs(instantMs: number): number
  /** What the zone's clocks show at this instant, as local milliseconds. */
  localMs(instantMs: number): number
  /** The instant at which the clocks show `localMs`: the earlier of two, and just after the gap when they never do. */
  instantMs(localMs: number): number
  /** The first instant in (`afterMs`, `untilMs`] from which the clocks run differently, if there is one. */
  nextOffsetChange(afterMs: number, untilMs: number): number | undefined
}

const DAY_MS = 86_400_000
const SECOND_MS = 1000

const calendars = new Map<string, LocalCalendar>()

/** The calendar of an IANA time zone (`Europe/Berlin`). Throws `invalid-input` for a zone nobody knows. */
export function localCalendar(timeZone: string): LocalCalendar {
  const known = calendars.get(timeZone)
  if (known) return known
  const calendar = createCalendar(timeZone)
  calendars.set(timeZone, calendar)
  return calendar
}

function createCalendar(timeZone: string): LocalCalendar {
  const askMs = offsetReader(timeZone)
  const atMidnight = new Map<number, number>()

  /** The offset at 00:00 UTC of a day. Asking Intl costs microseconds, and years of backups share a few thousand days. */
  function midnightOffsetMs(day: number): number {
    let offset = atMidnight.get(day)
    if (offset === undefined) {
      offset = askMs(day * DAY_MS)
      atMidnight.set(day, offset)
    }
    return offset
  }

  // No zone changes its clocks twice within one day of UTC, so equal ends mean that nothing happened between them.
  function offsetMs(instantMs: number): number {
    const day = Math.floor(instantMs / DAY_MS)
    const start = midnightOffsetMs(day)
    return start === midnightOffsetMs(day + 1) ? start : askMs(instantMs)
  }

  /** The change within the UTC day, which is known to hold one, to the second. */
  function changeWithin(day: number): number {
    let before = day * DAY_MS
    let after = before + DAY_MS
    const first = midnightOffsetMs(day)
    while (after - before > SECOND_MS) {
      const middle = before + Math.floor((after - before) / 2 / SECOND_MS) * SECOND_MS
      if (askMs(middle) === first) before = middle
      else after = middle
    }
    return after
  }

  return {
    timeZone,
    offsetMs,
    localMs: (instantMs) => instantMs + offsetMs(instantMs),
    instantMs(localMs) {
      // Offsets stay within a day, so one of those on either side is the right one; in a gap neither is, and the clocks have then just jumped.
      const before = offsetMs(localMs - DAY_MS)
      const after = offsetMs(localMs + DAY_MS)
      const fits = (offset: number) => offsetMs(localMs - offset) === offset
      if (fits(before)) return localMs - before
      if (fits(after)) return localMs - after
      return this.nextOffsetChange(localMs - before - DAY_MS, localMs - before) ?? localMs - before
    },
    nextOffsetChange(afterMs, untilMs) {
      for (let day = Math.floor(afterMs / DAY_MS); day * DAY_MS < untilMs; day++) {
        if (midnightOffsetMs(day) === midnightOffsetMs(day + 1)) continue
        const change = changeWithin(day)
        if (change > afterMs) return change <= untilMs ? change : undefined
      }
      return undefined
    },
  }
}

/** Reads the offset out of the parts of a formatted date: works for every zone the runtime knows, at any time. */
function offsetReader(timeZone: string): (instantMs: number) => number {
  const format = formatOf(timeZone)
  return (instantMs) => {
    const wholeMs = Math.floor(instantMs / SECOND_MS) * SECOND_MS
    const part: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(wholeMs)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second) - wholeMs
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  } catch (cause) {
    throw new EverstowError('invalid-input', { data: { field: 'timeZone', value: timeZone }, cause })
  }
}
