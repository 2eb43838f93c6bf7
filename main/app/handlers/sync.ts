import type { Configuration } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { SyncedFolder } from '../../engine/model/synced-folder.ts'
import type { AppContext } from '../app-context.ts'
import type { Handlers } from '../server/contract-server.ts'
import { syncFigures } from '../views/sync-figures.ts'
import {
  activityView,
  conflictView,
  spaceEntryView,
  syncedFolderView,
  versionView,
  waitingView,
} from '../views/sync-view.ts'
import { isoTime } from '../wire/backup-view.ts'
import { wireErrorOf } from '../wire/wire-error.ts'
import { startSync } from '../work/sync-work.ts'
import { startSpaceTidy } from '../work/tidy-work.ts'

/** What the devices of a space call this one. */
function ownDevice(
  { destinations, repositories }: Pick<Configuration, 'destinations' | 'repositories'>,
  { destinationId }: SyncedFolder,
): string | undefined {
  const place = destinations.find(({ id }) => id === destinationId)
  return repositories.find(({ id }) => id === place?.repositoryId)?.deviceName
}

/** Calls about folders that are kept the same on several devices. */
export function syncHandlers(app: AppContext) {
  const { engine } = app
  const { syncs } = engine

  const view = async (folder: SyncedFolder) =>
    syncedFolderView(engine, await engine.configuration.read(), folder)

  async function foldersOf(id: string | undefined): Promise<readonly SyncedFolder[]> {
    return id === undefined ? (await engine.configuration.read()).syncedFolders : [await syncs.find(id)]
  }

  /** What was decided is done at once where the application stays. */
  async function follow(folderId: string): Promise<void> {
    if (app.stays && !engine.outbox.isOffline()) startSync(app, [await syncs.find(folderId)])
    app.changed()
  }

  return {
    'sync.list': async () => {
      const configuration = await engine.configuration.read()
      return configuration.syncedFolders.map((each) => syncedFolderView(engine, configuration, each))
    },
    'sync.spaces': async ({ placeId }, { signal }) =>
      (await syncs.spaces(placeId, signal)).map(({ spaceId, name, createdMs }) => ({
        spaceId,
        name,
        createdAt: isoTime(createdMs),
      })),
    'sync.add': async ({ placeId, ...description }, { signal }) => {
      const { folder, joined } = await syncs.add({ ...description, destinationId: placeId }, signal)
      app.changed()
      return { ...(await view(folder)), joined }
    },
    'sync.update': async ({ id, change }) => {
      const { id: known } = await syncs.find(id)
      const folder = await syncs.update(known, change)
      app.changed()
      return view(folder)
    },
    'sync.remove': async ({ id }) => {
      await syncs.remove(id)
      app.changed()
      return { removed: true }
    },
    'sync.run': async ({ id }) => {
      const folders = await foldersOf(id)
      if (folders.length === 0) throw new EverstowError('unknown-synced-folder', { data: { name: '' } })
      return { runId: startSync(app, folders) }
    },
    'sync.queue': async ({ id }, { signal }) => (await syncs.queue(id, signal)).map(waitingView),
    'sync.drop': async ({ id, keys, on }, { signal }) => {
      const folder = await syncs.find(id)
      const all = keys ?? (await syncs.queue(id, signal)).map(({ key }) => key)
      const dropped = on ? syncs.letWait(folder.id, all) : syncs.letGo(folder.id, keys)
      app.changed()
      return { dropped }
    },
    'sync.figures': async () => syncFigures(engine, await engine.configuration.read()),
    'sync.activity': async ({ id, limit }) =>
      syncs.activity((await syncs.find(id)).id, limit).map(activityView),
    'sync.conflicts': async ({ id, state }) => {
      const folders = await foldersOf(id)
      const configuration = await engine.configuration.read()
      return syncs.conflicts(state, id === undefined ? undefined : folders[0]?.id).map((row) => {
        const folder = folders.find((each) => each.id === row.folderId)
        return conflictView(row, folder?.name ?? '', folder && ownDevice(configuration, folder))
      })
    },
    'sync.compare': ({ conflictId }, { signal }) => syncs.compare(conflictId, signal),
    'sync.resolve': async ({ conflictIds, keep, text }, { signal }) => {
      const ids = conflictIds ?? syncs.conflicts('open').map(({ id }) => id)
      const failed: { conflictId: string; error: ReturnType<typeof wireErrorOf> }[] = []
      const touched = new Set<string>()
      for (const conflictId of ids)
        try {
          touched.add(await syncs.resolve(conflictId, keep, text, signal))
        } catch (error) {
          failed.push({ conflictId, error: wireErrorOf(error) })
        }
      for (const folderId of touched) await follow(folderId)
      return { resolved: ids.length - failed.length, failed }
    },
    'sync.reopen': async ({ conflictId }, { signal }) => {
      const row = await syncs.reopen(conflictId, signal)
      await follow(row.folderId)
      const folder = await syncs.find(row.folderId)
      return conflictView(row, folder.name, ownDevice(await engine.configuration.read(), folder))
    },
    'sync.decide': async ({ id, heldId, decision }) => {
      const folder = await syncs.find(id)
      const decided = syncs.decide(folder.id, heldId, decision)
      if (decided) await follow(folder.id)
      return { decided }
    },
    'sync.browse': async ({ id, path, withDeleted }, { signal }) =>
      (await syncs.browse(id, path, withDeleted, signal)).map(spaceEntryView),
    'sync.versions': async ({ id, path }, { signal }) =>
      (await syncs.versions(id, path, signal)).map(versionView),
    'sync.preview': ({ id, path, slot }, { signal }) => syncs.preview(id, path, slot, signal),
    'sync.restore': async ({ id, path, slot, as }, { signal }) => {
      const order = { path, ...(slot !== undefined && { slot }), ...(as !== undefined && { as }) }
      const restored = await syncs.restore(id, order, signal)
      await follow((await syncs.find(id)).id)
      return restored
    },
    'sync.previewIgnore': ({ folder, only, ignore, path }, { signal }) =>
      syncs.previewIgnore({ folder, only, ignore, path }, signal),
    'sync.check': async ({ id, deep }, { signal }) => {
      const folder = await syncs.find(id)
      const { packs, bytes, damaged } = await syncs.check(id, deep, signal)
      return { folderId: folder.id, name: folder.name, packs, bytes, damaged: [...damaged] }
    },
    'sync.tidy': async ({ id, dryRun }) => ({ runId: startSpaceTidy(app, await syncs.find(id), dryRun) }),
  } satisfies Partial<Handlers>
}
