import { z } from 'zod'
import type { ScopeChange } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import type { Plan } from '../../engine/model/plan.ts'
import { isPostgresSource } from '../../engine/model/postgres-source.ts'

/** What a backup of a plan was made of. */
const Scope = z.object({
  backupId: z.string(),
  sources: z.array(z.string()),
  exclude: z.array(z.string()),
  presets: z.array(z.string()),
})
type Scope = z.infer<typeof Scope>

const scopeFact = (planId: string): string => `scope/${planId}`

/** Writes down what a backup of a plan was made of, to say later what is different. */
export function keepScope(engine: Engine, plan: Plan, backupId: string): void {
  const { sources, exclude, excludePresets } = plan
  const scope: Scope = {
    backupId,
    sources: [...sources],
    exclude: [...exclude],
    presets: [...excludePresets],
  }
  engine.facts.set(scopeFact(plan.id), JSON.stringify(scope))
}

/** How a plan differs from what its newest backup was made of, what makes it smaller first; nothing where it has none. */
export async function scopeChanges(
  engine: Engine,
  plan: Plan,
  newest: BackupRow | undefined,
): Promise<ScopeChange[]> {
  if (!newest) return []
  const about = { planId: plan.id, planName: plan.name }
  const change = (kind: ScopeChange['kind']) => (what: string) => ({ ...about, kind, what })
  const before = scopeOf(engine, plan.id, newest)
  const gone = await sourcesGone(engine, plan.sources)
  return [
    ...gone.map(change('source-gone')),
    ...without(before.sources, plan.sources).map(change('source-removed')),
    ...rulesOf(plan, before, without).map(change('rule-added')),
    ...without(plan.sources, before.sources).map(change('source-added')),
    ...rulesOf(plan, before, (now, then) => without(then, now)).map(change('rule-removed')),
  ]
}

/** Of a backup nobody wrote this down for, its sources are known; its rules count as the same. */
function scopeOf(engine: Engine, planId: string, newest: BackupRow): Pick<Scope, 'sources'> & Partial<Scope> {
  const text = engine.facts.get(scopeFact(planId))
  const kept = text === undefined ? undefined : Scope.safeParse(JSON.parse(text))
  return kept?.success && kept.data.backupId === newest.id ? kept.data : { sources: [...newest.sources] }
}

async function sourcesGone(engine: Engine, sources: readonly string[]): Promise<string[]> {
  const gone: string[] = []
  for (const source of sources)
    if (!isPostgresSource(source) && !(await engine.sources.isHere(source))) gone.push(source)
  return gone
}

function rulesOf(
  { exclude, excludePresets }: Plan,
  before: Partial<Scope>,
  differ: (now: readonly string[], then: readonly string[]) => string[],
): string[] {
  return [
    ...(before.exclude ? differ(exclude, before.exclude) : []),
    ...(before.presets ? differ(excludePresets, before.presets) : []),
  ]
}

function without(all: readonly string[], known: readonly string[]): string[] {
  return all.filter((each) => !known.includes(each))
}
