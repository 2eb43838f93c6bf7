import type { Batch } from './operations.ts'
import type { Journal } from './ports.ts'
import { createRemoteTree, type RemoteTree } from './remote-tree.ts'

/** A device's copy of what the journal says. */
export interface Replica {
  readonly tree: RemoteTree
  /** Slots replayed so far. */
  readonly head: number
  /** Whether a content was put into a committed slot: then it can be had again. */
  isInHistory(content: string): boolean
  /** Reads on; gives the batches that came, from slot `head + 1`. */
  follow(): Promise<readonly Batch[]>
}

/** A batch of the journal that no tree can take: another version wrote it, or the store is not what it was. */
export class JournalBroken extends Error {
  readonly slot: number
  constructor(slot: number) {
    super(`slot ${slot} of the journal does not fit what came before`)
    this.name = 'JournalBroken'
    this.slot = slot
  }
}

export function createReplica(journal: Journal): Replica {
  const tree = createRemoteTree()
  const history = new Set<string>()
  let head = 0
  return {
    tree,
    get head() {
      return head
    },
    isInHistory: (content) => history.has(content),
    async follow() {
      const batches = await journal.read(head + 1)
      for (const { operations } of batches) {
        if (!tree.apply(operations, head + 1)) throw new JournalBroken(head + 1)
        head++
        for (const operation of operations)
          if ('content' in operation && operation.content !== undefined) history.add(operation.content)
      }
      return batches
    },
  }
}
