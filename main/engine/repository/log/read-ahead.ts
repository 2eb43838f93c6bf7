import { EverstowError } from '../../model/errors.ts'
import type { LogSlots } from './log-slots.ts'

/** Slots asked for at once while there are more. */
const WIDEST = 32
/** So many slots, or bytes, are handed over at once, so that a long log is not held in memory whole. */
const MOST_SLOTS = 4096
const MOST_BYTES = 16 * 1024 * 1024

/**
 * The slots from `from` on until one is missing: usually none or a few, so it begins with one request, or with those up to the one behind `known`, which was
 * there before, and widens while it finds some.
 */
export async function readNewSlots(
  slots: LogSlots,
  from: number,
  place: string,
  signal?: AbortSignal,
  known = -1,
): Promise<{ readonly found: readonly Uint8Array[]; readonly more: boolean }> {
  const found: Uint8Array[] = []
  let bytes = 0
  const put = (slot: Uint8Array): void => {
    found.push(slot)
    bytes += slot.length
  }
  const begin = Math.min(WIDEST, Math.max(1, known - from + 2))
  for (
    let width = begin;
    found.length < MOST_SLOTS && bytes < MOST_BYTES;
    width = Math.min(WIDEST, width * 2)
  ) {
    const first = from + found.length
    const asked = Array.from({ length: width }, (_, at) => slots.get(first + at, signal))
    const window = await Promise.all(asked)
    const missing = window.indexOf(undefined)
    const whole = missing === -1 ? window : window.slice(0, missing)
    for (const slot of whole) if (slot) put(slot)
    if (missing === -1) continue
    if (window.slice(missing).every((slot) => slot === undefined)) return { found, more: false }
    // A later slot is there: this one was written after we had asked for it, or somebody removed it.
    const late = await slots.get(first + missing, signal)
    if (!late) throw gap(place, first + missing)
    put(late)
  }
  return { found, more: true }
}

/** The error for a slot that is missing though later ones are there. */
export function gap(place: string, pos: number): EverstowError {
  return new EverstowError('log-damaged', { data: { place, pos, reason: 'gap' } })
}
