import type { Batch } from './operations.ts'
import type { Journal, TakeBatch } from './ports.ts'
import { createRemoteTree, type RemoteTree } from './remote-tree.ts'
import { createNodeTexts, createRemoteRows, type RemoteRows } from './rows/node-rows.ts'

/** A device's copy of what the journal says. */
export interface Replica {
  readonly tree: RemoteTree
  /** Slots replayed so far. */
  readonly head: number
  /** Whether a content was put into a committed slot: then it can be had again. */
  isInHistory(content: string): boolean
  /** Reads on; how many batches came. `hear` hears of each when the tree has it. */
  follow(hear?: TakeBatch): Promise<number>
}

/** What else a batch changes: where contents lie. Without it every content counts as kept for ever. */
export interface Holdings {
  /**
   * Takes a batch in, if what it names can be had after it; false otherwise, and then these holdings are of no more use. `tree` is as the batch left it, `left` what the
   * nodes it touches held before.
   */
  take(batch: Batch, slot: number, tree: RemoteTree, left: readonly string[]): boolean
  isInHistory(content: string): boolean
}

/** Where a replica begins that need not read the journal from its first slot; it goes on with these nodes. */
export interface ReplicaStart {
  readonly head: number
  readonly nodes: RemoteRows
}

/** A batch of the journal that no tree can take: another version wrote it, or the store is not what it was. */
class JournalBroken extends Error {
  readonly slot: number
  constructor(slot: number) {
    super(`slot ${slot} of the journal does not fit what came before`)
    this.name = 'JournalBroken'
    this.slot = slot
  }
}

export function createReplica(
  journal: Journal,
  holdings: Holdings = everything(),
  start: ReplicaStart = { head: 0, nodes: createRemoteRows(createNodeTexts()) },
): Replica {
  const tree = createRemoteTree(start.nodes)
  let head = start.head
  return {
    tree,
    get head() {
      return head
    },
    isInHistory: (content) => holdings.isInHistory(content),
    async follow(hear) {
      const before = head
      await journal.read(before + 1, (batch, slot) => {
        const left = contentsOf(tree, batch)
        const back = tree.apply(batch.operations, slot)
        if (!back) throw new JournalBroken(slot)
        if (!holdings.take(batch, slot, tree, left)) {
          back()
          throw new JournalBroken(slot)
        }
        head = slot
        hear?.(batch, slot)
      })
      return head - before
    },
  }
}

function contentsOf({ nodes }: RemoteTree, { operations }: Batch): string[] {
  return operations.flatMap(({ id }) => nodes.get(id)?.content ?? [])
}

function everything(): Holdings {
  const history = new Set<string>()
  return {
    isInHistory: (content) => history.has(content),
    take({ operations }) {
      for (const operation of operations)
        if ('content' in operation && operation.content !== undefined) history.add(operation.content)
      return true
    },
  }
}
