import type { Place, Plan } from '../../../contract/index.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { facts, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

const nameOf = (id: string, places: readonly Place[]) =>
  safeText(places.find((place) => place.id === id)?.name ?? id)

const placeNames = (plan: Plan, places: readonly Place[]) =>
  plan.placeIds.map((id) => nameOf(id, places)).join(', ')

/** Plans, a row each. */
export function planTable(
  plans: readonly Plan[],
  places: readonly Place[],
  say: Say,
  paint: Paint,
): string[] {
  return table(
    [
      { title: say('column.plan') },
      { title: say('column.schedule') },
      { title: say('column.last') },
      { title: say('column.next') },
      { title: say('column.places') },
      { title: say('column.sources') },
    ],
    plans.map((plan) => [
      safeText(plan.name),
      safeText(plan.schedule),
      plan.lastBackupAt === undefined ? say.any('common.never') : say.relative(plan.lastBackupAt),
      plan.nextRunAt === undefined ? '–' : say.relative(plan.nextRunAt),
      placeNames(plan, places),
      plan.sources.map(safeText).join(', '),
    ]),
    (text) => paint('quiet', text),
  )
}

/** All about one plan. */
export function planFacts(plan: Plan, places: readonly Place[], say: Say): string[] {
  const several = (label: string, values: readonly string[]) =>
    values.map((value, at) => [at === 0 ? label : '', safeText(value)] as const)
  return facts([
    [say('column.plan'), safeText(plan.name)],
    ...several(say('column.sources'), plan.sources),
    ...several(say('column.excluded'), [...plan.excludePresets, ...plan.exclude]),
    [say('column.places'), placeNames(plan, places)],
    [say('column.format'), plan.format],
    [say('column.schedule'), safeText(plan.schedule)],
    [say('column.waitsFor'), waitsFor(plan, say)],
    [say('column.compression'), plan.compression],
    [say('column.canaries'), plan.canaries ? say('plan.canariesOn') : undefined],
    [say('column.kept'), kept(plan, say)],
    ...Object.entries(plan.keepAt ?? {}).map(
      ([id, rule]) => ['', say('plan.keptAt', { place: nameOf(id, places), rule })] as const,
    ),
    [
      say('column.last'),
      plan.lastBackupAt === undefined
        ? say.any('common.never')
        : `${say.relative(plan.lastBackupAt)} (${plan.lastBackupId})`,
    ],
    [say('column.next'), plan.nextRunAt === undefined ? undefined : say.dateTime(plan.nextRunAt)],
  ])
}

function waitsFor({ waitFor = [], quietHours }: Plan, say: Say): string | undefined {
  const words = waitFor.map((condition) => say.any(`condition.${condition}`))
  if (quietHours !== undefined) words.push(say('plan.notAt', { hours: quietHours }))
  return words.length === 0 ? undefined : words.join(', ')
}

function kept({ format, keep, keepDays }: Plan, say: Say): string {
  if (format === 'snapshot') return keep === undefined ? say('plan.keptAll') : safeText(keep)
  return keepDays === undefined ? say('plan.keptAll') : say('amount.days', { count: keepDays })
}
