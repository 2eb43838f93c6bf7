import type { Status } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import { syncedFolderView } from './sync-view.ts'

type Problem = Status['problems'][number]

/** What of synced folders wants a person: one that cannot go on, deletions that wait, conflicts, single files. A place that is away is told by itself. */
export function syncProblems(engine: Engine, configuration: Configuration): Problem[] {
  return configuration.syncedFolders.flatMap((folder): Problem[] => {
    const { id, name, state, error, held, conflicts, problems } = syncedFolderView(
      engine,
      configuration,
      folder,
    )
    const found = (what: string, key: string, params: Record<string, string | number> = {}): Problem => ({
      id: `${what}/${id}`,
      level: 'attention',
      sentence: { key: `status.${key}`, params: { name, ...params } },
    })
    return [
      ...(state === 'failed' || (state === 'held' && error)
        ? [{ ...found('sync-failed', 'syncStopped'), ...(error && { error }) }]
        : []),
      ...(held ? [found('sync-held', 'syncHeld', { count: held.files })] : []),
      ...(conflicts > 0 ? [found('sync-conflicts', 'syncConflicts', { count: conflicts })] : []),
      ...(problems.length > 0 ? [found('sync-problems', 'syncProblems', { count: problems.length })] : []),
    ]
  })
}
