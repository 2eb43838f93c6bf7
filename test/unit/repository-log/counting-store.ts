import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'

/** A store that counts what is read and written through it, by key. */
export function counting(inner: ObjectStore): {
  readonly store: ObjectStore
  readonly gets: string[]
  readonly puts: string[]
} {
  const gets: string[] = []
  const puts: string[] = []
  const store: ObjectStore = {
    ...inner,
    get(key, options) {
      gets.push(key)
      return inner.get(key, options)
    },
    put(key, body, options) {
      puts.push(key)
      return inner.put(key, body, options)
    },
    putIfAbsent(key, bytes, options) {
      puts.push(key)
      return inner.putIfAbsent(key, bytes, options)
    },
  }
  return { store, gets, puts }
}
