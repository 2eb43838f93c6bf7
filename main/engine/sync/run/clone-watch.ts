import type { OpenSyncBase } from '../base/open-sync-base.ts'
import type { Journal } from '../ports.ts'
import type { Replica } from '../replica.ts'

/** A device that another computer is, too: somebody copied a disk. */
export class CloneFound extends Error {
  constructor() {
    super('a batch of this device that it did not write')
    this.name = 'CloneFound'
  }
}

/** Journal and replica of a device, watched for batches that bear its name and are not its own. */
export interface CloneWatch {
  readonly journal: Journal
  /** `follow` throws `CloneFound`. */
  readonly replica: Replica
}

const LAST_OWN = 'lastOwn'

/** What this device wrote is known by the base (up to a slot), by its intents, or by this process. */
export function watchForClone(
  { journal, replica }: { readonly journal: Journal; readonly replica: Replica },
  { facts, intents }: OpenSyncBase,
  device: string,
): CloneWatch {
  const own = new Set(intents.map(({ batch }) => batch.rid))
  let lastOwn = Number(facts.get(LAST_OWN) ?? 0)
  const note = (slot: number): void => {
    lastOwn = slot
    facts.set({ [LAST_OWN]: String(slot) })
  }
  return {
    journal: {
      read: journal.read,
      async append(slot, batch) {
        own.add(batch.rid)
        const isWritten = await journal.append(slot, batch)
        if (isWritten) {
          note(slot)
        }
        return isWritten
      },
    },
    replica: {
      tree: replica.tree,
      get head() {
        return replica.head
      },
      isInHistory: (content) => replica.isInHistory(content),
      async follow(hear) {
        let newest = lastOwn
        let isClone = false
        const came = await replica.follow((batch, slot) => {
          hear?.(batch, slot)
          if (batch.device !== device || slot <= lastOwn) return
          isClone ||= !own.has(batch.rid)
          newest = slot
        })
        if (isClone) throw new CloneFound()
        // One whose end was unclear turned out to be written.
        if (newest > lastOwn) note(newest)
        return came
      },
    },
  }
}
