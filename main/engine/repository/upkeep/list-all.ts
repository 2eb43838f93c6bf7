import type { ObjectInfo, ObjectStore } from '../../storage/object-store.ts'

/** Every object under a prefix, page by page. What a listing lacks proves nothing. */
export async function* listAll(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  let cursor: string | undefined
  do {
    const page = await store.list({
      prefix,
      ...(cursor !== undefined && { cursor }),
      ...(signal && { signal }),
    })
    yield* page.objects
    cursor = page.cursor
  } while (cursor !== undefined)
}
