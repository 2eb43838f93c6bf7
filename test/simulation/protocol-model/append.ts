import type { LogRecord } from './history.ts'
import type { Model, State } from './state.ts'

/** Takes a possible next state: who acted, what they did, what came of it. */
export type Emit = (actor: string, step: string, next: State) => void

/** What a writer of the log may hear. */
export type Answer = 'created' | 'exists' | 'ambiguous'

/**
 * Puts a record into a slot if it is free. The put and its answer are one step; a lost answer leaves the put under way. `then` says what its author
 * makes of the answer.
 */
export function append(
  { log, protocol }: Model,
  state: State,
  slot: number,
  record: LogRecord,
  then: (state: State, answer: Answer) => void,
): void {
  if (slot > state.log.length) throw new Error('A record would leave a gap')
  if (!protocol.keepSlots && slot < state.compactedTo) then(state, 'created')
  else if (slot < state.log.length) then(state, 'exists')
  else then({ ...state, log: log.append(state.log, record) }, 'created')
  if (state.lostAnswersLeft > 0) {
    const puts = [...state.puts, { slot, record }]
    then({ ...state, puts, lostAnswersLeft: state.lostAnswersLeft - 1 }, 'ambiguous')
  }
}
