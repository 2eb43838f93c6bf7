import { join } from 'node:path'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import { asEverstowError } from '../../model/errors.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { wholeBody } from '../../storage/whole-body.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { indexKey, snapKey } from '../format/keys-of-objects.ts'
import { epochOfObject, openObject } from '../format/sealed-object.ts'

/** Segments and snapshot roots by their ids, from this computer where they were fetched before. */
export interface SealedObjects {
  /** The plaintext. `data-damaged` when the destination's object is not what its name says, `object-missing` when it is not there. */
  open(type: 'index' | 'snap', id: string, b: number, signal?: AbortSignal): Promise<Uint8Array>
  /** The plaintext where it is kept on this computer. */
  kept(type: 'index' | 'snap', id: string): Promise<Uint8Array | undefined>
  /** Opens bytes that came from the destination, and keeps them. */
  take(type: 'index' | 'snap', id: string, bytes: Uint8Array): Promise<Uint8Array>
  /** The epoch whose key seals it; fails as `open` does. */
  epochOf(type: 'index' | 'snap', id: string, b: number, signal?: AbortSignal): Promise<number>
}

export interface SealedObjectsOptions {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly files: Files
  readonly log: Log
  /** `segments/<id>` and `snapshots/<id>` in it hold sealed bytes as stored. They are the same for every destination of the repository. */
  readonly cacheFolder: string
}

const FOLDERS = { index: 'segments', snap: 'snapshots' } as const

/** Where a sealed object is kept on this computer. */
export function sealedCachePath(cacheFolder: string, type: 'index' | 'snap', id: string): string {
  return join(cacheFolder, FOLDERS[type], id)
}

/** The sealed objects of one destination. */
export function sealedObjects({ store, keys, files, log, cacheFolder }: SealedObjectsOptions): SealedObjects {
  async function fromCache(type: 'index' | 'snap', id: string): Promise<Unsealed | undefined> {
    const path = sealedCachePath(cacheFolder, type, id)
    try {
      if (!(await files.stat(path))) return undefined
      const bytes = await files.readFile(path)
      return { plain: openObject(keys, type, bytes, id), epoch: epochOfObject(bytes) }
    } catch (error) {
      // Cut short or flipped on this disk: the destination has it.
      log.warn('cached object cannot be used', { type, id, error: asEverstowError(error) })
      return undefined
    }
  }

  async function keep(type: 'index' | 'snap', id: string, bytes: Uint8Array): Promise<void> {
    // Its seal and its name prove it: what a power loss leaves half written is fetched again.
    const write = () =>
      files.writeAtomic(sealedCachePath(cacheFolder, type, id), bytes, { mode: 0o600, mayBeLost: true })
    try {
      await write().catch(async () => {
        // The folder is missing once, or somebody has just deleted it.
        await files.mkdir(join(cacheFolder, FOLDERS[type]), { mode: 0o700 })
        await write()
      })
    } catch (error) {
      // Without the cache there is only more to fetch next time.
      log.warn('object not cached', { type, id, error: asEverstowError(error) })
    }
  }

  async function unseal(
    type: 'index' | 'snap',
    id: string,
    b: number,
    signal: AbortSignal | undefined,
  ): Promise<Unsealed> {
    const cached = await fromCache(type, id)
    if (cached) return cached
    const key = type === 'index' ? indexKey(id, b) : snapKey(id, b)
    const bytes = await readWhole(store, key, signal)
    return { plain: await take(type, id, bytes), epoch: epochOfObject(bytes) }
  }

  async function take(type: 'index' | 'snap', id: string, bytes: Uint8Array): Promise<Uint8Array> {
    const plain = openObject(keys, type, bytes, id)
    await keep(type, id, bytes)
    return plain
  }

  return {
    take,
    kept: async (type, id) => (await fromCache(type, id))?.plain,
    open: async (type, id, b, signal) => (await unseal(type, id, b, signal)).plain,
    epochOf: async (type, id, b, signal) => (await unseal(type, id, b, signal)).epoch,
  }
}

interface Unsealed {
  readonly plain: Uint8Array
  readonly epoch: number
}

async function readWhole(store: ObjectStore, key: string, signal?: AbortSignal): Promise<Uint8Array> {
  const { info, body } = await store.get(key, signal ? { signal } : {})
  return wholeBody(key, body, info.sizeBytes)
}
