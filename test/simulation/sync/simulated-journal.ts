import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import type { Batch } from '../../../main/engine/sync/operations.ts'
import type { Journal } from '../../../main/engine/sync/ports.ts'
import type { Schedule } from '../commit-log/schedule.ts'
import type { Happen } from './simulated-disk.ts'

/** How often a store misbehaves. */
export interface JournalFaults {
  /** It was written, and nobody heard. */
  readonly lostAnswer: number
  /** It was not written. */
  readonly notDone: number
  /** It is written later, or never. */
  readonly late: number
  readonly failedRead: number
}

export const NO_FAULTS: JournalFaults = { lostAnswer: 0, notDone: 0, late: 0, failedRead: 0 }

export class StoreFault extends Error {}

/** The slots of a space, as one device reaches them. */
export function createSimulatedJournal(
  slots: Batch[],
  random: FakeRandom,
  schedule: Schedule,
  happen: Happen,
  faults: () => JournalFaults,
): Journal {
  const put = (slot: number, batch: Batch): boolean => {
    if (slot !== slots.length + 1) return false
    slots.push(batch)
    return true
  }
  return {
    async read(from, take) {
      const batches = await happen(() => {
        if (random.chance(faults().failedRead)) throw new StoreFault('not read')
        return slots.slice(from - 1)
      })
      for (const [at, batch] of batches.entries()) take(batch, from + at)
    },
    append: (slot, batch) =>
      happen(() => {
        const { notDone, late, lostAnswer } = faults()
        if (random.chance(notDone)) throw new StoreFault('not written')
        if (random.chance(late)) {
          schedule.later(() => void put(slot, batch))
          throw new StoreFault('perhaps later')
        }
        const isWritten = put(slot, batch)
        if (random.chance(lostAnswer)) throw new StoreFault('nobody knows')
        return isWritten
      }),
  }
}
