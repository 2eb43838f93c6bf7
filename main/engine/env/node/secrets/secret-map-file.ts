import { Secret, type SecretStore, type SecretStoreKind } from '../../secrets.ts'
import { withLock } from '../exclusive-lock.ts'

/** Name → value of all secrets in one file. */
export type SecretMap = ReadonlyMap<string, string>

/** How one kind of file keeps the map. */
export interface SecretMapFile {
  readonly kind: SecretStoreKind
  /** An empty map where there is no file. */
  read(): Promise<SecretMap>
  /** Replaces the file as a whole and durably. */
  write(map: SecretMap): Promise<void>
}

const LOCK_TIMEOUT_MS = 15_000

/**
 * A store of secrets in a file. Every call reads the file anew and every change is made under a lock between processes, so that two writers never
 * lose each other's entries.
 */
export function secretMapStore(file: SecretMapFile, lockPath: string): SecretStore {
  /** Writes the map back when `change` says that it changed it; tells whether it did. */
  const update = (change: (map: Map<string, string>) => boolean): Promise<boolean> =>
    withLock(lockPath, 'secrets', LOCK_TIMEOUT_MS, async () => {
      const map = new Map(await file.read())
      if (!change(map)) return false
      await file.write(map)
      return true
    })
  return {
    kind: file.kind,
    async get(name) {
      const value = (await file.read()).get(name)
      return value === undefined ? undefined : new Secret(value)
    },
    async set(name, value) {
      await update((map) => {
        if (map.get(name) === value.reveal()) return false
        map.set(name, value.reveal())
        return true
      })
    },
    delete: (name) => update((map) => map.delete(name)),
  }
}
