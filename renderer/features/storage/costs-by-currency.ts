import type { PlaceHealth } from '../../../main/contract/index.ts'

/** What one place costs this month. */
export interface MonthCost {
  readonly place: string
  readonly soFar: number
  /** What is likely to come on top of it until the month ends. */
  readonly rest: number
}

/** Places that cost in one currency, the dearest first, with what they come to. */
export interface CurrencyCosts {
  readonly currency: string
  readonly soFar: number
  readonly forecast: number
  readonly costs: readonly MonthCost[]
}

/** The estimated costs of places, by currency; free places and those without prices are left out. */
export function costsByCurrency(places: readonly Pick<PlaceHealth, 'placeName' | 'cost'>[]): CurrencyCosts[] {
  const estimated = places.flatMap(({ placeName, cost }) =>
    cost.state === 'estimated'
      ? [
          {
            currency: cost.currency,
            place: placeName,
            soFar: cost.monthToDate,
            rest: Math.max(0, cost.forecast - cost.monthToDate),
          },
        ]
      : [],
  )
  return [...Map.groupBy(estimated, ({ currency }) => currency)].map(([currency, costs]) => {
    const soFar = costs.reduce((sum, each) => sum + each.soFar, 0)
    return {
      currency,
      soFar,
      forecast: costs.reduce((sum, each) => sum + each.rest, soFar),
      costs: costs
        .map(({ place, soFar, rest }) => ({ place, soFar, rest }))
        .toSorted((one, other) => other.soFar + other.rest - one.soFar - one.rest),
    }
  })
}
