import { EverstowError } from '../errors.ts'

/** Which backups of a series are kept: a backup stays if any rule wants it. Counts are whole numbers from 1; a rule that is absent wants nothing. */
export interface KeepPolicy {
  /** The newest so many. */
  readonly last?: number
  /** One for each of so many hours, days, ISO weeks, months, years that have backups, newest first. */
  readonly hourly?: number
  readonly daily?: number
  readonly weekly?: number
  readonly monthly?: number
  readonly yearly?: number
  /** All that are younger than this. */
  readonly within?: KeepSpan
}

/** A stretch of the calendar: so many days, weeks, months or years. */
export interface KeepSpan {
  readonly amount: number
  readonly unit: 'd' | 'w' | 'm' | 'y'
}

/** The rules that count, in the order in which they are written. */
export const COUNTED_RULES = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
export type CountedRule = (typeof COUNTED_RULES)[number]

const RULE = /^([a-z]+):(\d{1,5})([a-z]?)$/
const MAX_AMOUNT = 99_999

/** Reads `last:7,daily:14,weekly:8,monthly:12,yearly:5,within:30d`. Throws `invalid-input` (field `keep`) with the part that is wrong and the reason. */
export function parseKeep(text: string): KeepPolicy {
  const policy: { -readonly [Rule in keyof KeepPolicy]: KeepPolicy[Rule] } = {}
  for (const part of text.split(',')) {
    const written = part.trim().toLowerCase()
    const refuse = (reason: string) =>
      new EverstowError('invalid-input', { data: { field: 'keep', value: text, part: written, reason } })
    const [, rule = '', digits = '', unit = ''] = RULE.exec(written) ?? []
    const amount = Number(digits)
    if (rule === '') throw refuse(written === '' ? 'empty' : 'form')
    if (amount < 1) throw refuse('zero')
    if (Object.hasOwn(policy, rule)) throw refuse('twice')
    if (rule === 'within') {
      if (!isUnit(unit)) throw refuse('unit')
      policy.within = { amount, unit }
    } else if (isCounted(rule)) {
      if (unit !== '') throw refuse('unit')
      policy[rule] = amount
    } else throw refuse('rule')
  }
  return policy
}

/** The text that `parseKeep` reads as the same policy. Throws `invalid-input` for counts that it would refuse. */
export function formatKeep(policy: KeepPolicy): string {
  const parts: string[] = []
  for (const rule of COUNTED_RULES) {
    const count = policy[rule]
    if (count !== undefined) parts.push(`${rule}:${writable(rule, count)}`)
  }
  if (policy.within) parts.push(`within:${writable('within', policy.within.amount)}${policy.within.unit}`)
  return parts.join(',')
}

function writable(rule: string, amount: number): number {
  if (Number.isInteger(amount) && amount >= 1 && amount <= MAX_AMOUNT) return amount
  throw new EverstowError('invalid-input', {
    data: { field: 'keep', value: amount, part: rule, reason: 'count' },
  })
}

const isUnit = (unit: string): unit is KeepSpan['unit'] => /^[dwmy]$/.test(unit)
const isCounted = (rule: string): rule is CountedRule => (COUNTED_RULES as readonly string[]).includes(rule)
