import type { EverstowError } from '../../model/errors.ts'
import { Secret, type SecretStore } from '../secrets.ts'

/** Secrets that end with the process. */
export interface MemorySecrets extends SecretStore {
  /** While set, every call fails with it, as a locked keychain's does. */
  failure: EverstowError | undefined
  names(): string[]
}

export function createMemorySecrets(initial: Readonly<Record<string, string>> = {}): MemorySecrets {
  const values = new Map(Object.entries(initial))
  const store: MemorySecrets = {
    kind: 'memory',
    failure: undefined,
    names: () => [...values.keys()].sort(),
    async get(name) {
      if (store.failure) throw store.failure
      const value = values.get(name)
      return value === undefined ? undefined : new Secret(value)
    },
    async set(name, value) {
      if (store.failure) throw store.failure
      values.set(name, value.reveal())
    },
    async delete(name) {
      if (store.failure) throw store.failure
      return values.delete(name)
    },
  }
  return store
}
