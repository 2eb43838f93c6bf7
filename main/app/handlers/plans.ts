import type { Plan, PlanChange } from '../../contract/index.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { Plan as PlanRow } from '../../engine/model/plan.ts'
import { defaultScheduleFor } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { placeCanaries, removeCanaries } from '../guard/canaries.ts'
import { sinceFact } from '../kept/due-times.ts'
import type { Handlers } from '../server/contract-server.ts'
import { localeOf } from '../text.ts'
import { planViews } from '../views/plan-view.ts'

/** Calls about plans. */
export function planHandlers(app: AppContext) {
  const { engine } = app

  async function view(id: string): Promise<Plan> {
    const plan = planViews(engine, await engine.configuration.read()).find((each) => each.id === id)
    if (!plan) throw new EverstowError('unknown-plan', { data: { name: id } })
    return plan
  }

  const language = async () => localeOf((await app.settings()).language, app.locale)

  return {
    'plan.list': async () => planViews(engine, await engine.configuration.read()),

    'plan.add': async ({ placeIds, ...input }) => {
      const plan = await engine.plans.add({
        ...input,
        schedule: input.schedule ?? defaultScheduleFor(input.sources),
        destinationIds: placeIds,
      })
      engine.facts.set(sinceFact(plan.id), String(engine.env.clock.now()))
      if (plan.canaries) await placeCanaries(engine.env.files, plan, await language())
      app.changed()
      return view(plan.id)
    },

    'plan.update': async ({ id, change }) => {
      const { placeIds, keepDays, keep, quietHours, staleAfterHours, ...fields } = givenOnly(change)
      const before = await engine.plans.find(id)
      const plan = await engine.plans.update(id, {
        ...fields,
        ...(placeIds ? { destinationIds: placeIds } : {}),
        ...(keepDays === undefined ? {} : { keepDays: keepDays ?? undefined }),
        ...(keep === undefined ? {} : { keep: keep ?? undefined }),
        ...(quietHours === undefined ? {} : { quietHours: quietHours ?? undefined }),
        ...(staleAfterHours === undefined ? {} : { staleAfterHours: staleAfterHours ?? undefined }),
      })
      if (before.canaries && !plan.canaries) await removeCanaries(engine.env.files, before)
      // Only where they were asked for now: one that is missing from a folder of before was taken away by somebody, which a backup must show.
      if (plan.canaries) await placeCanaries(engine.env.files, newlyWatched(plan, before), await language())
      app.changed()
      return view(id)
    },

    'plan.remove': async ({ id }) => {
      await engine.plans.remove(id)
      app.changed()
      return { removed: true }
    },
  } satisfies Partial<Handlers>
}

/** The plan with the sources that get canaries by a change. */
function newlyWatched(plan: PlanRow, before: PlanRow): PlanRow {
  const known = before.canaries ? before.sources : []
  return { ...plan, sources: plan.sources.filter((source) => !known.includes(source)) }
}

/** Only what the caller gave: fields that are absent stay as they are. */
function givenOnly<T extends PlanChange>(change: T): T {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as T
}
