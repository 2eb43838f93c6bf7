import { type ApiKey, type DataGate, type TodaysView, viewOfToday } from '../../engine/engine.ts'
import type { BackupRow } from '../../engine/model/backup.ts'
import { spanOf } from '../../engine/model/data-scope.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { isNeverServed } from '../../engine/model/never-served.ts'
import { compilePaths, isInsidePath } from '../../engine/model/path-pattern.ts'
import type { Plan } from '../../engine/model/plan.ts'
import type { AppContext } from '../app-context.ts'
import type { DataClient } from '../audit/trail.ts'

type Context = Pick<AppContext, 'engine' | 'settings'>

/**
 * What a program may see of the data in backups, now: its key is looked up anew, so that a change holds at the next call of an open connection, too. Refuses with `data-off`,
 * and with `permission-denied` where the key is gone, over, or not one that reads data.
 */
export async function gateOf({ engine, settings }: Context, client: DataClient): Promise<DataGate> {
  const key = await currentKey(engine, client)
  if (!(await settings()).serveData) throw new EverstowError('data-off')
  const { plans } = await engine.configuration.read()
  const sees = sightOf(key, plans)
  return {
    ...sees,
    async take(bytes) {
      engine.apiKeys.take(await currentKey(engine, client), bytes)
    },
    ...(key.bytesPerHour !== undefined && {
      budget: async () => {
        const { bytesPerHour = 0, usedBytes = 0 } = await currentKey(engine, client)
        return { bytesPerHour, usedBytes }
      },
    }),
  }
}

async function currentKey(engine: Context['engine'], { keyId }: DataClient): Promise<ApiKey> {
  const key = await engine.apiKeys.current(keyId)
  if (key?.role === 'read-data' || key?.role === 'admin') return key
  throw new EverstowError('permission-denied', { data: { name: 'data', reason: 'key-ended' } })
}

/** Whoever administers sees all but what is never served; a key that reads data what its scope says and its plans do not leave out. */
function sightOf(
  { role, scope = {} }: ApiKey,
  plans: readonly Plan[],
): Pick<DataGate, 'admitsBackup' | 'admitsFile' | 'leadsOn' | 'isNarrow'> {
  const { fromMs, toMs } = spanOf(scope)
  const planIds = scope.planIds && new Set(scope.planIds)
  const paths = scope.paths && compilePaths(scope.paths)
  const viewOf = rememberedViews(role === 'admin' ? [] : plans)

  const admitsBackup = ({ planId, createdMs, state }: BackupRow) =>
    (state === 'complete' || state === 'incomplete') &&
    createdMs >= fromMs &&
    createdMs <= toMs &&
    (planIds === undefined || (planId !== undefined && planIds.has(planId)))

  const isHidden = (backup: BackupRow, path: string, isFolder: boolean) => {
    if (!isInsidePath(path) || isNeverServed(path)) return true
    const view = viewOf(backup)
    return view.originsOf(path).some(isNeverServed) || view.isExcluded(path, isFolder)
  }

  return {
    admitsBackup,
    admitsFile: (backup, path) =>
      admitsBackup(backup) && (paths?.covers(path) ?? true) && !isHidden(backup, path, false),
    leadsOn: (backup, folder) =>
      admitsBackup(backup) &&
      (folder === '' || ((paths?.leadsOn(folder) ?? true) && !isHidden(backup, folder, true))),
    isNarrow: paths !== undefined,
  }
}

/** What the plans of today say of backups; those of the same roots are looked at with the same eyes. */
function rememberedViews(plans: readonly Plan[]): (backup: BackupRow) => TodaysView {
  const views = new Map<string, TodaysView>()
  const byBackup = new WeakMap<BackupRow, TodaysView>()
  return (backup) => {
    const seen = byBackup.get(backup)
    if (seen) return seen
    const name = JSON.stringify([backup.planId, backup.roots])
    const view = views.get(name) ?? viewOfToday(backup.roots, planOf(plans, backup))
    views.set(name, view)
    byBackup.set(backup, view)
    return view
  }
}

/** A backup that was made on another computer knows the plan by its name. */
function planOf(plans: readonly Plan[], { planId, planName }: BackupRow): Plan | undefined {
  return (
    plans.find(({ id }) => id === planId) ??
    plans.find(({ name }) => planName !== undefined && name === planName)
  )
}
