import { EverstowError } from '../errors.ts'

/** What a plan or a place may wait for. */
export const CONDITIONS = ['mains', 'unmetered', 'online'] as const
export type Condition = (typeof CONDITIONS)[number]

/** A plan may also wait until one of its places can be reached. */
export const PLAN_CONDITIONS = [...CONDITIONS, 'reachable'] as const
export type PlanCondition = (typeof PLAN_CONDITIONS)[number]

/** What is known of the computer's surroundings; undefined: nobody can tell. */
export interface Surroundings {
  /** It draws power from the mains, not from a battery. */
  readonly mains?: boolean
  /** What is sent costs extra. */
  readonly metered?: boolean
  /** Some network is there. */
  readonly online?: boolean
  /** One of the places of the plan in question can be reached. */
  readonly reachable?: boolean
}

/** `unknown` keeps nothing from running, and is shown. */
export type ConditionState = 'met' | 'unmet' | 'unknown'

/** Whether a condition holds. */
export function conditionState(
  condition: PlanCondition,
  { mains, metered, online, reachable }: Surroundings,
): ConditionState {
  const holds = { mains, unmetered: metered === undefined ? undefined : !metered, online, reachable }[
    condition
  ]
  if (holds === undefined) return 'unknown'
  return holds ? 'met' : 'unmet'
}

const HOURS = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$/

/** Checks the text of quiet hours, such as `22:00-07:00`. Throws `invalid-input`. */
export function parseQuietHours(text: string): string {
  const [from, to] = minutesOf(text.trim()) ?? []
  if (from === undefined || from === to)
    throw new EverstowError('invalid-input', { data: { field: 'quietHours', value: text } })
  return text.trim()
}

/** When the quiet hours that a time lies in end, in milliseconds since 1970; undefined outside of them. Local time; over midnight, too. */
export function quietUntilMs(quietHours: string, nowMs: number): number | undefined {
  const [from, to] = minutesOf(quietHours) ?? []
  if (from === undefined || to === undefined) return undefined
  const now = new Date(nowMs)
  const minute = now.getHours() * 60 + now.getMinutes()
  const isQuiet = from < to ? minute >= from && minute < to : minute >= from || minute < to
  if (!isQuiet) return undefined
  const day = now.getDate() + (minute < to ? 0 : 1)
  return new Date(now.getFullYear(), now.getMonth(), day, Math.floor(to / 60), to % 60).getTime()
}

function minutesOf(text: string): readonly [from: number, to: number] | undefined {
  const parts = HOURS.exec(text)
  if (!parts) return undefined
  const [, fromHour, fromMinute, toHour, toMinute] = parts.map(Number)
  return [fromHour! * 60 + fromMinute!, toHour! * 60 + toMinute!]
}
