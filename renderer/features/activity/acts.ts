import type { AuditRecord } from '../../../main/contract/index.ts'

/** What can be left out of the list. */
export const activityFilters = ['all', 'trouble', 'person', 'schedule', 'api-key', 'system'] as const
export type ActivityFilter = (typeof activityFilters)[number]

/**
 * What somebody did, from entries of the log, newest first: one that says how something ended speaks for the one that says that it began.
 * `startedAt`: when it began, where that is another entry.
 */
export type Act = AuditRecord & { readonly startedAt?: string }

/** Entries of the log (newest first) as acts. */
export function actsOf(entries: readonly AuditRecord[]): Act[] {
  const ended = new Set(entries.flatMap(({ ends }) => ends ?? []))
  const begun = new Map(entries.map((entry) => [entry.number, entry]))
  return entries
    .filter(({ number }) => !ended.has(number))
    .map((entry) => {
      const beginning = entry.ends === undefined ? undefined : begun.get(entry.ends)
      return beginning ? { ...entry, startedAt: beginning.at } : entry
    })
}

/** Whether an act is to be shown. */
export function passes({ outcome, actor, missed }: Act, filter: ActivityFilter): boolean {
  if (filter === 'all') return true
  if (filter === 'trouble') return outcome === 'failed' || outcome === 'refused' || (missed ?? 0) > 0
  return actor.kind === filter
}

/** Whether an act was done with an API key; without one, every act passes. Programs are written down by name and, in brackets, the id of their key. */
export function isOfKey({ actor }: Pick<Act, 'actor'>, keyId: string | undefined): boolean {
  return keyId === undefined || (actor.kind === 'api-key' && actor.name.endsWith(`(${keyId})`))
}

/** The key of the sentence for an action such as `backup.start`: `did` for what was done, `do` for what was only wanted or has begun. */
export function actKey(form: 'did' | 'do', action: string): string {
  return `activity.${form}.${action.replace('.', '-')}`
}

/** Parts of what an act is about that people know by name; ids of runs and the like are for who looks closer. */
const TOLD = [
  'name',
  'label',
  'plan',
  'planId',
  'database',
  'placeId',
  'placeIds',
  'backupId',
  'path',
  'paths',
]
const ALSO_TOLD = ['into', 'from', 'to', 'key', 'keepDays', 'until', 'role', 'roots', 'select']

/** What an act is about, as pairs of what it is and its value; what has a name is told by it. */
export function aboutOf(
  { targets }: Pick<Act, 'targets'>,
  nameOf: (id: string) => string | undefined,
): { readonly what: string; readonly value: string }[] {
  const named = [...TOLD, ...ALSO_TOLD].flatMap((what) => {
    const value = targets[what]
    if (value === undefined || value === '') return []
    const names = value.split(', ').map((each) => nameOf(each) ?? each)
    return [{ what, value: names.join(', ') }]
  })
  const id = targets.id === undefined ? undefined : nameOf(targets.id)
  if (id !== undefined && !named.some(({ value }) => value === id)) named.unshift({ what: 'name', value: id })
  return named.filter(({ value }, at) => named.findIndex((each) => each.value === value) === at)
}
