import { isAbsolute } from 'node:path'
import type { Workspace } from '../catalogue/workspace.ts'
import { newId } from '../delivery/edit-places.ts'
import { EverstowError } from '../model/errors.ts'
import { parseKeep } from '../model/keeping/retention.ts'
import type { Plan } from '../model/plan.ts'
import { isPostgresSource, parsePostgresSource } from '../model/postgres-source.ts'
import { parseQuietHours } from '../model/schedule/conditions.ts'
import { parseSchedule } from '../model/schedule/schedule.ts'

/** A plan as a person describes it. */
export type PlanDescription = Omit<Plan, 'id' | 'schedule'> & { readonly schedule: string }

/** Keeps a new plan. Throws `name-taken`, `unknown-place`, `invalid-input`, `not-supported`. */
export async function addPlan(workspace: Workspace, description: PlanDescription): Promise<Plan> {
  const plan: Plan = {
    ...description,
    id: newId('plan', workspace),
    schedule: parseSchedule(description.schedule),
  }
  await keep(workspace, plan)
  return plan
}

/** Changes a plan. */
export async function updatePlan(
  workspace: Workspace,
  id: string,
  change: Partial<PlanDescription>,
): Promise<Plan> {
  const before = await findPlan(workspace, id)
  const plan: Plan = { ...before, ...change, schedule: parseSchedule(change.schedule ?? before.schedule) }
  await keep(workspace, plan)
  return plan
}

/** Forgets a plan; its backups stay. */
export async function removePlan(workspace: Workspace, id: string): Promise<void> {
  await findPlan(workspace, id)
  await workspace.configuration.update((current) => ({
    ...current,
    plans: current.plans.filter((plan) => plan.id !== id),
  }))
}

/** A plan by id or by name, whatever its case. */
export async function findPlan(workspace: Workspace, idOrName: string): Promise<Plan> {
  const { plans } = await workspace.configuration.read()
  const wanted = idOrName.toLocaleLowerCase()
  const plan =
    plans.find(({ id }) => id === idOrName) ?? plans.find(({ name }) => name.toLocaleLowerCase() === wanted)
  if (!plan) throw new EverstowError('unknown-plan', { data: { name: idOrName } })
  return plan
}

async function keep(workspace: Workspace, plan: Plan): Promise<void> {
  for (const rule of [plan.keep, ...Object.values(plan.keepAt ?? {})]) if (rule) parseKeep(rule)
  if (plan.quietHours !== undefined) parseQuietHours(plan.quietHours)
  for (const source of plan.sources) if (isPostgresSource(source)) parsePostgresSource(source)
  const relative = plan.sources.find((source) => !isAbsolute(source) && !isPostgresSource(source))
  if (relative !== undefined)
    throw new EverstowError('invalid-input', { data: { field: 'sources', value: relative } })
  await workspace.configuration.update((current) => {
    for (const id of plan.destinationIds)
      if (!current.destinations.some((each) => each.id === id))
        throw new EverstowError('unknown-place', { data: { name: id } })
    if (plan.destinationIds.length === 0) throw new EverstowError('no-places')
    const others = current.plans.filter(({ id }) => id !== plan.id)
    if (others.some(({ name }) => name.toLocaleLowerCase() === plan.name.toLocaleLowerCase()))
      throw new EverstowError('name-taken', { data: { name: plan.name } })
    const at = current.plans.findIndex(({ id }) => id === plan.id)
    const plans = at < 0 ? [...current.plans, plan] : current.plans.with(at, plan)
    return { ...current, plans }
  })
}
