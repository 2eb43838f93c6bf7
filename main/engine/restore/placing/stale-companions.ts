import { ownerOf } from '../../sources/sqlite/companions.ts'
import { childOf, onDisk, type PathKey } from '../target/path-key.ts'
import type { SyncFiles } from '../target/sync-files.ts'

/**
 * Logs and journals in a folder of the target whose databases may be replaced while they themselves are not, by the databases' keys. SQLite would
 * take one for the restored database's own and put older pages over it. `incoming`: names in the folder that are restored.
 */
export function staleCompanions(
  files: SyncFiles,
  into: string,
  folder: PathKey,
  incoming: readonly Buffer[],
): ReadonlyMap<PathKey, readonly PathKey[]> {
  const names = new Set(incoming.map((name) => name.toString('latin1')))
  const stale = new Map<PathKey, PathKey[]>()
  for (const entry of files.readdirSync(onDisk(into, folder), { withFileTypes: true, encoding: 'buffer' })) {
    const name = entry.name.toString('latin1')
    const owner = entry.isFile() ? ownerOf({ text: name, bytes: undefined, isFolder: false }) : undefined
    if (owner === undefined || !names.has(owner) || names.has(name)) continue
    const key = childOf(folder, Buffer.from(owner, 'latin1'))
    stale.set(key, [...(stale.get(key) ?? []), childOf(folder, entry.name)])
  }
  return stale
}
