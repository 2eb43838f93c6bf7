import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { newViolation, type Violation } from './explore.ts'
import { CORRECT, type Protocol } from './protocol.ts'
import { type Configuration, createModel, initialState, type State } from './state.ts'
import { successors } from './successors.ts'

export interface Walk {
  readonly steps: readonly string[]
  readonly last: State
  readonly violation: Violation | undefined
}

export interface WalkOptions {
  readonly configuration: Configuration
  readonly protocol?: Protocol
  readonly random: FakeRandom
}

interface Choice {
  readonly actor: string
  readonly step: string
  readonly state: State
}

/** How likely it is, at each of its steps, that a writer or collector stops for ever. */
const CRASH = 0.01

/** One run from the first state until nothing is left to happen, each step chosen by chance. */
export function walk({ configuration, protocol = CORRECT, random }: WalkOptions): Walk {
  const model = createModel(configuration, protocol)
  const steps: string[] = []
  const crashed = new Set<string>()
  let state = initialState(model)
  for (;;) {
    const choices: Choice[] = []
    successors(model, state, (actor, step, next) => {
      if (!crashed.has(actor)) choices.push({ actor, step, state: next })
    })
    if (choices.length === 0) return { steps, last: state, violation: undefined }
    // First who, then what: otherwise those with many choices would crowd out the others.
    const actor = random.pick([...new Set(choices.map((choice) => choice.actor))])
    if (/^[WG]/.test(actor) && random.chance(CRASH)) {
      crashed.add(actor)
      steps.push(`${actor} crashes`)
      continue
    }
    const chosen = random.pick(choices.filter((choice) => choice.actor === actor))
    steps.push(`${actor} ${chosen.step}`)
    const reason = newViolation(state, chosen.state, true)
    state = chosen.state
    if (reason !== undefined) return { steps, last: state, violation: { reason, trace: steps } }
  }
}
