import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../../catalogue/transaction.ts'
import type { Clock } from '../../env/clock.ts'
import { EverstowError } from '../../model/errors.ts'
import { createTreeCursor, NODE } from '../../repository/format/tree.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { type FolderSizes, folderSizes, onlyFolder, type SizedEntry } from '../folder-sizes.ts'
import { folderIdOf } from './snapshot-files.ts'
import { kindOf } from './snapshot-item.ts'

/** What lies in a directory and below it. */
interface Totals {
  readonly bytes: number
  readonly files: number
}

/** Written down together; what is not yet written is read again after a crash. */
const FOLDERS_AT_ONCE = 2_000
/** So long the calling thread is held up at most before others may run. */
const SLICE_MS = 10

/** Which folder of which snapshot; without a folder, the first where there is something to choose from. */
export interface SizesOrder {
  readonly snapId: string
  readonly folder?: string
  readonly signal?: AbortSignal
}

/**
 * What the entries of a folder take with all below them. Each directory is read once, ever: its total stays in the book. Only one chain of directories is in
 * memory, whatever the snapshot holds.
 */
export async function snapshotSizes(
  database: DatabaseSync,
  repository: Repository,
  clock: Clock,
  { snapId, folder, signal }: SizesOrder,
): Promise<FolderSizes> {
  const totals = createTotals(database, repository, clock, signal)
  try {
    let at = (folder ?? '').replace(/^\/+|\/+$/g, '')
    let id = await folderIdOf(repository, snapId, at, signal)
    for (;;) {
      // The whole of it first, in one pass; then its entries are looked up.
      await totals.of(id)
      const { entries, ids } = await entriesOf(id, at)
      const below = folder === undefined ? onlyFolder(entries) : undefined
      if (below === undefined) return folderSizes(at, entries)
      at = below
      id = ids[0]!
    }
  } finally {
    totals.write()
  }

  async function entriesOf(id: Uint8Array, at: string) {
    const cursor = createTreeCursor(await repository.fetcher.tree(id))
    const entries: SizedEntry[] = []
    const ids: Uint8Array[] = []
    while (cursor.next()) {
      const path = at === '' ? cursor.nameText : `${at}/${cursor.nameText}`
      const kind = kindOf(cursor.type)
      if (cursor.type === NODE.directory) {
        const child = cursor.child.slice()
        ids.push(child)
        entries.push({ path, kind, ...(await totals.of(child)) })
      } else entries.push({ path, kind, bytes: bytesOf(cursor), files: 1 })
    }
    return { entries, ids }
  }
}

function createTotals(
  database: DatabaseSync,
  { fetcher }: Repository,
  clock: Clock,
  signal: AbortSignal | undefined,
) {
  const find = database.prepare('SELECT bytes, files FROM totals WHERE tree = ?')
  const put = database.prepare('INSERT OR REPLACE INTO totals VALUES (?, ?, ?)')
  let fresh = new Map<string, Totals>()
  let sliceEnd = clock.monotonicMs() + SLICE_MS

  async function of(tree: Uint8Array): Promise<Totals> {
    const known = fresh.get(hexOf(tree)) ?? (find.get(tree) as Totals | undefined)
    if (known) return known
    if (signal?.aborted) throw new EverstowError('cancelled')
    const cursor = createTreeCursor(await fetcher.tree(tree))
    let [bytes, files] = [0, 0]
    const children: Uint8Array[] = []
    while (cursor.next()) {
      if (cursor.type === NODE.directory) children.push(cursor.child.slice())
      else {
        bytes += bytesOf(cursor)
        files++
      }
    }
    for (const child of children) {
      const below = await of(child)
      bytes += below.bytes
      files += below.files
    }
    fresh.set(hexOf(tree), { bytes, files })
    await pause()
    return { bytes, files }
  }

  async function pause(): Promise<void> {
    if (fresh.size >= FOLDERS_AT_ONCE) write()
    if (clock.monotonicMs() < sliceEnd) return
    await clock.sleep(0, signal)
    sliceEnd = clock.monotonicMs() + SLICE_MS
  }

  function write(): void {
    const rows = fresh
    if (rows.size === 0) return
    fresh = new Map()
    transaction(database, () => {
      for (const [tree, { bytes, files }] of rows) put.run(Buffer.from(tree, 'hex'), bytes, files)
    })
  }

  return { of, write }
}

function bytesOf({ type, size }: { readonly type: number; readonly size: number }): number {
  return type === NODE.file ? size : 0
}

const hexOf = (id: Uint8Array) => Buffer.from(id).toString('hex')
