import { asEverstowError } from '../../../model/errors.ts'
import { bodyOfBytes } from '../../../storage/body.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import { spacePackKey } from '../space-keys.ts'
import type { BuiltPack } from './pack-builder.ts'

const AT_ONCE = 4
/** Packs in memory, those under way included. */
const MOST_WAITING = 8

/** Brings finished packs to the place while others are made. */
export interface Uploads {
  add(pack: BuiltPack): void
  /** Resolves when another pack may be made. */
  room(): Promise<void>
  /** Resolves when nothing is under way; the packs that did not arrive, and why. */
  settled(): Promise<readonly { readonly pack: BuiltPack; readonly error: unknown }[]>
}

export function createUploads(store: ObjectStore, spaceId: string): Uploads {
  const waiting: BuiltPack[] = []
  const underWay = new Set<Promise<void>>()
  let failed: { readonly pack: BuiltPack; readonly error: unknown }[] = []

  function start(): void {
    while (underWay.size < AT_ONCE) {
      const pack = waiting.shift()
      if (!pack) return
      const upload: Promise<void> = send(pack).then(() => {
        underWay.delete(upload)
        start()
      })
      underWay.add(upload)
    }
  }
  async function send(pack: BuiltPack): Promise<void> {
    try {
      const options = { sha256: pack.packId, purpose: 'data' } as const
      await store.put(spacePackKey(spaceId, pack.packId), bodyOfBytes(pack.bytes), options)
    } catch (error) {
      failed.push({ pack, error: asEverstowError(error) })
    }
  }

  return {
    add(pack) {
      waiting.push(pack)
      start()
    },
    async room() {
      while (waiting.length + underWay.size >= MOST_WAITING) await Promise.race(underWay)
    },
    async settled() {
      while (underWay.size > 0) await Promise.race(underWay)
      const lost = failed
      failed = []
      return lost
    },
  }
}
