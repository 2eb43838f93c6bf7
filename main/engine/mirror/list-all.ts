import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts'

/** Every object whose key begins with `prefix`, page after page. */
export async function* listAll(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  let cursor: string | undefined
  do {
    const page = await store.list({ prefix, signal, ...(cursor !== undefined && { cursor }) })
    yield* page.objects
    cursor = page.cursor
  } while (cursor !== undefined)
}
