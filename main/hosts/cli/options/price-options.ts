import { InvalidArgumentError } from 'commander'
import type { OwnPrices, PlaceChange } from '../../../contract/index.ts'
import { UsageError } from '../usage-error.ts'

/** Prices as `place edit` takes them. */
export interface PriceOptions {
  readonly priceStorage?: number | 'none'
  readonly pricePut?: number
  readonly priceGet?: number
  readonly priceList?: number
  readonly priceEgress?: number
  readonly priceCurrency?: string
}

/** A price as typed: `0.006`. */
export function price(text: string): number {
  if (!/^\d{1,6}(\.\d{1,9})?$/.test(text.trim())) throw new InvalidArgumentError('0.006')
  return Number(text)
}

/** A price, or `none`. */
export function priceOrNone(text: string): number | 'none' {
  return text.trim().toLowerCase() === 'none' ? 'none' : price(text)
}

/** A currency as typed: `EUR`. */
export function currency(text: string): string {
  const code = text.trim().toUpperCase()
  if (!/^[A-Z]{3}$/.test(code)) throw new InvalidArgumentError('EUR, USD')
  return code
}

/**
 * Takes the prices out of the options. What is not named stays as it was typed before, else costs nothing; they are of today. Null: the price table counts again.
 */
export function takePrices<Options extends PriceOptions>(
  options: Options,
  before: OwnPrices | undefined,
): { readonly prices: PlaceChange['prices']; readonly given: Omit<Options, keyof PriceOptions> } {
  const { priceStorage, pricePut, priceGet, priceList, priceEgress, priceCurrency, ...given } = options
  const named = [priceStorage, pricePut, priceGet, priceList, priceEgress, priceCurrency]
  if (named.every((value) => value === undefined)) return { prices: undefined, given }
  if (priceStorage === 'none') return { prices: null, given }
  const storageGbMonth = priceStorage ?? before?.storageGbMonth
  if (storageGbMonth === undefined) throw new UsageError('allPrices')
  return {
    prices: {
      asOf: new Date().toISOString().slice(0, 10),
      currency: priceCurrency ?? before?.currency ?? 'USD',
      storageGbMonth,
      putPer1000: pricePut ?? before?.putPer1000 ?? 0,
      getPer1000: priceGet ?? before?.getPer1000 ?? 0,
      listPer1000: priceList ?? before?.listPer1000 ?? 0,
      egressGb: priceEgress ?? before?.egressGb ?? 0,
    },
    given,
  }
}
