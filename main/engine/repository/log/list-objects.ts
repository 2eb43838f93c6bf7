import type { Random } from '../../env/random.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { wholeBody } from '../../storage/whole-body.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { decodeIdList, encodeIdList } from '../format/id-list.ts'
import { listKey } from '../format/keys-of-objects.ts'
import { openObject, sealObject } from '../format/sealed-object.ts'
import type { LoadList } from './judge-record.ts'
import type { IdsOrList } from './record-bodies.ts'

/** Lists that do not fit into a record. */
export interface ListStore {
  readonly load: LoadList
  /** Durable when it returns: the record that names the list comes after. */
  save(ids: readonly string[], b: number, signal?: AbortSignal): Promise<IdsOrList>
}

/** List objects `list/<listId>.<b>` of a destination. */
export function listObjects(store: ObjectStore, keys: RepoKeys, random: Random): ListStore {
  return {
    async load({ list, b }) {
      const key = listKey(list, b)
      const { info, body } = await store.get(key)
      return decodeIdList(openObject(keys, 'list', await wholeBody(key, body, info.sizeBytes), list))
    },
    async save(ids, b, signal) {
      const { id, bytes } = sealObject(keys, 'list', encodeIdList(ids), random)
      await store.put(listKey(id, b), bodyOfBytes(bytes), { sha256: id, signal, purpose: 'meta' })
      return { list: id, b }
    },
  }
}

/** Ids that a record may hold in all its lists together: 67 bytes each, in less than 64 KiB with everything around. */
export const IDS_IN_RECORD = 800

/** The lists as a record may hold them: while there are too many ids, the longest list becomes an object. */
export async function fitLists<Name extends string>(
  lists: Readonly<Record<Name, readonly string[]>>,
  b: number,
  store: ListStore,
  signal?: AbortSignal,
): Promise<Record<Name, IdsOrList>> {
  const names = Object.keys(lists) as Name[]
  const fitted = Object.fromEntries(names.map((name) => [name, [...lists[name]]])) as Record<Name, IdsOrList>
  const byLength = names.toSorted((one, other) => lists[other].length - lists[one].length)
  let ids = names.reduce((sum, name) => sum + lists[name].length, 0)
  for (const name of byLength) {
    if (ids <= IDS_IN_RECORD) break
    fitted[name] = await store.save(lists[name], b, signal)
    ids -= lists[name].length
  }
  return fitted
}
