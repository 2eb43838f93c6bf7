import type { Engine } from '../../engine/engine.ts'
import type { Changes } from '../../engine/model/schedule/changes.ts'
import type { Connection } from '../../engine/model/schedule/connection.ts'
import { type DueFacts, type DueState, lookAtDue } from '../../engine/model/schedule/due.ts'
import { rhythmOf, type Schedule } from '../../engine/model/schedule/schedule.ts'

/** What decides when something is due, but for the clock. */
export interface Timed extends Omit<DueFacts, 'nowMs'> {
  /** `plan/<id>`, `push`, `verify` … */
  readonly id: string
}

const dueFact = (id: string): string => `due/${id}`
const changesFact = (id: string): string => `changes/${id}`
const connectionFact = (id: string): string => `connection/${id}`

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
    ...eventsOf(engine, id, schedule),
  }
}

function eventsOf(engine: Engine, id: string, schedule: Schedule): Pick<DueFacts, 'changes' | 'connection'> {
  const { kind } = rhythmOf(schedule)
  if (kind === 'change') return { changes: changesOf(engine, id) }
  const connection = kind === 'connect' ? connectionOf(engine, id) : undefined
  return connection ? { connection } : {}
}

/** What was heard of a plan's files. */
export function changesOf(engine: Engine, id: string): Changes {
  return kept<Changes>(engine, changesFact(id)) ?? {}
}

export function keepChanges(engine: Engine, id: string, changes: Changes): void {
  engine.facts.set(changesFact(id), JSON.stringify(changes))
}

/** Which of a plan's drives were there when somebody last looked. */
export function connectionOf(engine: Engine, id: string): Connection | undefined {
  const connection = kept<Connection>(engine, connectionFact(id))
  return connection?.cameMs ? connection : undefined
}

export function keepConnection(engine: Engine, id: string, connection: Connection): void {
  const text = JSON.stringify(connection)
  if (engine.facts.get(connectionFact(id)) !== text) engine.facts.set(connectionFact(id), text)
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

function keptDue(engine: Engine, id: string): DueState | undefined {
  const state = kept<DueState>(engine, dueFact(id))
  return typeof state?.schedule === 'string' && Number.isFinite(state.seenMs) ? state : undefined
}

/** Undefined where nothing is kept, or something that makes no sense. */
function kept<Kept extends object>(engine: Engine, fact: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(engine.facts.get(fact) ?? 'null')
    return typeof value === 'object' && value !== null ? (value as Kept) : undefined
  } catch {
    return undefined
  }
}
