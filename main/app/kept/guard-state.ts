import { z } from 'zod'
import type { Configuration, Engine } from '../../engine/engine.ts'
import { isInside } from '../../engine/model/inside-folder.ts'
import type { Plan } from '../../engine/model/plan.ts'

const Alarm = z.object({
  /** The backup that shows the change; the alarm's name for people. */
  backupId: z.string(),
  /** The one before it. */
  goodId: z.string(),
  sinceMs: z.number(),
  signals: z.array(z.enum(['churn', 'deletions', 'extensions', 'entropy', 'canary'])),
  touched: z.number(),
  files: z.number(),
  withinMs: z.number(),
  /** The guard has pinned the good one; a person's own pin is not its to take away. */
  isPinned: z.boolean(),
  /** It was pinned before. */
  wasPinned: z.boolean(),
})
/** A change of a plan that nobody has accepted yet. */
export type Alarm = z.infer<typeof Alarm>

const GuardState = z.object({
  /** The newest backup that was looked at, and what its plan backed up then. */
  base: z.object({ backupId: z.string(), outline: z.string() }).optional(),
  /** Parts of the files that changed in the last ordinary backups. */
  usual: z.array(z.number()).default([]),
  /** A look closer did not come about: what the counts of a backup say since is not all that changed. */
  isOwed: z.boolean().optional(),
  alarm: Alarm.optional(),
})
/** What the guard remembers of a plan. */
export type GuardState = z.infer<typeof GuardState>

const guardFact = (planId: string): string => `guard/${planId}`
const restoredFact = (planId: string): string => `restored/${planId}`

/** What is remembered of a plan; nothing where nothing readable is kept. */
export function guardState(engine: Engine, planId: string): GuardState {
  try {
    return GuardState.parse(JSON.parse(engine.facts.get(guardFact(planId)) ?? '{}'))
  } catch {
    return { usual: [] }
  }
}

/** Remembers it over restarts. */
export function keepGuardState(engine: Engine, planId: string, state: GuardState): void {
  engine.facts.set(guardFact(planId), JSON.stringify(state))
}

/** Open alarms of plans that are there, in their order. */
export function openAlarms(
  engine: Engine,
  { plans }: Pick<Configuration, 'plans'>,
): { readonly plan: Plan; readonly alarm: Alarm }[] {
  return plans.flatMap((plan) => {
    const { alarm } = guardState(engine, plan.id)
    return alarm ? [{ plan, alarm }] : []
  })
}

/** Plans of which nothing goes while somebody has to look, by id. */
export async function heldPlans(engine: Engine): Promise<ReadonlySet<string>> {
  return new Set(openAlarms(engine, await engine.configuration.read()).map(({ plan }) => plan.id))
}

/** Plans whose alarms hold a folder's sync: what happened to their files must not go on to other devices before somebody looked. */
export function guardOver(
  engine: Engine,
  configuration: Pick<Configuration, 'plans'>,
  folder: string,
): Plan | undefined {
  return openAlarms(engine, configuration).find(({ plan }) =>
    plan.sources.some((source) => isInside(folder, source) || isInside(source, folder)),
  )?.plan
}

/** What a plan takes in. Another outline makes files come and go without anybody having touched them. */
export function outlineOf({ sources, exclude, excludePresets }: Plan): string {
  return JSON.stringify([sources, exclude, excludePresets])
}

/** Remembers that a restore writes into folders of plans: what changes there was wanted. */
export async function noteRestore(engine: Engine, into: string): Promise<void> {
  const { plans } = await engine.configuration.read()
  for (const { id, sources } of plans)
    if (sources.some((source) => isInside(into, source) || isInside(source, into)))
      engine.facts.set(restoredFact(id), String(engine.env.clock.now()))
}

/** When a restore last wrote into a plan's folders. */
export function restoredMs(engine: Engine, planId: string): number | undefined {
  const kept = engine.facts.get(restoredFact(planId))
  return kept === undefined ? undefined : Number(kept)
}
