import { parseObjectKey } from '../../repository/format/keys-of-objects.ts'
import { listAll } from '../../repository/upkeep/list-all.ts'
import type { ObjectStore } from '../../storage/object-store.ts'

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** Where sessions put objects. Archives and everything else in a place are not the repository's. */
const FOLDERS = ['data/', 'index/', 'find/', 'snap/', 'list/']

/** The objects of all sessions in a destination, as far as the listing has them. */
export async function listSessionObjects(store: ObjectStore, signal?: AbortSignal): Promise<ListedObject[]> {
  const objects: ListedObject[] = []
  for (const folder of FOLDERS)
    for await (const { key, sizeBytes, modifiedMs } of listAll(store, folder, signal))
      objects.push({ key, sizeBytes, modifiedMs })
  return objects
}

/** When each session put its last object, by the store's clock. */
export function lastObjects(listed: readonly ListedObject[]): Map<number, number> {
  const last = new Map<number, number>()
  for (const { key, modifiedMs } of listed) {
    const name = parseObjectKey(key)
    if (name && 'b' in name) last.set(name.b, Math.max(last.get(name.b) ?? 0, modifiedMs))
  }
  return last
}
