import { asEverstowError } from '../../model/errors.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import { SIGNATURE_BYTES } from '../format/log-record.ts'
import type { MendableSlots } from './log-slots.ts'
import type { RecordCodec } from './record-codec.ts'

/** What putting records back needs. */
export interface Mending {
  readonly slots: MendableSlots
  readonly codec: RecordCodec
  /** The record as this computer verified and kept it; undefined where it did not. */
  readonly kept: (pos: number) => Promise<Uint8Array | undefined>
}

/** `good`: there was nothing to mend. `beyond`: nothing to mend it with, or it is not ours to mend. */
export type Mended = 'mended' | 'good' | 'beyond'

/**
 * Puts back a record that is missing or damaged, byte for byte, and reads it again. V2 holds: the bytes are those that the record behind it names, or, at
 * the end, those this computer remembers; so the slot holds again what it always held. At the end what stands there and opens is somebody else's history,
 * and is left alone.
 */
export async function mendRecord(
  { slots, codec, kept }: Mending,
  pos: number,
  end: { readonly pos: number; readonly hash: string },
  signal?: AbortSignal,
): Promise<Mended> {
  const isEnd = pos === end.pos
  const wanted = isEnd ? end.hash : await hashNamedBehind(slots, codec, pos, signal)
  const there = await slots.get(pos, signal)
  if (there && codec.hashOf(there) === wanted) return 'good'
  const bytes = await kept(pos)
  if (!bytes || codec.hashOf(bytes) !== wanted) return 'beyond'
  if (isEnd && there && isAnother(codec, pos, there, bytes)) return 'beyond'
  throwIfCancelled(signal)
  if (there) await slots.replace(pos, bytes, signal)
  else await slots.create(pos, bytes, signal)
  const now = await slots.get(pos, signal)
  return now && codec.hashOf(now) === wanted ? 'mended' : 'beyond'
}

/** The hash of record `pos` as the record behind it names it. */
async function hashNamedBehind(
  slots: MendableSlots,
  codec: RecordCodec,
  pos: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const behind = await slots.get(pos + 1, signal)
  return behind && said(codec, pos + 1, behind)?.prev
}

/** Whether a slot holds a record of someone with the keys, and not ours with a damaged signature. */
function isAnother(codec: RecordCodec, pos: number, there: Uint8Array, ours: Uint8Array): boolean {
  if (!said(codec, pos, there)) return false
  return !Buffer.from(there.subarray(0, -SIGNATURE_BYTES)).equals(ours.subarray(0, -SIGNATURE_BYTES))
}

function said(codec: RecordCodec, pos: number, bytes: Uint8Array): { readonly prev?: string } | undefined {
  try {
    return codec.peek(pos, bytes) as { readonly prev?: string } | undefined
  } catch (caught) {
    const error = asEverstowError(caught)
    // The number of the epoch is damaged, or of an epoch that came later: it says nothing to us.
    if (error.code === 'key-missing') return undefined
    throw error
  }
}
