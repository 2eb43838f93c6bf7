import type { SyncReport } from '../../contract/index.ts'
import type { SyncEnd } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { SyncedFolder } from '../../engine/model/synced-folder.ts'
import type { AppContext } from '../app-context.ts'
import { guardOver } from '../kept/guard-state.ts'
import type { RunControl } from '../state/runs.ts'
import { storedToWire, wireErrorOf } from '../wire/wire-error.ts'
import { recorded } from './recorded.ts'

type FolderReport = SyncReport['folders'][number]

/** Syncs folders one after the other, until nothing is left to do in each. */
export function startSync(app: AppContext, folders: readonly SyncedFolder[]): string {
  const label = folders.map(({ name }) => name).join(', ')
  const aboutIds = folders.map(({ id }) => id)
  return app.runs.start({ kind: 'sync', label, aboutIds, phase: 'delivering' }, (control) =>
    recorded(app, 'sync', {}, async () => {
      if (app.engine.outbox.isOffline()) throw new EverstowError('offline')
      const reports: FolderReport[] = []
      for (const folder of folders) {
        reports.push(await syncOne(app, folder, control))
        app.changed()
      }
      const isDone = reports.every(
        ({ error, held, problems, unfinished }) => !error && !held && !unfinished && problems.length === 0,
      )
      const outcome = isDone ? 'done' : reports.some(({ error }) => error) ? 'failed' : 'incomplete'
      control.update({
        sync: { folders: reports },
        state: outcome,
        ...(reports[0]?.error && folders.length === 1 && { error: reports[0].error }),
      })
      return outcome
    }),
  )
}

async function syncOne(app: AppContext, folder: SyncedFolder, control: RunControl): Promise<FolderReport> {
  try {
    const plan = guardOver(app.engine, await app.engine.configuration.read(), folder.folder)
    if (plan) throw new EverstowError('sync-guarded', { data: { plan: plan.name } })
    const end = await app.engine.syncs.sync(folder.id, {
      signal: control.signal,
      onProgress: ({ uploaded, downloaded, uploadedBytes, downloadedBytes }, path) =>
        control.update({
          files: uploaded + downloaded,
          bytes: uploadedBytes + downloadedBytes,
          ...(path !== undefined && { currentPath: path }),
        }),
    })
    return reportOf(folder, end)
  } catch (error) {
    if (control.signal.aborted) throw error
    return { ...reportOf(folder, undefined), error: wireErrorOf(error) }
  }
}

function reportOf({ id, name }: SyncedFolder, end: SyncEnd | undefined): FolderReport {
  const status = end?.status
  const none = { uploaded: 0, downloaded: 0, moved: 0, deleted: 0, conflicts: 0 }
  return {
    folderId: id,
    name,
    ...(end?.counts ?? { ...none, uploadedBytes: 0, downloadedBytes: 0 }),
    unfinished: end !== undefined && !end.isAtRest && !status?.error,
    problems: (status?.problems ?? []).map(({ path, error }) => ({ path, error: storedToWire(error) })),
    ...(status?.held && { held: { ...status.held, examples: [...status.held.examples] } }),
    ...(status?.error && { error: storedToWire(status.error) }),
  }
}
