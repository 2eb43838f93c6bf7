import type { Texts } from '../../app/text.ts'

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** The app's texts, with the times and numbers of a tray. */
export interface Words extends Pick<Texts, 'text' | 'sentence' | 'error'> {
  /** `12 min ago`. */
  ago(iso: string): string
  /** `18:00`, `Tue 18:00` within a week, else with the date. */
  time(iso: string): string
  /** `3 min`, `2 hr`. */
  duration(seconds: number): string
  /** `42%`. */
  percent(ratio: number): string
}

/** Words in the language of the texts. `now` gives wall-clock milliseconds. */
export function createWords(texts: Texts, now: () => number): Words {
  const { locale } = texts
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
    const daysAway = Math.abs(at.getTime() - now()) / (DAY_S * 1000)
    const isToday = at.toDateString() === new Date(now()).toDateString()
    const named: Intl.DateTimeFormatOptions =
      daysAway < 6 ? { weekday: 'short' } : { day: 'numeric', month: 'short' }
    const day = isToday ? {} : named
    return new Intl.DateTimeFormat(locale, { ...day, hour: 'numeric', minute: '2-digit' }).format(at)
  }

  function duration(seconds: number): string {
    const inUnit = (value: number, unit: string): string =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(
        Math.max(1, Math.round(value)),
      )
    if (seconds < MINUTE_S) return inUnit(seconds, 'second')
    return seconds < HOUR_S ? inUnit(seconds / MINUTE_S, 'minute') : inUnit(seconds / HOUR_S, 'hour')
  }

  return {
    text: texts.text,
    sentence: texts.sentence,
    error: texts.error,
    ago,
    time,
    duration,
    percent: (ratio) => percent.format(Math.min(1, Math.max(0, ratio))),
  }
}
