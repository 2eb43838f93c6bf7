import type { SyncBook, SyncConflictRow } from '../../catalogue/sync-book.ts'
import type { Clock } from '../../env/clock.ts'
import { EverstowError } from '../../model/errors.ts'
import { kindOfContent } from '../content-text.ts'
import type { SyncDisk } from '../ports.ts'
import { bringContent, moveFile, retireFile, spotAt } from './change-folder.ts'

/** What resolving a conflict works with; whoever calls holds the folder. */
export interface Resolving {
  readonly book: SyncBook
  readonly disk: SyncDisk
  readonly clock: Clock
  /** Puts a text into the folder as a new file under a free name; gives the content it has there. */
  readonly writeText: (path: string, text: string) => Promise<string>
  readonly conflictName: (name: string, attempt: number) => string
}

export type Keep = 'local' | 'remote' | 'both' | 'merged'

/**
 * Does what a person decided about a conflict. Whatever gives way goes to the versions of this device, and is in the history of the space where it was ever shared.
 * `changed-since` where the files are not those any more that the person saw.
 */
export async function resolveConflict(
  work: Resolving,
  row: SyncConflictRow,
  keep: Keep,
  text: string | undefined,
): Promise<void> {
  const { book, clock } = work
  if (keep === 'merged') await keepMerged(work, row, text)
  else if (row.kind === 'waiting') {
    // The next sync does it, if both are still what they were.
    book.choose(row.folderId, { nodeId: row.nodeId, keep, here: row.here, there: row.there })
    return
  } else if (row.kind === 'copy') await resolveCopy(work, row, keep)
  else await resolveSent(work, row, keep)
  book.settleConflict(row.id, keep, clock.now())
}

/** The shared version has the name, the own one lies beside it. */
async function resolveCopy(
  { disk }: Resolving,
  { path, copyPath, here, there }: SyncConflictRow,
  keep: Keep,
): Promise<void> {
  if (keep === 'both' || copyPath === undefined) return
  const copy = await spotAt(disk, copyPath)
  if (keep === 'remote') return retireFile(disk, copy, here)
  const spot = await spotAt(disk, path)
  await retireFile(disk, spot, there)
  await moveFile(disk, copy, spot)
}

/** The own version was shared, the other one is in the history. */
async function resolveSent(work: Resolving, row: SyncConflictRow, keep: Keep): Promise<void> {
  const { disk, clock } = work
  const { path, here, there } = row
  if (keep === 'local') return
  const kind = kindOfContent(there)
  const spot = keep === 'both' ? await freeSpot(work, path) : await spotAt(disk, path)
  if (keep === 'remote') await retireFile(disk, spot, here)
  await bringContent(disk, spot, there, kind, clock.now())
}

/** The merged text takes the name, as a change of the file; both others go to the versions. */
async function keepMerged(work: Resolving, row: SyncConflictRow, text: string | undefined): Promise<void> {
  const { book, disk } = work
  if (text === undefined) throw new EverstowError('invalid-input', { data: { field: 'text', value: '' } })
  const { folderId, nodeId, path, copyPath, here, there, kind } = row
  const spot = await spotAt(disk, path)
  await retireFile(disk, spot, kind === 'copy' ? there : here)
  const merged = await work.writeText(path, text)
  if (kind === 'waiting') book.choose(folderId, { nodeId, keep: 'local', here: merged, there })
  if (kind === 'copy' && copyPath !== undefined) await retireFile(disk, await spotAt(disk, copyPath), here)
}

/** Takes a decision back: what gave way comes beside the other, and the conflict is open again. */
export async function reopenConflict(work: Resolving, row: SyncConflictRow): Promise<SyncConflictRow> {
  const { book, disk, clock } = work
  const { id, folderId, nodeId, kept, here, there, path } = row
  book.unchoose(folderId, nodeId)
  const brought = kept === 'local' ? there : kept === 'remote' || kept === 'merged' ? here : undefined
  let copyPath = row.copyPath
  if (brought !== undefined) {
    const spot = await freeSpot(work, path)
    await bringContent(disk, spot, brought, kindOfContent(brought), clock.now())
    copyPath = spot.folder.path ? `${spot.folder.path}/${spot.name}` : spot.name
  }
  // The one beside counts as the own one, whatever has the name now as the other.
  const underName = await contentAt(disk, path)
  const reopened: SyncConflictRow = {
    ...row,
    kind: 'copy',
    here: brought ?? here,
    there: underName ?? there,
    copyPath,
    state: 'open',
    kept: undefined,
    resolvedMs: undefined,
  }
  book.addConflict(reopened)
  return book.conflict(id) ?? reopened
}

/** What is there, read while it stands still. */
async function contentAt(disk: SyncDisk, path: string): Promise<string | undefined> {
  const spot = await spotAt(disk, path)
  const look = await disk.look(spot)
  return look && disk.read(spot, look)
}

async function freeSpot({ disk, conflictName }: Resolving, path: string) {
  const spot = await spotAt(disk, path, true)
  for (let attempt = 1; ; attempt++) {
    const beside = { folder: spot.folder, name: conflictName(spot.name, attempt) }
    if (!(await disk.look(beside))) return beside
  }
}
