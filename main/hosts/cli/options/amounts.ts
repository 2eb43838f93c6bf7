import { InvalidArgumentError } from 'commander'

const RATE = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?(?:\/s)?$/i
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i
const POWER = { '': 0, k: 1, m: 2, g: 3, t: 4 } as const
const SPAN = /^(\d{1,5})([dwmy]?)$/i
const DAYS = { '': 1, d: 1, w: 7, m: 30, y: 365 } as const

/** `5MB`, `500k`, `1MiB/s` as bytes a second. */
export function bytesPerSecond(text: string): number {
  const bytes = bytesOf(RATE.exec(text.trim()))
  if (bytes === undefined) throw new InvalidArgumentError('5MB, 500kB')
  return bytes
}

/** `50GB`, `1.5TiB` as bytes. */
export function sizeInBytes(text: string): number {
  const bytes = bytesOf(SIZE.exec(text.trim()))
  if (bytes === undefined || !Number.isSafeInteger(bytes)) throw new InvalidArgumentError('50GB, 2TiB')
  return bytes
}

function bytesOf(match: RegExpExecArray | null): number | undefined {
  if (!match) return undefined
  const power = POWER[(match[2] ?? '').toLowerCase() as keyof typeof POWER]
  const bytes = Math.round(Number(match[1]) * (match[3] ? 1024 : 1000) ** power)
  return bytes < 1 ? undefined : bytes
}

/** `30`, `30d`, `8w`, `6m`, `1y` as days. */
export function days(text: string): number {
  const match = SPAN.exec(text.trim())
  const count = Number(match?.[1]) * DAYS[(match?.[2] ?? '').toLowerCase() as keyof typeof DAYS]
  if (!match || count < 1) throw new InvalidArgumentError('30, 30d, 8w, 1y')
  return count
}

/** A whole number from `least` on. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`${least}…${most === Number.MAX_SAFE_INTEGER ? '' : most}`)
    return value
  }
}

/** A share of a hundred. */
export function percent(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,3})?)\s*%?$/.exec(text.trim())
  const value = Number(match?.[1])
  if (!match || value > 100) throw new InvalidArgumentError('0…100')
  return value
}

/** A number of hours, not necessarily whole. */
export function hours(text: string): number {
  const match = /^(\d{1,4}(?:\.\d{1,3})?)h?$/i.exec(text.trim())
  const value = Number(match?.[1])
  if (!match || value > 8_760) throw new InvalidArgumentError('0…8760')
  return value
}
