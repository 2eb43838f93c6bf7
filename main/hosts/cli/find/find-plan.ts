import type { Plan } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'

/** The plan a person means by a name in any case, or by an id. */
export function planNamed(plans: readonly Plan[], wanted: string): Plan {
  const name = wanted.toLocaleLowerCase()
  const plan =
    plans.find(({ id }) => id === wanted) ?? plans.find((each) => each.name.toLocaleLowerCase() === name)
  if (!plan) throw new EverstowError('unknown-plan', { data: { name: wanted } })
  return plan
}
