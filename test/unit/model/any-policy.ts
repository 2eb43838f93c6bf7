import fc from 'fast-check'
import {
  decideRetention,
  type KeepPolicy,
  type RetentionBackup,
} from '../../../main/engine/model/keeping/retention.ts'

/** Zones with their own ideas: half hours, half-hour summer time, changes at midnight, a day left out, the edges of the world, no changes. */
export const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'America/Santiago',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/Havana',
  'UTC',
] as const

/** Any of them. */
export const zone = fc.constantFrom(...ZONES)
const count = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined })
/** Any policy that has a rule. */
export const policy: fc.Arbitrary<KeepPolicy> = fc
  .record({
    last: count,
    hourly: count,
    daily: count,
    weekly: count,
    monthly: count,
    yearly: count,
    within: fc.option(
      fc.record({ amount: fc.integer({ min: 1, max: 60 }), unit: fc.constantFrom('d', 'w', 'm', 'y') }),
      { nil: undefined },
    ),
  })
  .map((rules) => Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== undefined)))
  .filter((rules) => Object.keys(rules).length > 0)

/** The ids that a policy keeps. */
export function keptIds(
  all: readonly RetentionBackup[],
  keep: KeepPolicy,
  timeZone: string,
  nowMs: number,
): string[] {
  return decideRetention(all, keep, { nowMs, timeZone })
    .decisions.filter((decision) => decision.keep)
    .map(({ id }) => id)
}
