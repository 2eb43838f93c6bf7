import type { SyncBook } from '../../catalogue/sync-book.ts'
import type { Clock } from '../../env/clock.ts'
import type { Device } from '../cycle.ts'
import { pathIn } from '../events.ts'
import type { NodeId } from '../nodes.ts'
import { batchesFrom } from '../ports.ts'

/** What of a run is needed to keep the list of conflicts. */
export interface ConflictKeeping {
  readonly folderId: string
  readonly device: Device
  readonly book: SyncBook
  readonly clock: Clock
  readonly newId: () => string
}

/** Keeps the list of conflicts that wait for a person as the last cycle saw them: with other contents it is another conflict. */
export async function keepOpenConflicts(
  { folderId, device, book, clock, newId }: ConflictKeeping,
  open: readonly NodeId[],
): Promise<void> {
  const listed = book.conflicts('open', folderId).filter(({ kind }) => kind === 'waiting')
  const still = new Set<string>()
  for (const nodeId of open) {
    const synced = device.base.nodes.get(nodeId)
    const there = device.replica.tree.nodes.get(nodeId)?.content
    // The own content is in the history once a batch has put it there; until then nothing can be decided.
    const here = synced?.side
    if (here === undefined || there === undefined) continue
    const known = listed.find((row) => row.nodeId === nodeId && row.here === here && row.there === there)
    if (known) {
      still.add(known.id)
      continue
    }
    const path = pathIn(device.replica.tree.nodes, nodeId)
    book.addConflict({
      id: newId(),
      folderId,
      nodeId,
      path,
      atMs: clock.now(),
      kind: 'waiting',
      base: synced?.content,
      here,
      there,
      copyPath: undefined,
      hereMs: undefined,
      thereMs: undefined,
      thereDevice: undefined,
      ...(await describeShared(device, nodeId)),
      state: 'open',
      kept: undefined,
      resolvedMs: undefined,
    })
  }
  for (const { id } of listed) if (!still.has(id)) settled(book, id, clock)
}

/** When the shared version of a node was last changed, and by which device: its slot says so. `rev`: that of one before. */
export async function describeShared({ replica, journal }: Device, nodeId: NodeId, rev?: number) {
  const there = replica.tree.nodes.get(nodeId)
  const slot = rev ?? there?.rev
  if (slot === undefined) return undefined
  const [batch] = await batchesFrom(journal, slot)
  return { thereMs: there?.mtimeMs, thereDevice: batch?.device }
}

/** It does not wait any more: as its person decided, or because somebody made both the same. */
function settled(book: SyncBook, id: string, clock: Clock): void {
  const row = book.conflict(id)
  const choice = row && book.choices(row.folderId).find(({ nodeId }) => nodeId === row.nodeId)
  const isChosen = choice?.here === row?.here && choice?.there === row?.there
  if (choice && isChosen) book.settleConflict(id, choice.keep, clock.now())
  else book.dropConflict(id)
}
