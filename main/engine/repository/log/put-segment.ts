import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { finderKey, indexKey } from '../format/keys-of-objects.ts'
import type { SealedSegment } from '../format/sealed-segment.ts'

/** Stores an index segment of session `b`, and its finder where it has one. */
export async function putSegment(
  store: ObjectStore,
  { id, bytes, finder }: SealedSegment,
  b: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { purpose: 'meta', ...(signal && { signal }) } as const
  await store.put(indexKey(id, b), bodyOfBytes(bytes), { sha256: id, ...options })
  if (finder) await store.put(finderKey(id, b), bodyOfBytes(finder), options)
}
