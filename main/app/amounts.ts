/**
 * Amounts in words, as `Intl` says them (a test compares). Intl's first formatter costs 15 ms and 8 MB, which every command would
 * pay for a size and an age.
 */

type Locale = 'en' | 'fr'
/** One, and any other number. */
type Forms = readonly [one: string, other: string]
type Unit = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year'

const NO_BREAK = '\u00a0'
const NARROW_NO_BREAK = '\u202f'
const BYTES: Readonly<Record<Locale, Forms>> = { en: ['byte', 'bytes'], fr: ['octet', 'octets'] }
const LARGER: Readonly<Record<Locale, readonly string[]>> = {
  en: ['kB', 'MB', 'GB', 'TB'],
  fr: ['ko', 'Mo', 'Go', 'To'],
}
const UNITS: Readonly<Record<Locale, Readonly<Record<Unit, Forms>>>> = {
  en: {
    second: ['second', 'seconds'],
    minute: ['minute', 'minutes'],
    hour: ['hour', 'hours'],
    day: ['day', 'days'],
    month: ['month', 'months'],
    year: ['year', 'years'],
  },
  fr: {
    second: ['seconde', 'secondes'],
    minute: ['minute', 'minutes'],
    hour: ['heure', 'heures'],
    day: ['jour', 'jours'],
    month: ['mois', 'mois'],
    year: ['an', 'ans'],
  },
}
/** What has a name of its own, by how many units it is away. */
const NAMED: Readonly<Record<Locale, Partial<Record<Unit, Readonly<Record<number, string>>>>>> = {
  en: {
    day: { [-1]: 'yesterday', 1: 'tomorrow' },
    month: { [-1]: 'last month', 1: 'next month' },
    year: { [-1]: 'last year', 1: 'next year' },
  },
  fr: {
    day: { [-2]: 'avant-hier', [-1]: 'hier', 1: 'demain', 2: 'après-demain' },
    month: { [-1]: 'le mois dernier', 1: 'le mois prochain' },
    year: { [-1]: 'l’année dernière', 1: 'l’année prochaine' },
  },
}
const STEPS: readonly (readonly [unit: Unit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** `12,345.6`; at most so many digits after the point. */
export function numberText(locale: Locale, value: number, fractionDigits = 0): string {
  const scale = 10 ** fractionDigits
  const [whole = '', fraction] = String(Math.round(Math.abs(value) * scale) / scale).split('.')
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, locale === 'fr' ? NARROW_NO_BREAK : ',')
  const point = locale === 'fr' ? ',' : '.'
  return `${value < 0 ? '-' : ''}${grouped}${fraction === undefined ? '' : point + fraction}`
}

/** `0 bytes`, `1.5 MB`: decimal units, at most one digit after the point. */
export function bytesText(locale: Locale, bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(LARGER[locale].length, Math.floor(Math.log(bytes) / Math.log(1000)))
  if (at === 0) return counted(locale, Math.round(bytes), BYTES[locale])
  const gap = locale === 'fr' ? NARROW_NO_BREAK : ' '
  return `${numberText(locale, bytes / 1000 ** at, 1)}${gap}${LARGER[locale][at - 1]}`
}

/** `40 seconds`, `5 minutes`, `3 hours`. */
export function durationText(locale: Locale, seconds: number): string {
  const unit = seconds < 90 ? 'second' : seconds < 5_400 ? 'minute' : 'hour'
  const each = unit === 'second' ? 1 : unit === 'minute' ? 60 : 3_600
  return counted(locale, Math.round(seconds / each), UNITS[locale][unit])
}

/** `3 hours ago`, `in 2 days`, `yesterday`; undefined within a minute. */
export function relativeText(locale: Locale, seconds: number): string | undefined {
  const [unit, length] = STEPS.find(([, each]) => Math.abs(seconds) >= each) ?? []
  if (unit === undefined || length === undefined) return undefined
  const away = Math.trunc(seconds / length)
  const named = NAMED[locale][unit]?.[away]
  if (named) return named
  const count = Math.abs(away)
  const amount = `${numberText(locale, count)} ${formOf(locale, count, UNITS[locale][unit])}`
  if (locale === 'fr') return `${seconds < 0 ? 'il y a' : 'dans'} ${amount}`
  return seconds < 0 ? `${amount} ago` : `in ${amount}`
}

function counted(locale: Locale, count: number, forms: Forms): string {
  return `${numberText(locale, count)}${locale === 'fr' ? NO_BREAK : ' '}${formOf(locale, count, forms)}`
}

/** French takes nothing for singular too. */
function formOf(locale: Locale, count: number, [one, other]: Forms): string {
  return count === 1 || (locale === 'fr' && count === 0) ? one : other
}
