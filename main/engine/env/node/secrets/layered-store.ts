import type { EverstowError } from '../../../model/errors.ts'
import type { Log } from '../../log.ts'
import type { SecretStore } from '../../secrets.ts'

/** Where the secrets of one home lie, from the point of view of this process. */
export interface Layers {
  /** Takes everything new. */
  readonly first: SecretStore
  /** Others that can be read and may hold what the first has not. */
  readonly others: readonly SecretStore[]
  /** Why a store of this home cannot be read now; absent when all can. */
  readonly closed: EverstowError | undefined
}

/**
 * Several stores as one. A secret is in the first that has it. A name that none has is only called absent when no store is closed: a caller that
 * heard "absent" might make a new key where there is one.
 */
export function layeredStore({ first, others, closed }: Layers, log: Log): SecretStore {
  return {
    kind: first.kind,

    async get(name) {
      for (const store of [first, ...others]) {
        const value = await store.get(name)
        if (value) return value
      }
      if (closed) throw closed
      return undefined
    },

    async set(name, value) {
      await first.set(name, value)
      for (const store of others) {
        await store.delete(name).catch((error: unknown) => {
          // Reading asks the first store first: the old value there is never used by us, but it lies around.
          log.warn('an old value of a secret could not be removed', { name, kind: store.kind, error })
        })
      }
    },

    async delete(name) {
      let deleted = false
      for (const store of [first, ...others]) deleted = (await store.delete(name)) || deleted
      return deleted
    },
  }
}
