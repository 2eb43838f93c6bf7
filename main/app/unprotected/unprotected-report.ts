import { basename } from 'node:path'
import type { OutsideFolder, ScopeChange, Sentence, UnprotectedReport, Unread } from '../../contract/index.ts'
import type { Configuration } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import type { AppContext } from '../app-context.ts'
import { isoTime } from '../wire/backup-view.ts'
import { type Counted, lastCounted, leftOutView } from './counted.ts'
import { onPurposeIn } from './on-purpose.ts'
import { outsidePlans } from './outside-plans.ts'
import { scopeChanges } from './scope.ts'
import { rulesForUnread, unreadOf } from './unread.ts'

/** Backups that are looked at for one that has ended well. */
const TRIES = 50
/** What takes something out of the next backup that was in the last. */
const SHRINKS: readonly ScopeChange['kind'][] = ['source-gone', 'source-removed', 'rule-added']

/** What no backup holds: outside every plan, unreadable, left out by rules; and what is different since the last backups. */
export async function unprotectedReport(app: AppContext): Promise<UnprotectedReport> {
  const { engine, platform } = app
  const configuration = await engine.configuration.read()
  const { plans } = configuration
  const counted = lastCounted(engine)
  const outside = outsideView(await foldersOutside(app, configuration), configuration, counted)
  const newest = new Map(plans.map(({ id }) => [id, newestOf(app, id)]))
  const unread = plans.flatMap((plan) => unreadOf(engine, plan, newest.get(plan.id), platform) ?? [])
  const scope = await Promise.all(
    plans.map(async (plan) => {
      const made = newest.get(plan.id)
      const known = rulesForUnread(engine, plan, made, platform)
      const changes = await scopeChanges(engine, plan, made)
      return changes.filter(({ kind, what }) => kind !== 'rule-added' || !known.has(what))
    }),
  ).then((each) => each.flat())
  return {
    at: isoTime(engine.env.clock.now()),
    ...verdictOf(plans.length, outside, unread, scope),
    ...(counted ? { countedAt: isoTime(counted.atMs) } : {}),
    isWhole: counted?.isWhole ?? true,
    outside,
    unread,
    scope,
    leftOut: leftOutView(counted, plans),
  }
}

/** The folders of the home that no plan covers. */
export async function foldersOutside(
  { engine, userHome }: AppContext,
  { plans }: Configuration,
): Promise<string[]> {
  const sources = plans.flatMap((plan) => plan.sources)
  return outsidePlans(engine.env.files, userHome, sources, await engine.sources.whereBackupsLie())
}

function newestOf({ engine }: AppContext, planId: string): BackupRow | undefined {
  const { backups } = engine.backups.list({ planId, limit: TRIES, offset: 0 })
  return backups.find(({ state }) => state === 'complete' || state === 'incomplete')
}

/** Largest first; a folder that was counted and is empty needs nothing. */
function outsideView(
  paths: readonly string[],
  configuration: Configuration,
  counted: Counted | undefined,
): OutsideFolder[] {
  const known = new Map(counted?.folders.map((folder) => [folder.path, folder]))
  const purposely = new Set(onPurposeIn(configuration))
  return paths
    .flatMap((path): OutsideFolder[] => {
      const found = known.get(path)
      const about = { path, name: basename(path), onPurpose: purposely.has(path) }
      if (!found) return [about]
      const { files, bytes, isWhole } = found
      return files === 0 && isWhole ? [] : [{ ...about, amount: { files, bytes, isWhole } }]
    })
    .toSorted((a, b) => (b.amount?.bytes ?? 0) - (a.amount?.bytes ?? 0))
}

function verdictOf(
  plans: number,
  outside: readonly OutsideFolder[],
  unread: readonly Unread[],
  scope: readonly ScopeChange[],
): Pick<UnprotectedReport, 'verdict' | 'sentence'> {
  const attention = (key: string, params: NonNullable<Sentence['params']> = {}) =>
    ({ verdict: 'attention', sentence: { key: `unprotected.${key}`, params } }) as const
  if (plans === 0) return attention('noPlan')
  const missed = unread.reduce((sum, { count }) => sum + count, 0)
  if (missed > 0) return attention('unread', { count: missed })
  const smaller = scope.find(({ kind }) => SHRINKS.includes(kind))
  if (smaller) return attention('smaller', { plan: smaller.planName })
  const open = outside.filter(({ onPurpose }) => !onPurpose)
  if (open.length === 0) return { verdict: 'healthy', sentence: { key: 'unprotected.nothing' } }
  const isCounted = open.every(({ amount }) => amount !== undefined)
  const bytes = open.reduce((sum, { amount }) => sum + (amount?.bytes ?? 0), 0)
  return isCounted
    ? attention('outsideSized', { count: open.length, sizeBytes: bytes })
    : attention('outside', { count: open.length })
}
