import type { Engine } from '../engine/engine.ts'
import { type DueFacts, type DueState, lookAtDue } from '../engine/model/due.ts'
import type { Schedule } from '../engine/model/schedule.ts'

/** What decides when something is due, but for the clock. */
export interface Timed extends Omit<DueFacts, 'nowMs'> {
  /** `plan/<id>`, `push`, `verify` … */
  readonly id: string
}

const dueFact = (id: string): string => `due/${id}`

/** The fact that keeps when something last started. */
export const lastStartFact = (id: string): string => `last-start/${id}`

/** The fact that keeps from when calendar times count. */
export const sinceFact = (id: string): string => `since/${id}`

/** Looking alone is not worth writing down more often: it only tells how far a clock was set back. */
const SEEN_APART_MS = 10 * 60_000

/** What is known of something with this schedule. */
export function timed(engine: Engine, id: string, schedule: Schedule): Timed {
  const lastStart = lastStartMs(engine, id)
  return {
    id,
    schedule,
    sinceMs: sinceMs(engine, id),
    ...(lastStart === undefined ? {} : { lastStartMs: lastStart }),
  }
}

/** When it is due, as of now; nothing is kept. */
export function lookedAt(engine: Engine, timed: Timed): DueState {
  return lookAtDue(keptDue(engine, timed.id), { ...timed, nowMs: engine.env.clock.now() })
}

/** Keeps what was worked out over restarts. */
export function keepDue(engine: Engine, id: string, state: DueState): void {
  const kept = keptDue(engine, id)
  const isNews =
    kept?.schedule !== state.schedule ||
    kept.dueMs !== state.dueMs ||
    kept.settledMs !== state.settledMs ||
    kept.startMs !== state.startMs ||
    kept.setBackMs !== state.setBackMs ||
    Math.abs(state.seenMs - kept.seenMs) >= SEEN_APART_MS
  if (isNews) engine.facts.set(dueFact(id), JSON.stringify(state))
}

/** When something last started, milliseconds since 1970. */
export function lastStartMs(engine: Engine, id: string): number | undefined {
  return timeIn(engine, lastStartFact(id))
}

/** From when calendar times of something count: when it was first heard of. */
export function sinceMs(engine: Engine, id: string): number {
  return knownSinceMs(engine, id) ?? engine.env.clock.now()
}

/** When something was first heard of, where that was noted. */
export function knownSinceMs(engine: Engine, id: string): number | undefined {
  return timeIn(engine, sinceFact(id))
}

function timeIn(engine: Engine, fact: string): number | undefined {
  const text = engine.facts.get(fact)
  const time = text === undefined ? Number.NaN : Number(text)
  return Number.isFinite(time) ? time : undefined
}

/** Undefined where nothing is kept, or something that makes no sense. */
function keptDue(engine: Engine, id: string): DueState | undefined {
  try {
    const state = JSON.parse(engine.facts.get(dueFact(id)) ?? 'null') as DueState | null
    return state && typeof state.schedule === 'string' && Number.isFinite(state.seenMs) ? state : undefined
  } catch {
    return undefined
  }
}
