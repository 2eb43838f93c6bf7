import { createFingerprints, type Fingerprint } from './fingerprint.ts'
import { brokenRule, harm } from './invariants.ts'
import { CORRECT, type Protocol } from './protocol.ts'
import { createSeenStates, type SeenStates } from './seen-states.ts'
import { type Configuration, createModel, initialState, type Model, type State } from './state.ts'
import { successors } from './successors.ts'

export interface ExploreOptions {
  readonly configuration: Configuration
  readonly protocol?: Protocol
  /** Stop after so many states. */
  readonly maxStates?: number
  /** Also look for rules that are broken without harm so far. Default true; the variants have to do harm. */
  readonly rules?: boolean
}

export interface Exploration {
  readonly states: number
  readonly transitions: number
  /** Steps of the longest of all shortest ways to a state. */
  readonly depth: number
  /** Every state that can be reached was looked at. */
  readonly exhausted: boolean
  readonly violation: Violation | undefined
}

export interface Violation {
  readonly reason: string
  /** One step each, a shortest way from the first state to the violation. */
  readonly trace: readonly string[]
}

interface Frontier {
  readonly state: State
  readonly number: number
}

/** Looks at every state that can be reached, breadth first, until an invariant fails, none is left, or there have been enough. */
export function explore({
  configuration,
  protocol = CORRECT,
  maxStates = Number.POSITIVE_INFINITY,
  rules = true,
}: ExploreOptions): Exploration {
  const model = createModel(configuration, protocol)
  const fingerprintOf = createFingerprints()
  const seen = createSeenStates()
  const first = initialState(model)
  let frontier: Frontier[] = [{ state: first, number: seen.add(fingerprintOf(first), -1) }]
  let transitions = 0
  let depth = 0
  let failed: { readonly number: number; readonly reason: string } | undefined

  while (frontier.length > 0 && !failed && seen.count() < maxStates) {
    const next: Frontier[] = []
    for (const { state, number } of frontier) {
      successors(model, state, (_actor, _step, reached) => {
        transitions++
        const added = seen.add(fingerprintOf(reached), number)
        if (added < 0) return
        next.push({ state: reached, number: added })
        const reason = newViolation(state, reached, rules)
        if (reason !== undefined) failed ??= { number: added, reason }
      })
      if (failed || seen.count() >= maxStates) break
    }
    frontier = next
    if (next.length > 0) depth++
  }
  return {
    states: seen.count(),
    transitions,
    depth,
    exhausted: frontier.length === 0 && !failed,
    violation: failed && { reason: failed.reason, trace: traceTo(model, seen, fingerprintOf, failed.number) },
  }
}

/** What does not hold after a step. The invariants speak of log, store, deletes and acknowledgements only: what did not change still holds. */
export function newViolation(before: State, after: State, rules: boolean): string | undefined {
  if (
    before.log === after.log &&
    before.store === after.store &&
    before.deletes === after.deletes &&
    before.writers === after.writers
  )
    return undefined
  return harm(after) ?? (rules ? brokenRule(after) : undefined)
}

/** Takes the way again that led to a state, since only numbers were kept, and writes down the steps. */
function traceTo(
  model: Model,
  seen: SeenStates,
  fingerprintOf: (state: State) => Fingerprint,
  number: number,
): string[] {
  const trace: string[] = []
  let state = initialState(model)
  for (const wanted of seen.pathTo(number).slice(1)) {
    let found: { readonly step: string; readonly state: State } | undefined
    successors(model, state, (actor, step, reached) => {
      if (!found && seen.is(wanted, fingerprintOf(reached)))
        found = { step: `${actor} ${step}`, state: reached }
    })
    if (!found) throw new Error('The way to a state that was reached cannot be found again')
    trace.push(found.step)
    state = found.state
  }
  return trace
}
