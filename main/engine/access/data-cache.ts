/** What was read once: pieces of files and results, under names that say which backup's content they are of. It may vanish at any time. */
export interface DataCache {
  /** `name`: texts that together say what it is; equal names, equal bytes. */
  get(name: readonly string[]): Promise<Uint8Array | undefined>
  put(name: readonly string[], bytes: Uint8Array): Promise<void>
  sizeBytes(): Promise<number>
  limitBytes: number
  clear(): Promise<void>
  close(): Promise<void>
}

/** A cache in memory. */
export function createMemoryCache(limitBytes = 64 * 1024 * 1024): DataCache {
  const kept = new Map<string, Uint8Array>()
  let total = 0
  const drop = (key: string) => {
    total -= kept.get(key)?.length ?? 0
    kept.delete(key)
  }
  return {
    limitBytes,
    async get(name) {
      const key = JSON.stringify(name)
      const bytes = kept.get(key)
      if (bytes) {
        kept.delete(key)
        kept.set(key, bytes)
      }
      return bytes
    },
    async put(name, bytes) {
      const key = JSON.stringify(name)
      drop(key)
      kept.set(key, bytes)
      total += bytes.length
      for (const oldest of kept.keys()) {
        if (total <= limitBytes) break
        drop(oldest)
      }
    },
    sizeBytes: async () => total,
    async clear() {
      kept.clear()
      total = 0
    },
    close: async () => {},
  }
}
