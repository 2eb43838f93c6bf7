import type { ObjectInfo, ObjectStore } from '../../storage/object-store.ts'
import { slotsPrefix } from './space-keys.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Longer between two slots nobody can tell from a clock that was wrong: it counts for nothing. */
const LONGEST_GAP_MS = 8 * DAY_MS

/** How old slots are. */
export interface SlotAges {
  /** The last slot that is at least so old; 0 where none is. */
  lastBefore(ageMs: number): number
  /** When the newest slot was written, as the store says. */
  readonly newestMs: number
}

/** Ages of slots from the times that the store gives them, measured against the newest. */
export async function slotAges(store: ObjectStore, spaceId: string, head: number): Promise<SlotAges> {
  const prefix = `${slotsPrefix(spaceId)}log/`
  const writtenMs = new Map<number, number>()
  for await (const { key, modifiedMs } of allObjects(store, prefix)) {
    const slot = Number(key.slice(prefix.length))
    if (slot <= head) writtenMs.set(slot, modifiedMs)
  }
  const slots = [...writtenMs.keys()].sort((one, other) => one - other)
  const passedMs = passed(slots.map((slot) => writtenMs.get(slot) as number))
  const last = passedMs.at(-1) ?? 0
  return {
    lastBefore(ageMs) {
      const at = passedMs.findLastIndex((ms) => last - ms >= ageMs)
      return slots[at] ?? 0
    },
    newestMs: writtenMs.get(slots.at(-1) ?? 0) ?? 0,
  }
}

/**
 * How much time has surely passed up to each of these moments. In a folder whoever writes a slot stamps it with a clock of his own, and a clock may be years wrong:
 * a moment before others adds nothing, and one so far from them that it is an error adds nothing either, but is what the next ones are measured by.
 */
export function passed(momentsMs: readonly number[]): number[] {
  let sum = 0
  let latestMs: number | undefined
  return momentsMs.map((ms) => {
    const gapMs = ms - (latestMs ?? ms)
    if (gapMs > 0 && gapMs <= LONGEST_GAP_MS) sum += gapMs
    if (latestMs === undefined || gapMs > 0 || gapMs < -LONGEST_GAP_MS) latestMs = ms
    return sum
  })
}

/** Everything under a prefix, as a listing has it. */
export async function* allObjects(store: ObjectStore, prefix: string): AsyncGenerator<ObjectInfo> {
  let cursor: string | undefined
  do {
    const page = await store.list({ prefix, ...(cursor !== undefined && { cursor }) })
    yield* page.objects
    cursor = page.cursor
  } while (cursor !== undefined)
}
