/** How much lay in a place at the end of a day. */
export interface StorageSample {
  /** `2026-11-21`, in the time of this computer. */
  readonly day: string
  readonly atMs: number
  readonly bytes: number
}

const DAY_MS = 86_400_000
/** So long every day is kept, */
const DAILY_DAYS = 92
/** and so long one of each week. */
const KEPT_DAYS = 731

/**
 * The days whose samples go: beyond three months the newest sample of each week stays, beyond two years none does. Thinning every day ends in the same as
 * thinning once.
 */
export function samplesToDrop(samples: readonly StorageSample[], nowMs: number): string[] {
  const newestFirst = samples.toSorted((a, b) => (a.day < b.day ? 1 : -1))
  const weeks = new Set<number>()
  return newestFirst.flatMap(({ day }) => {
    const number = dayNumber(day)
    const age = Math.floor(nowMs / DAY_MS) - number
    if (age > KEPT_DAYS) return [day]
    const week = weekOf(number)
    // The day that stands for a week is chosen among all its days, also those that are still kept daily.
    const isFirst = !weeks.has(week)
    weeks.add(week)
    return age <= DAILY_DAYS || isFirst ? [] : [day]
  })
}

const dayNumber = (day: string): number => Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS)
/** 1970 began on a Thursday; weeks begin on Mondays. */
const weekOf = (number: number): number => Math.floor((number + 3) / 7)

/** The day of a time as this computer's calendar shows it. */
export function localDay(ms: number): string {
  const day = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}
