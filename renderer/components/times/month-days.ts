/** Days are texts such as `2026-11-21`: a local calendar has no hours. */

const partsOf = (day: string): [number, number, number] => {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number)
  return [year, month - 1, date]
}

/** The local day of a moment. */
export function dayOf(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

/** So many days later. */
export function dayAfter(day: string, days: number): string {
  const [year, month, date] = partsOf(day)
  return dayOf(new Date(year, month, date + days))
}

/** The same day so many months later, or the last one of a shorter month. */
export function monthAfter(day: string, months: number): string {
  const [year, month, date] = partsOf(day)
  const last = new Date(year, month + months + 1, 0).getDate()
  return dayOf(new Date(year, month + months, Math.min(date, last)))
}

/** The weeks that a day's month touches, each from Monday to Sunday. */
export function weeksOf(day: string): string[][] {
  const [year, month] = partsOf(day)
  const first = new Date(year, month, 1)
  const before = (first.getDay() + 6) % 7
  const days = new Date(year, month + 1, 0).getDate()
  const count = Math.ceil((before + days) / 7)
  return Array.from({ length: count }, (_, week) =>
    Array.from({ length: 7 }, (_, at) => dayAfter(dayOf(first), week * 7 + at - before)),
  )
}

/** `November 2026`. */
export function monthTitle(day: string, language: string): string {
  const [year, month] = partsOf(day)
  return new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric' }).format(
    new Date(year, month, 1),
  )
}

/** Names of the days, from Monday on. */
export function weekdayNames(language: string): { short: string; long: string }[] {
  // The 6th of July 2026 is a Monday.
  return Array.from({ length: 7 }, (_, at) => {
    const name = (weekday: 'short' | 'long') =>
      new Intl.DateTimeFormat(language, { weekday }).format(new Date(2026, 6, 6 + at))
    return { short: name('short').replace('.', ''), long: name('long') }
  })
}
