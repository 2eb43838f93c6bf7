import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import type { LogSlots } from '../../../main/engine/repository/log/log-slots.ts'
import type { Schedule } from './schedule.ts'

/** Probabilities per call, 0 to 1. */
export interface SlotFaults {
  /** A put whose answer is lost though it was done. */
  readonly lostAnswer: number
  /** A put that fails and was not done. */
  readonly notDone: number
  /** A put that times out and lands later, if the slot is still free. */
  readonly late: number
  /** 409: nobody is known to have won. */
  readonly conflict: number
  /** A read that fails. */
  readonly failedRead: number
  /** A read with one flipped bit. */
  readonly flippedRead: number
}

/** The slots of a store that many share: each request takes effect at one moment between being sent and being answered. */
export interface SlotWorld {
  /** What stands in the slots; only ever grows. */
  readonly slots: readonly Uint8Array[]
  open(faults: SlotFaults): LogSlots
}

/** Hears of each fault that strikes. */
export type Tally = (fault: string) => void

export function createSlotWorld(
  schedule: Schedule,
  random: FakeRandom,
  first: Uint8Array,
  tally: Tally = () => {},
): SlotWorld {
  const slots: Uint8Array[] = [first]
  let flips = 0

  /** The one thing the store promises: a slot is created once. Nobody skips slots, so the next free one is the end. */
  function put(pos: number, bytes: Uint8Array): boolean {
    if (pos < slots.length) return false
    if (pos > slots.length) throw new Error(`slot ${pos} put behind a gap`)
    slots.push(bytes)
    return true
  }

  return {
    slots,
    open: (faults) => ({
      async create(pos, bytes) {
        const answer = await schedule.event(() => {
          const draw = random.float()
          const lost = faults.lostAnswer
          const notDone = lost + faults.notDone
          const late = notDone + faults.late
          if (draw < late + faults.conflict) tally('put')
          if (draw < lost) {
            put(pos, bytes)
            throw new EverstowError('connection-lost')
          }
          if (draw < notDone) throw new EverstowError('place-unavailable')
          if (draw < late) {
            schedule.later(() => void put(pos, bytes))
            throw new EverstowError('timed-out')
          }
          if (draw < late + faults.conflict) return 'ambiguous' as const
          return put(pos, bytes) ? ('created' as const) : ('exists' as const)
        })
        // The answer takes its own time.
        return schedule.event(() => answer)
      },
      async get(pos) {
        const found = await schedule.event(() => {
          if (!random.chance(faults.failedRead)) return slots[pos]
          tally('failed read')
          throw new EverstowError('connection-lost')
        })
        return schedule.event(() => {
          if (!found || !random.chance(faults.flippedRead)) return found
          tally('flipped read')
          return flip(found, ++flips)
        })
      },
      writtenMs: async () => schedule.clock.now(),
    }),
  }
}

/** Noise hits another place each time: two reads that agree are believed. */
function flip(bytes: Uint8Array, count: number): Uint8Array {
  const flipped = Buffer.from(bytes)
  const at = (count * 7919) % flipped.length
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (count % 8))
  return flipped
}
