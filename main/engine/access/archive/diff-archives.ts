import type { DatabaseSync } from 'node:sqlite'
import { EverstowError } from '../../model/errors.ts'
import type { SnapshotChange } from '../snapshot/diff-snapshots.ts'
import { type BookEntry, entriesIn } from './book.ts'

/**
 * What changed from one archive to another, in the order of paths. Folders that are one in the book are equal and never looked into, so the cost follows
 * the changes.
 */
export function* diffArchives(
  database: DatabaseSync,
  before: number,
  after: number,
  signal?: AbortSignal,
): Generator<SnapshotChange> {
  yield* compareFolders('', before, after)

  function* compareFolders(
    path: string,
    one: number | undefined,
    other: number | undefined,
  ): Generator<SnapshotChange> {
    if (signal?.aborted) throw new EverstowError('cancelled')
    if (one === other) return
    const old = one === undefined ? [] : entriesIn(database, one, path)
    const fresh = other === undefined ? [] : entriesIn(database, other, path)
    for (let at = 0, to = 0; at < old.length || to < fresh.length; ) {
      const order = orderOf(old[at], fresh[to])
      yield* compareEntries(order <= 0 ? old[at++] : undefined, order >= 0 ? fresh[to++] : undefined)
    }
  }

  function* compareEntries(
    old: BookEntry | undefined,
    fresh: BookEntry | undefined,
  ): Generator<SnapshotChange> {
    const { path } = (old ?? fresh)!.item
    if (!old && fresh) yield { change: 'added', path, after: fresh.item, contentId: contentIdOf(fresh) }
    if (old && !fresh) yield { change: 'removed', path, before: old.item, contentId: contentIdOf(old) }
    const change = old && fresh && changeOf(old, fresh)
    if (change) yield { change, path, before: old.item, after: fresh.item }
    if (old?.child !== undefined || fresh?.child !== undefined)
      yield* compareFolders(path, old?.child, fresh?.child)
  }
}

function orderOf(one: BookEntry | undefined, other: BookEntry | undefined): number {
  if (!one) return 1
  if (!other) return -1
  return Buffer.compare(Buffer.from(one.item.path), Buffer.from(other.item.path))
}

function contentIdOf({ item, sha256 }: BookEntry): string {
  return sha256 === undefined || item.sizeBytes === 0 ? '' : `${sha256}/${item.sizeBytes}`
}

function changeOf(one: BookEntry, other: BookEntry): 'type' | 'content' | 'metadata' | undefined {
  const [before, after] = [one.item, other.item]
  if (before.kind !== after.kind) return 'type'
  if (before.linkTarget !== after.linkTarget || before.sizeBytes !== after.sizeBytes) return 'content'
  const isSameTime = before.mtimeNs === after.mtimeNs
  // Where nobody took a checksum, the time is all there is.
  const isKnown = one.sha256 !== undefined && other.sha256 !== undefined
  if (before.kind === 'file' && (isKnown ? one.sha256 !== other.sha256 : !isSameTime)) return 'content'
  // A folder's time follows what happened in it, which is told anyway.
  return before.mode === after.mode && (isSameTime || before.kind === 'directory') ? undefined : 'metadata'
}
