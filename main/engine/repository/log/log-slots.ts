import { hasCode } from '../../model/errors.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore, PutIfAbsentAnswer } from '../../storage/object-store.ts'
import { endedEarly } from '../../storage/whole-body.ts'
import { logKey } from '../format/keys-of-objects.ts'
import { LARGEST_RECORD_BYTES } from '../format/log-record.ts'

/** The numbered slots of one log: written once, read by everyone. */
export interface LogSlots {
  /** The slot's bytes; `undefined` where nothing is. */
  get(pos: number, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** Creates the slot where nothing is. Errors that are certain are thrown; everything else is `ambiguous`. */
  create(pos: number, bytes: Uint8Array, signal?: AbortSignal): Promise<PutIfAbsentAnswer>
  /** The store's own time of a slot that is there, milliseconds since 1970. */
  writtenMs(pos: number, signal?: AbortSignal): Promise<number>
}

/** Slots of a store, one of which may be damaged. */
export interface MendableSlots extends LogSlots {
  /** Puts bytes in place of what stands there. Only for the very bytes that were written once. */
  replace(pos: number, bytes: Uint8Array, signal?: AbortSignal): Promise<void>
}

/** Slots under a prefix of a store with conditional writes: one winner a slot, whoever writes. Of larger ones than `mostBytes` only so much and a byte is read. */
export function sharedSlots(
  store: ObjectStore,
  prefix = '',
  mostBytes = LARGEST_RECORD_BYTES,
): MendableSlots {
  return {
    ...readable(store, prefix, mostBytes),
    create: (pos, bytes, signal) =>
      store.putIfAbsent(prefix + logKey(pos), bytes, { signal, purpose: 'meta' }),
  }
}

/**
 * Slots of a store without conditional writes, of which only the owner's are ever written: it looks, writes, and reads back what stands there.
 * That is no substitute for a conditional write between two writers; the owner record keeps all others from writing at all.
 */
export function ownedSlots(store: ObjectStore, prefix = ''): MendableSlots {
  const slots = readable(store, prefix, LARGEST_RECORD_BYTES)
  return {
    ...slots,
    async create(pos, bytes, signal) {
      if (await slots.get(pos, signal)) return 'exists'
      await store.put(prefix + logKey(pos), bodyOfBytes(bytes), { signal, purpose: 'meta' })
      const written = await slots.get(pos, signal)
      if (!written) return 'ambiguous'
      return Buffer.from(written).equals(bytes) ? 'created' : 'exists'
    },
  }
}

function readable(store: ObjectStore, prefix: string, mostBytes: number): Omit<MendableSlots, 'create'> {
  return {
    async get(pos, signal) {
      try {
        return await readSlot(store, prefix + logKey(pos), mostBytes, signal)
      } catch (error) {
        if (hasCode(error, 'object-missing')) return undefined
        throw error
      }
    },
    async writtenMs(pos, signal) {
      return (await store.head(prefix + logKey(pos), signal)).modifiedMs
    },
    async replace(pos, bytes, signal) {
      await store.put(prefix + logKey(pos), bodyOfBytes(bytes), { signal, purpose: 'meta' })
    },
  }
}

/** No more than a little above the limit is ever read: such a slot is no record, whatever follows. */
async function readSlot(
  store: ObjectStore,
  key: string,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { info, body } = await store.get(key, { signal })
  const pieces: Buffer[] = []
  let readBytes = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece)
    readBytes += piece.byteLength
    // Leaving the loop destroys the stream.
    if (readBytes > mostBytes) break
  }
  const bytes = Buffer.concat(pieces)
  if (bytes.byteLength !== info.sizeBytes && bytes.byteLength <= mostBytes) throw endedEarly(key)
  return bytes.subarray(0, mostBytes + 1)
}
