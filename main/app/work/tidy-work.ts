import { EverstowError } from '../../engine/model/errors.ts'
import type { SyncedFolder } from '../../engine/model/synced-folder.ts'
import type { AppContext } from '../app-context.ts'
import { guardOver } from '../kept/guard-state.ts'
import { recorded } from './recorded.ts'

/** Removes from the space of a synced folder what nobody needs any more. */
export function startSpaceTidy(app: AppContext, folder: SyncedFolder, dryRun: boolean): string {
  const { engine } = app
  const { id, name, destinationId } = folder
  return app.runs.start({ kind: 'sweep', label: name, phase: 'removing' }, async (control) => {
    const work = async () => {
      if (engine.outbox.isOffline()) throw new EverstowError('offline')
      // Old versions may be what is wanted back.
      const plan = guardOver(engine, await engine.configuration.read(), folder.folder)
      if (plan) throw new EverstowError('sync-guarded', { data: { plan: plan.name } })
      const found = await engine.syncs.tidy(id, { dryRun, signal: control.signal })
      control.update({ spaceTidy: { folderId: id, name, dryRun, ...found }, state: 'done' })
      return { outcome: 'done' as const, bytes: found.bytes }
    }
    if (dryRun) await work()
    else await recorded(app, 'sweep', { destinationId }, work)
  })
}
