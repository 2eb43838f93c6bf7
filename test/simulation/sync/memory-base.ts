import type { BaseChange, Intent, SyncBase } from '../../../main/engine/sync/ports.ts'
import { createNodeTexts, createSyncedRows } from '../../../main/engine/sync/rows/node-rows.ts'

/** A base that lives as long as its disk, not as long as a process. */
export interface MemoryBase extends SyncBase {
  /** Another one that begins with the same. */
  copy(): MemoryBase
  /** A power cut: of so many changes that nobody made durable, the last ones are gone. */
  cutPower(lost: (most: number) => number): void
}

export function createMemoryBase(): MemoryBase {
  const nodes = createSyncedRows(createNodeTexts())
  let intents: Intent[] = []
  /** What takes back the changes that are not durable yet. */
  let young: BaseChange[][] = []
  const change = (changes: readonly BaseChange[]): void => {
    young.push(changes.map(([id]) => [id, nodes.get(id)] as const).reverse())
    put(changes)
  }
  const put = (changes: readonly BaseChange[]): void => {
    for (const [id, node] of changes)
      if (node) nodes.set(id, node)
      else nodes.delete(id)
  }
  return {
    nodes,
    idsOf: nodes.idsOf,
    change,
    decide(changes) {
      put(changes)
      young = []
    },
    get intents() {
      return intents
    },
    intend: (intent) => {
      intents = [...intents.filter(({ slot }) => slot === intent.slot), intent]
      young = []
    },
    copy() {
      const other = createMemoryBase()
      other.decide([...nodes])
      for (const intent of intents) other.intend(intent)
      return other
    },
    settle(changes) {
      put(changes)
      intents = []
      young = []
    },
    cutPower(lost) {
      for (let left = lost(young.length); left > 0; left--) put(young.pop() ?? [])
    },
  }
}
