import type { DiffEntry } from '../../contract/index.ts'
import type { SnapshotChange } from '../../engine/engine.ts'
import type { AppContext } from '../app-context.ts'
import { refuseIfHeld } from '../guard/refuse-if-held.ts'
import type { Handlers } from '../server/contract-server.ts'
import { isoTime } from '../wire/backup-view.ts'
import { previewRetention, startPrune } from '../work/prune-work.ts'
import { proofViews, startDrill } from '../work/snapshot-work.ts'

/** Calls about what lies in snapshots, and about what may go. */
export function snapshotHandlers(app: AppContext) {
  const { engine } = app
  return {
    'backup.pin': async ({ id, pinned }) => {
      await engine.backups.pin(engine.backups.get(id).id, pinned)
      app.changed()
      return { pinned }
    },

    'backup.find': async ({ name, limit }, { signal }) => {
      const { versions, unsearched } = await engine.backups.find(name, limit + 1, signal)
      const { destinations } = await engine.configuration.read()
      const away = destinations.filter(({ id }) => unsearched.includes(id)).map((place) => place.name)
      const matches = versions.slice(0, limit).flatMap(({ path, kind, sizeBytes, mtimeMs, backups }) => {
        const [newest] = backups
        if (!newest) return []
        return [
          {
            path,
            kind: kindView(kind),
            sizeBytes,
            modifiedAt: isoTime(mtimeMs),
            backupId: newest.id,
            createdAt: isoTime(newest.createdMs),
            backups: backups.length,
          },
        ]
      })
      return {
        matches,
        truncated: versions.length > limit,
        ...(away.length > 0 && { unsearched: away }),
      }
    },

    'backup.diff': async ({ from, to, limit }, { signal }) => {
      const counts = { added: 0, removed: 0, changed: 0 }
      const entries: DiffEntry[] = []
      for await (const entry of engine.backups.diff(from, to, signal)) {
        const view = diffView(entry)
        counts[view.change === 'added' || view.change === 'removed' ? view.change : 'changed']++
        if (entries.length < limit) entries.push(view)
      }
      const total = counts.added + counts.removed + counts.changed
      return { ...counts, entries, truncated: total > entries.length }
    },

    'backup.read': async ({ id, path, offset, length }) => {
      const { bytes, sizeBytes } = await engine.backups.read(id, path, offset, length)
      return { base64: bytes.toString('base64'), sizeBytes }
    },

    'backup.drill': (order) => ({ runId: startDrill(app, order) }),
    'proof.list': () => proofViews(app),

    'retention.preview': (query, { signal }) => previewRetention(app, query, signal),

    'backup.prune': async (order) => {
      await refuseIfHeld(app, order)
      return { runId: startPrune(app, order) }
    },

    'retention.undo': async ({ placeId }, { signal }) => {
      const places = await engine.retention.undo({
        ...(placeId === undefined ? {} : { destinationId: placeId }),
        signal,
      })
      app.changed()
      const back = new Set(places.flatMap(({ report }) => (report ?? []).map(({ backupId }) => backupId)))
      return { backups: back.size }
    },
  } satisfies Partial<Handlers>
}

function diffView(entry: SnapshotChange): DiffEntry {
  const { path, change } = entry
  const before = 'before' in entry ? entry.before : undefined
  const after = 'after' in entry ? entry.after : undefined
  return {
    path,
    change: change === 'content' ? 'changed' : change,
    kind: kindView(after?.kind ?? before?.kind ?? 'other'),
    ...(before ? { fromBytes: before.sizeBytes } : {}),
    ...(after ? { toBytes: after.sizeBytes } : {}),
  }
}

function kindView(kind: string): DiffEntry['kind'] {
  return kind === 'file' || kind === 'directory' || kind === 'symlink' ? kind : 'other'
}
