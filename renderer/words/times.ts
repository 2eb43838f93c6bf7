import { dateFormat, distanceFormat } from './formats.ts'

const SPANS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `12 minutes ago`, `in 3 hours`, `yesterday`; the date itself when it is more than a month away. Undefined within a minute. */
export function relativeText(iso: string, nowMs: number, language: string): string | undefined {
  const distanceMs = Date.parse(iso) - nowMs
  if (Math.abs(distanceMs) < 45_000) return undefined
  if (Math.abs(distanceMs) > 30 * 86_400_000) {
    return daysText(language, { dateStyle: 'medium' }, Date.parse(iso))
  }
  const format = distanceFormat(language, { numeric: 'auto' })
  for (const [unit, spanMs] of SPANS) {
    if (Math.abs(distanceMs) >= spanMs * 0.99) return format.format(Math.round(distanceMs / spanMs), unit)
  }
  return format.format(Math.sign(distanceMs), 'minute')
}

/** Date and time to the minute: `21 Nov 2026, 18:00`. */
export function exactText(iso: string, language: string): string {
  return daysText(language, { dateStyle: 'medium', timeStyle: 'short' }, Date.parse(iso))
}

/** A calendar day (`2026-11-21`) without its year. */
export function dayText(date: string, language: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return daysText(
    language,
    { weekday: 'short', day: 'numeric', month: 'long' },
    new Date(year, month - 1, day),
  )
}

/** A calendar day with its year: `21 Nov 2026`. */
export function dateText(date: string, language: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return daysText(language, { dateStyle: 'medium' }, new Date(year, month - 1, day))
}

/** A time as the clocks of a zone show it, with its day: `Monday 23 November at 18:00`; `time`: `18:00`. The year only where it is another one. */
export function zoneTimeText(
  iso: string,
  language: string,
  timeZone: string,
  part: 'all' | 'time' = 'all',
): string {
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const
  if (part === 'time') return dateFormat(language, time).format(Date.parse(iso))
  const isThisYear = new Date(iso).getFullYear() === new Date().getFullYear()
  const year = isThisYear ? {} : { year: 'numeric' as const }
  return daysText(
    language,
    { ...time, weekday: 'long', day: 'numeric', month: 'long', ...year },
    Date.parse(iso),
  )
}

/** A text that names a day. The first of a month is the `1er` in French, which its formats leave out. */
function daysText(language: string, options: Intl.DateTimeFormatOptions, at: number | Date): string {
  const parts = dateFormat(language, options).formatToParts(at)
  const isFirst =
    language.startsWith('fr') && parts.some(({ type, value }) => type === 'day' && value === '1')
  return parts.map(({ type, value }) => (isFirst && type === 'day' ? '1er' : value)).join('')
}
