import type { CounterRow } from '../counters.ts'
import type { KnownTrees } from '../known/known-trees.ts'
import type { TreeFileWriter } from '../known/tree-file.ts'
import type { ChunkStore } from '../packs/chunk-store.ts'
import type { Frame } from './frame.ts'

export interface TreeFinisherOptions {
  readonly store: ChunkStore
  readonly known: KnownTrees
  readonly counters: CounterRow
  /** The journal of finished directories; opened by the first that is new. */
  readonly journal: () => TreeFileWriter
}

/** Gives finished directories their ids, stores new ones and remembers them for the next backup. */
export class TreeFinisher {
  readonly #options: TreeFinisherOptions

  constructor(options: TreeFinisherOptions) {
    this.#options = options
  }

  /** The id of a directory of which everything is known. */
  finish(frame: Frame, tree: Uint8Array): Uint8Array {
    const { store, known, counters, journal } = this.#options
    if (frame.owner.kind !== 'top') counters.add('directories', 1)
    const before = frame.known
    if (before && Buffer.compare(tree, before.tree) === 0) {
      known.keep(before)
      if (!before.trusted && !store.hasAll(before.id)) store.storeTree(before.id, tree)
      // Out of shared memory: it goes into letters and other directories.
      return Buffer.from(before.id)
    }
    const id = store.idOf(tree)
    store.storeTree(id, tree)
    journal().add('directory', frame.folder.path, id, tree)
    if (before) known.replace(before)
    return id
  }
}
