import { Cron } from 'croner'
import { EverstowError } from './errors.ts'

/** `manual`, `every:24h` (also m, h, d), `daily@02:00`, or a cron expression of five fields. */
export type Schedule = string & { readonly __schedule: true }

const EVERY = /^every:(\d{1,5})(m|h|d)$/
const DAILY = /^daily@([01]?\d|2[0-3]):([0-5]\d)$/
const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Checks a schedule's text. Throws `invalid-input`. */
export function parseSchedule(text: string): Schedule {
  const schedule = text.trim()
  const every = EVERY.exec(schedule)
  if (schedule === 'manual' || DAILY.test(schedule) || (every && Number(every[1]) > 0))
    return schedule as Schedule
  // Words of ours that are not quite right are never taken for a cron expression.
  if (/^(every:|daily@)/.test(schedule))
    throw new EverstowError('invalid-input', { data: { field: 'schedule', value: text } })
  try {
    new Cron(schedule, { paused: true, mode: '5-part' })
  } catch (error) {
    throw new EverstowError('invalid-input', { data: { field: 'schedule', value: text }, cause: error })
  }
  return schedule as Schedule
}

/**
 * When a plan is next due, in milliseconds since 1970; `undefined` for manual ones. A time in the past means "due now": however many
 * runs were missed while the computer slept, they collapse into that one.
 * @param lastStartMs when it last started; `undefined` if never (then it is due at once for intervals)
 * @param sinceMs from when calendar times count if it never ran (when the plan was made)
 */
export function nextDueMs(
  schedule: Schedule,
  lastStartMs: number | undefined,
  sinceMs: number,
): number | undefined {
  if (schedule === 'manual') return undefined
  const every = EVERY.exec(schedule)
  if (every) {
    return lastStartMs === undefined
      ? sinceMs
      : lastStartMs + Number(every[1]) * UNIT_MS[every[2] as keyof typeof UNIT_MS]
  }
  const daily = DAILY.exec(schedule)
  const pattern = daily ? `${Number(daily[2])} ${Number(daily[1])} * * *` : schedule
  const from = new Date(lastStartMs ?? sinceMs)
  return new Cron(pattern, { paused: true, mode: '5-part' }).nextRun(from)?.getTime()
}
