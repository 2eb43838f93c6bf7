import type { Sentence } from '../../contract/index.ts'
import type { Translate } from './ports.ts'

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** Texts, times and numbers in one language. */
export interface Words {
  text: Translate
  /** A sentence of the app, its times and sizes written out. */
  sentence(sentence: Sentence): string
  /** `12 min ago`. */
  ago(iso: string): string
  /** `18:00`, `Tue 18:00` within a week, else with the date. */
  time(iso: string): string
  /** `3 min`, `2 hr`. */
  duration(seconds: number): string
  /** `42%`. */
  percent(ratio: number): string
}

/** Words of a locale such as `fr` or `en-GB`. `now` gives wall-clock milliseconds. */
export function createWords(locale: string, text: Translate, now: () => number): Words {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })

  function ago(iso: string): string {
    const seconds = Math.max(0, Math.round((now() - Date.parse(iso)) / 1000))
    // `numeric: 'auto'` makes 0 seconds "now".
    if (seconds < MINUTE_S) return relative.format(0, 'second')
    if (seconds < HOUR_S) return relative.format(-Math.floor(seconds / MINUTE_S), 'minute')
    if (seconds < DAY_S) return relative.format(-Math.floor(seconds / HOUR_S), 'hour')
    return relative.format(-Math.floor(seconds / DAY_S), 'day')
  }

  function time(iso: string): string {
    const at = new Date(iso)
    if (Number.isNaN(at.getTime())) return iso
    const daysAway = Math.abs(at.getTime() - now()) / (DAY_S * 1000)
    const sameDay = at.toDateString() === new Date(now()).toDateString()
    const day: Intl.DateTimeFormatOptions = sameDay
      ? {}
      : daysAway < 6
        ? { weekday: 'short' }
        : { day: 'numeric', month: 'short' }
    return new Intl.DateTimeFormat(locale, { ...day, hour: '2-digit', minute: '2-digit' }).format(at)
  }

  function duration(seconds: number): string {
    const [value, unit] =
      seconds < MINUTE_S
        ? [Math.max(1, Math.round(seconds)), 'second']
        : seconds < HOUR_S
          ? [Math.round(seconds / MINUTE_S), 'minute']
          : [Math.round(seconds / HOUR_S), 'hour']
    return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value)
  }

  return {
    text,
    ago,
    time,
    duration,
    percent: (ratio) => percent.format(Math.min(1, Math.max(0, ratio))),
    sentence: ({ key, params = {} }) =>
      text(
        key,
        Object.fromEntries(
          Object.entries(params).map(([name, value]) => [name, writtenOut(name, value, { time, locale })]),
        ),
      ),
  }
}

/** The contract's convention: `until` and `…At` are ISO times, `…Bytes` are bytes; everything else is said as it is. */
function writtenOut(
  name: string,
  value: string | number,
  { time, locale }: { readonly time: Words['time']; readonly locale: string },
): string | number {
  if (typeof value === 'string' && (name === 'until' || name.endsWith('At'))) return time(value)
  if (typeof value === 'number' && name.endsWith('Bytes')) return bytes(value, locale)
  return value
}

function bytes(value: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[step],
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(value / 1000 ** step)
}
