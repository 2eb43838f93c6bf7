import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../env/clock.ts'
import { EverstowError } from '../model/errors.ts'

/** A folder that goes into a book of names. Equal folders have equal ids. */
export interface BookFolder<Node> {
  readonly id: Uint8Array
  nodes(): Promise<readonly Node[]>
}

/** What is in a folder. */
export interface BookNode<Node> {
  readonly name: string
  readonly kind: string
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  readonly folder?: BookFolder<Node>
}

export interface WritingOptions<Node> {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Called with the number of each entry that was written. */
  readonly onEntry?: (entry: number, node: Node) => void
}

/** Written down together; what is not yet written is read again after a crash. */
const ENTRIES_AT_ONCE = 5_000
/** So long the calling thread is held up at most before others may run. */
const SLICE_MS = 10

/**
 * Writes folders into a book of names, inside of a transaction that the caller opens and closes: gives the number of one, after everything below it. Of those the
 * book has already nothing is read.
 */
export function createFolderWriter<Node extends BookNode<Node>>(
  database: DatabaseSync,
  { clock, signal, onEntry }: WritingOptions<Node>,
): (folder: BookFolder<Node>) => Promise<number> {
  const find = database.prepare('SELECT id FROM folders WHERE tree = ?')
  const addFolder = database.prepare('INSERT INTO folders (tree) VALUES (?) RETURNING id')
  const findName = database.prepare('SELECT id FROM names WHERE name = ?')
  const addName = database.prepare('INSERT INTO names (name) VALUES (?) RETURNING id')
  const addFound = database.prepare('INSERT INTO names_found (rowid, name) VALUES (?, ?)')
  const addEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?) RETURNING rowid AS id')
  let written = 0
  let sliceEnd = clock.monotonicMs() + SLICE_MS

  return folderOf

  async function folderOf({ id: tree, nodes: read }: BookFolder<Node>): Promise<number> {
    const there = find.get(tree) as { id: number } | undefined
    if (there) return there.id
    if (signal?.aborted) throw new EverstowError('cancelled')
    const nodes = await read()
    const children = new Map<Node, number>()
    for (const node of nodes) if (node.folder) children.set(node, await folderOf(node.folder))
    // Another process may have written it while we read what is below.
    const meanwhile = find.get(tree) as { id: number } | undefined
    if (meanwhile) return meanwhile.id
    // In one go, so that a folder is never in the book in part.
    const { id } = addFolder.get(tree) as { id: number }
    for (const node of nodes) {
      const { kind, sizeBytes, mtimeNs } = node
      const values = [
        id,
        nameId(node.name),
        kind,
        sizeBytes,
        mtimeNs / 1_000_000n,
        children.get(node) ?? null,
      ]
      const entry = addEntry.get(...values) as { id: number }
      onEntry?.(entry.id, node)
    }
    await pause(nodes.length)
    return id
  }

  async function pause(entries: number): Promise<void> {
    written += entries
    if (written >= ENTRIES_AT_ONCE) {
      written = 0
      database.exec('COMMIT; BEGIN IMMEDIATE')
    }
    if (clock.monotonicMs() < sliceEnd) return
    await clock.sleep(0, signal)
    sliceEnd = clock.monotonicMs() + SLICE_MS
  }

  function nameId(name: string): number {
    const there = findName.get(name) as { id: number } | undefined
    if (there) return there.id
    const { id } = addName.get(name) as { id: number }
    addFound.run(id, name)
    return id
  }
}
