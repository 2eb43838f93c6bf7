import type { Emit } from './append.ts'
import { collectorSteps } from './collector-steps.ts'
import { environmentSteps } from './environment-steps.ts'
import type { Model, State } from './state.ts'
import { writerSteps } from './writer-steps.ts'

/** All that may happen next: one step of anybody. */
export function successors(model: Model, state: State, emit: Emit): void {
  environmentSteps(model, state, emit)
  for (let index = 0; index < state.writers.length; index++) writerSteps(model, state, index, emit)
  for (let index = 0; index < state.collectors.length; index++) collectorSteps(model, state, index, emit)
}
