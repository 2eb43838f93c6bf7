import { slotKey } from '../../repository/format/keys-of-objects.ts'
import type { StoredSlot } from '../../repository/keys/slots.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import type { ObjectStore } from '../../storage/object-store.ts'

const LARGEST_SLOT_BYTES = 64 * 1024
const MOST_SLOTS = 64

/** All key slots of a destination. They are found by listing: a new computer knows nothing else, and every slot proves itself. */
export async function readSlots(store: ObjectStore, signal?: AbortSignal): Promise<StoredSlot[]> {
  const { objects } = await store.list({ prefix: 'keys/', limit: MOST_SLOTS, ...(signal ? { signal } : {}) })
  const slots: StoredSlot[] = []
  for (const { key } of objects) {
    const slotId = key.slice(slotKey('').length)
    const bytes = await readSmallObject(store, key, LARGEST_SLOT_BYTES, signal)
    if (bytes && /^[0-9a-f]{16}$/.test(slotId)) slots.push({ slotId, bytes })
  }
  return slots
}
