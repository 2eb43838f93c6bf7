import { z } from 'zod'
import type { LeftOut } from '../../contract/index.ts'
import { type Engine, excludePatternsOf, type Survey } from '../../engine/engine.ts'
import type { Plan } from '../../engine/model/plan.ts'

const amount = { files: z.number(), bytes: z.number(), isWhole: z.boolean() }
const Placed = z.object({ path: z.string(), ...amount })

/** What was counted last. */
const Counted = z.object({
  atMs: z.number(),
  isWhole: z.boolean(),
  folders: z.array(Placed),
  plans: z.array(
    z.object({
      id: z.string(),
      excluded: z.array(
        z.object({
          pattern: z.string(),
          ignoreFile: z.string().optional(),
          ...amount,
          largest: z.array(Placed),
        }),
      ),
    }),
  ),
})
export type Counted = z.infer<typeof Counted>

const FACT = 'unprotected/counted'
/** More rules of a plan than these leave out next to nothing each. */
const MOST_RULES = 100

/** Keeps what was counted now. */
export function keepCounted(engine: Engine, { folders, plans, isWhole }: Survey): void {
  const kept = {
    atMs: engine.env.clock.now(),
    isWhole,
    folders,
    plans: plans.map(({ id, excluded }) => ({ id, excluded: excluded.slice(0, MOST_RULES) })),
  }
  engine.facts.set(FACT, JSON.stringify(kept))
}

/** What was counted last; undefined: never. */
export function lastCounted(engine: Engine): Counted | undefined {
  const text = engine.facts.get(FACT)
  return text === undefined ? undefined : Counted.safeParse(JSON.parse(text)).data
}

/** What the rules of plans leave out, most bytes first; rules that a plan has no more are not told. */
export function leftOutView(counted: Counted | undefined, plans: readonly Plan[]): LeftOut[] {
  return (counted?.plans ?? [])
    .flatMap(({ id, excluded }) => {
      const plan = plans.find((each) => each.id === id)
      return plan ? excluded.flatMap((rule) => ruleView(plan, rule)) : []
    })
    .toSorted((a, b) => b.bytes - a.bytes)
}

function ruleView(plan: Plan, rule: Counted['plans'][number]['excluded'][number]): LeftOut[] {
  const { pattern, ignoreFile, files, bytes, isWhole, largest } = rule
  const about = { planId: plan.id, planName: plan.name, pattern, files, bytes, isWhole, largest }
  if (ignoreFile !== undefined) return [{ ...about, ignoreFile }]
  if (plan.exclude.includes(pattern)) return [about]
  const preset = plan.excludePresets.find((name) => excludePatternsOf([name]).includes(pattern))
  return preset === undefined ? [] : [{ ...about, preset }]
}
