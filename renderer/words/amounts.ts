import { numberFormat } from './formats.ts'

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const

/** Bytes in the words of a language: `1.5 GB`, `1,5 Go`. Powers of 1000, as disks are sold. */
export function bytesText(bytes: number, language: string): string {
  let value = bytes
  let step = 0
  while (value >= 999.5 && step < UNITS.length - 1) {
    value /= 1000
    step++
  }
  const digits = step === 0 || value >= 100 ? 0 : 1
  return numberFormat(language, {
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: digits,
  }).format(value)
}

/** A whole number with the language's groups: `12,480`. */
export function numberText(value: number, language: string): string {
  return numberFormat(language).format(value)
}

/** Any number with what stands behind its point, as exact as numbers are kept: `12.5`, `1.2E21`. */
export function decimalText(value: number, language: string): string {
  const size = Math.abs(value)
  const isFar = size >= 1e15 || (size > 0 && size < 1e-6)
  const notation = isFar ? ('scientific' as const) : ('standard' as const)
  return numberFormat(language, { maximumSignificantDigits: 15, notation }).format(value)
}

/** A share between 0 and 1 as `62%`. */
export function shareText(share: number, language: string): string {
  return numberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}

/** An amount of money: `$1.24`, `< 0,01 €` where it is less than the smallest coin. */
export function moneyText(amount: number, currency: string, language: string): string {
  const format = numberFormat(language, { style: 'currency', currency })
  return amount > 0 && amount < 0.01 ? `< ${format.format(0.01)}` : format.format(amount)
}

/** How long something took: `4 s`, `2 min 5 s`, `1 h 10 min`, `3 days`. */
export function durationText(ms: number, language: string): string {
  const seconds = Math.round(ms / 1000)
  if (ms < 950) return unitText(Math.round(ms), 'millisecond', language)
  if (seconds < 60) return unitText(seconds, 'second', language)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) {
    const rest = seconds % 60
    return [unitText(minutes, 'minute', language), rest ? unitText(rest, 'second', language) : '']
      .join(' ')
      .trim()
  }
  if (minutes >= LONG_MINUTES) return longUnitText(Math.round(minutes / DAY_MINUTES), language)
  const rest = minutes % 60
  return [
    unitText(Math.floor(minutes / 60), 'hour', language),
    rest ? unitText(rest, 'minute', language) : '',
  ]
    .join(' ')
    .trim()
}

const DAY_MINUTES = 24 * 60
/** From here on nobody asks for hours. */
const LONG_MINUTES = 2 * DAY_MINUTES

function longUnitText(days: number, language: string): string {
  return numberFormat(language, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days)
}

function unitText(value: number, unit: string, language: string): string {
  return numberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value)
}
