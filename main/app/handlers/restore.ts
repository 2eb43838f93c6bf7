import { basename, dirname, isAbsolute, join } from 'node:path'
import type { CallParsed } from '../../contract/index.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { LARGEST_SHOWN_BYTES, previewBytes } from '../../engine/model/preview.ts'
import type { AppContext } from '../app-context.ts'
import { preflight } from '../restore/preflight.ts'
import { presentAt } from '../restore/present.ts'
import type { Handlers } from '../server/contract-server.ts'
import { isoTime } from '../wire/backup-view.ts'
import { type RestoreOrder, startRestore, startUndo } from '../work/restore-work.ts'

/** Calls about getting things back. */
export function restoreHandlers(app: AppContext) {
  const { engine } = app
  const { files } = engine.env

  return {
    'restore.suggestTarget': async ({ backupId, more, pack }) => {
      const originals = [...new Set([backupId, ...more].flatMap((id) => engine.backups.get(id).sources))]
      const first = originals.find((source) => isAbsolute(source))
      const beside = first === undefined ? app.userHome : await existingParent(dirname(first))
      const name = first === undefined ? 'backup' : basename(first).replace(/[*?[\]{}].*$/, '') || 'backup'
      return { path: await unusedName(join(beside, name), pack ? ENDINGS[pack] : ''), originals }
    },

    'restore.preflight': (input, { signal }) => {
      refuseRelative(input.into)
      return preflight(app, input, signal)
    },

    'restore.versions': async ({ backupId, path }, { signal }) =>
      (await engine.backups.versions(backupId, path, signal)).flatMap(({ sizeBytes, mtimeMs, backups }) =>
        backups.slice(0, 1).map((newest) => ({
          backupId: newest.id,
          createdAt: isoTime(newest.createdMs),
          modifiedAt: isoTime(mtimeMs),
          sizeBytes,
          backups: backups.length,
        })),
      ),

    'restore.preview': async ({ backupId, path }) => {
      const { bytes, sizeBytes } = await engine.backups.read(backupId, path, 0, LARGEST_SHOWN_BYTES)
      return bytes.length < sizeBytes ? { sizeBytes } : previewBytes(bytes)
    },

    'restore.present': async ({ backupId, path }) => presentAt(engine, engine.backups.get(backupId), path),

    'restore.start': (input) => {
      refuseRelative(input.into)
      return { runId: startRestore(app, orderOf(input)) }
    },

    'restore.list': async () =>
      (await engine.recordedRestores()).map(({ atMs, undoneMs, keptIn, backupIds, ...recorded }) => ({
        ...recorded,
        backupIds: [...backupIds],
        at: isoTime(atMs),
        ...(undoneMs === undefined ? {} : { undoneAt: isoTime(undoneMs) }),
        ...(keptIn === undefined ? {} : { keptIn }),
      })),

    'restore.undo': async ({ id, dryRun }) => {
      const recorded = (await engine.recordedRestores()).find((each) => each.id === id)
      if (recorded?.state !== 'undoable')
        throw new EverstowError('undo-impossible', { data: { reason: recorded?.state ?? 'unknown' } })
      return { runId: startUndo(app, { id, into: recorded.into, dryRun }) }
    },
  } satisfies Partial<Handlers>

  function orderOf({ backupId, paths, placeId, more, ...order }: CallParsed<'restore.start'>): RestoreOrder {
    const [first, ...others] = [{ backupId, paths, placeId }, ...more].map(({ backupId: id, ...part }) => ({
      ...part,
      backup: engine.backups.get(id),
    }))
    return { ...order, parts: [first!, ...others] }
  }

  async function existingParent(path: string): Promise<string> {
    let folder = path
    while (!(await files.stat(folder))) folder = dirname(folder)
    return folder
  }

  async function unusedName(path: string, ending: string): Promise<string> {
    for (let number = 1; ; number++) {
      const mark = number === 1 ? 'restored' : `restored ${number}`
      const candidate = `${path} (${mark})${ending}`
      if (!(await files.lstat(candidate))) return candidate
    }
  }
}

const ENDINGS = { zip: '.zip', tar: '.tar.gz' } as const

function refuseRelative(into: string): void {
  if (!isAbsolute(into)) throw new EverstowError('invalid-input', { data: { field: 'into', value: into } })
}
