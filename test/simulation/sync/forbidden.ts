import { DEEPEST, type NodeId, type SyncedNode } from '../../../main/engine/sync/nodes.ts'
import type { Batch } from '../../../main/engine/sync/operations.ts'
import { MOVED } from '../../../main/engine/sync/stage-names.ts'
import type { MemoryBase } from './memory-base.ts'
import type { SimulatedFolder } from './simulated-folder.ts'
import type { Computer, World } from './world.ts'

/** Nobody deletes most of a folder elsewhere without having been asked. */
export function expectAsked(
  { trouble, errors }: World,
  { base, decisions, filesBefore }: Computer,
  { operations }: Batch,
): void {
  const isFile = (id: NodeId): boolean => (base.nodes.get(id)?.kind ?? 'directory') !== 'directory'
  const approved = (id: NodeId): boolean =>
    decisions.some((each) => each.direction === 'out' && each.do === 'approve' && each.nodes.has(id))
  const gone = operations.filter(
    (each) => each.do === 'delete' && isFile(each.id) && !approved(each.id),
  ).length
  const all = Math.max(filesBefore, filesIn(base))
  const { files, share } = trouble.limits
  if (gone > 0 && (gone === all || (gone > files && gone > share * all)))
    errors.push(`${gone} of ${all} files were deleted and nobody was asked`)
}

/** Nothing is deleted elsewhere that was there all the time. What came into a closed folder, a staged one too, cannot be seen to have come. */
export function expectGone(
  { errors }: World,
  { base, folder, placesBefore }: Computer,
  { operations }: Batch,
): void {
  if (!operations.some((operation) => operation.do === 'delete')) return
  const places = folder.places()
  for (const operation of operations) {
    const synced = operation.do === 'delete' && base.nodes.get(operation.id)
    const place = synced && places.get(synced.key)
    // Of hard links one may go.
    if (!place || placesBefore.get(synced.key) !== place || base.idsOf(synced.key).length > 1) continue
    if (place.startsWith('closed/') && place !== `closed/${wayOf(base, folder, synced)}`) continue
    errors.push(`${place} was deleted elsewhere, though it is there`)
  }
}

/** Where a node was synced, as `places` says it: from the folder down, or from what of it is staged. */
function wayOf({ nodes }: MemoryBase, { stage }: SimulatedFolder, { parent, name }: SyncedNode): string {
  let way = `/${name}`
  let id = parent
  for (let at = nodes.get(id), depth = 0; at && depth < DEEPEST; at = nodes.get(id), depth++) {
    if (stage.has(MOVED + id)) return `stage/${MOVED}${id}${way}`
    way = `/${at.key.split(':')[0]}${way}`
    id = at.parent
  }
  return way
}

export function filesIn({ nodes }: MemoryBase): number {
  let files = 0
  for (const { kind } of nodes.values()) if (kind !== 'directory') files++
  return files
}
