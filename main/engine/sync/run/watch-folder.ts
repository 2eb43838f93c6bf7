import { join } from 'node:path'
import type { Env } from '../../env/env.ts'
import type { SyncedFolder } from '../../model/synced-folder.ts'
import { OWN_FOLDER } from '../disk/places.ts'

/** Calls `changed` when something changed in a synced folder, its own stage aside. A hint: what is there, a sync looks for itself. Throws `WatchRefused`. */
export async function watchFolder(
  { watch, files }: Pick<Env, 'watch' | 'files'>,
  { folder }: SyncedFolder,
  changed: () => void,
): Promise<() => Promise<void>> {
  const root = await files.realPath(folder)
  const own = join(root, OWN_FOLDER)
  const order = { folder: root, deep: true, leaveOut: [own], leaveOutNames: [] }
  return watch.start(order, (paths) => {
    if (paths.some((path) => !path.startsWith(own))) changed()
  })
}
