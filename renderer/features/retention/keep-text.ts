/** The rules a person can set, in the order in which the text form writes them. */
export const keepRules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
export type KeepRule = (typeof keepRules)[number]

/** A retention rule as numbers to edit; absent: the line wants nothing. `within` keeps its unit: `30d`, `6m`. */
export type KeepNumbers = { readonly [R in KeepRule]?: number } & { readonly within?: string }

/** What most people want: a week of everything, then fewer and fewer. */
export const usualKeep = 'last:7,daily:14,weekly:8,monthly:12,yearly:5'

/** The numbers in a rule's text form. Unknown parts cannot come from the engine, which checks the text. */
export function numbersOf(text: string): KeepNumbers {
  const numbers: Record<string, number | string> = {}
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.trim().split(':')
    if (name === 'within') numbers.within = value
    else if ((keepRules as readonly string[]).includes(name)) numbers[name] = Number(value)
  }
  return numbers
}

/** The text form of numbers; empty when no line wants anything. */
export function textOf(numbers: KeepNumbers): string {
  const parts = keepRules.flatMap((rule) => (numbers[rule] ? [`${rule}:${numbers[rule]}`] : []))
  if (numbers.within) parts.push(`within:${numbers.within}`)
  return parts.join(',')
}

const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 }

/** How many days `6m` or `30d` are, near enough to show. */
export function daysOf(within: string | undefined): number | undefined {
  const [, amount, unit = ''] = /^(\d+)([dwmy])$/.exec(within ?? '') ?? []
  return amount === undefined ? undefined : Number(amount) * (DAYS[unit] ?? 1)
}
