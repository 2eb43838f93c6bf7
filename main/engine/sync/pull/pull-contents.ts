import { sizeOfContent } from '../content-text.ts'
import { pathOf } from '../events.ts'
import { isLeaf, type LocalNode, type Look, type NodeId, type RemoteNode, type SyncedNode } from '../nodes.ts'
import { below, type Fetch, type Spot, WorldMoved } from '../ports.ts'
import type { Pull } from '../reconcile.ts'
import { NEW, OLD } from '../stage-names.ts'
import { attempt, becomeSynced, placeAside, stillThere, syncedFolder, type Work } from '../work.ts'
import { makeRoom } from './make-room.ts'
import { displace } from './pull-removals.ts'

/** So many new files, or bytes of them, are brought together: then each waits for the disk with the others. */
const MOST_TOGETHER = 128
const MOST_BYTES_TOGETHER = 32 * 1024 * 1024

/** A file or link that is new here, and where it belongs. */
interface Newcomer {
  readonly id: NodeId
  readonly there: RemoteNode
  readonly spot: Spot
}

/** Makes nodes that are new here, given from the top down. Something equal that is there already is adopted. */
export async function pullNew(work: Work, ids: readonly NodeId[]): Promise<void> {
  let newcomers: Newcomer[] = []
  let bytes = 0
  const bring = async (): Promise<void> => {
    const together = newcomers
    newcomers = []
    bytes = 0
    if (together.length > 0) await bringTogether(work, together)
  }
  try {
    for (const id of ids) {
      await attempt(work, id, async () => {
        const newcomer = await beginNew(work, id)
        if (!newcomer) return
        newcomers.push(newcomer)
        bytes += sizeOfContent(newcomer.there.content as string)
      })
      if (newcomers.length >= MOST_TOGETHER || bytes >= MOST_BYTES_TOGETHER) await bring()
    }
  } finally {
    await bring()
  }
}

/** Makes a folder or adopts what is there; gives a file or link that has to be fetched. */
async function beginNew(work: Work, id: NodeId): Promise<Newcomer | undefined> {
  const { disk, visible } = work
  const there = visible.get(id) as RemoteNode
  const folder = syncedFolder(work, there.parent)
  if (!folder) return undefined
  // Its folder was moved here to where it is not chosen: it waits until the journal knows.
  if (work.isChosen?.(below(folder, there.name, '').path, there.kind) === false) return undefined
  const spot = { folder, name: there.name }
  const adopted = await roomOrAdopted(work, spot, there)
  if (adopted === 'occupied') return undefined
  if (adopted) {
    const look = isLeaf(there) ? await lookIfEqual(work, spot, adopted, there.content) : adopted
    const stranger = work.local.idAt(adopted.key, there.parent, there.name)
    if (!look) return undefined
    if (stranger !== undefined) work.local.forget(stranger)
    becomeSynced(work, [{ id, there, look }])
    return undefined
  }
  if (there.kind !== 'directory') return { id, there, spot }
  becomeSynced(work, [{ id, there, look: await disk.makeDirectory(spot) }])
  work.tell({ kind: 'made', id, path: pathOf(spot) })
  return undefined
}

/** Fetches and places files. The base hears of them when all of them are durable: it must never know what a power cut takes from the disk. */
async function bringTogether(work: Work, newcomers: readonly Newcomer[]): Promise<void> {
  const { disk } = work
  const placed: (Newcomer & { readonly look: Look })[] = []
  try {
    await disk.expect?.(newcomers.map(fetchOf))
    for (const newcomer of newcomers)
      await attempt(work, newcomer.id, async () => {
        const { content, kind, name, mtimeMs } = fetchOf(newcomer)
        // The look is of before it was placed: an edit since then must not pass for what was brought.
        const look = await disk.fetch(content, kind, name, mtimeMs)
        await disk.place(name, newcomer.spot, 'later')
        placed.push({ ...newcomer, look })
      })
  } finally {
    await disk.flush?.()
    becomeSynced(work, placed)
    for (const { id, spot, there } of placed)
      work.tell({ kind: 'made', id, path: pathOf(spot), content: there.content as string })
  }
  await work.pause()
}

const fetchOf = ({ id, there }: Newcomer): Fetch => ({
  content: there.content as string,
  kind: there.kind as 'file' | 'symlink',
  name: NEW + id,
  mtimeMs: there.mtimeMs,
})

async function roomOrAdopted(
  work: Work,
  spot: Spot,
  there: RemoteNode,
): Promise<Look | undefined | 'occupied'> {
  try {
    return await makeRoom(work, spot, there.parent, there)
  } catch (error) {
    if (error instanceof WorldMoved) return 'occupied'
    throw error
  }
}

/** A look at the thing while it had this content. */
async function lookIfEqual(
  { disk }: Work,
  spot: Spot,
  { key }: Look,
  content: string | undefined,
): Promise<Look | undefined> {
  const look = await disk.look(spot)
  return look?.key === key && (await disk.read(spot, look)) === content ? look : undefined
}

/** Brings the shared content of a file; with `part` the local one is kept under a conflict name. */
export async function pullContent(work: Work, id: NodeId, how: Pull[1]): Promise<void> {
  const { disk, base, local, visible } = work
  const there = visible.get(id) as RemoteNode
  const here = local.nodes.get(id) as LocalNode
  const synced = base.nodes.get(id) as SyncedNode
  if (here.isStaged) return
  const { spot } = await stillThere(work, id)
  const fetched = await disk.fetch(
    there.content as string,
    there.kind as 'file' | 'symlink',
    NEW + id,
    there.mtimeMs,
  )
  const old = await displace(work, id)
  const aside =
    how === 'part' ? await placeAside(work, OLD + id, { ...spot, parent: here.parent }) : undefined
  if (how !== 'part' && old !== (how === 'yield' ? synced.side : synced.content)) {
    await disk.place(OLD + id, spot)
    throw new WorldMoved('it was edited while another content came')
  }
  await disk.place(NEW + id, spot)
  const { side: _, ...rest } = synced
  base.change([[id, { ...rest, content: there.content as string, key: fetched.key, stamp: fetched.stamp }]])
  if (how !== 'part') await disk.retire(OLD + id)
  work.hasActed = true
  const { content: before } = synced
  work.tell({
    kind: 'changed',
    id,
    path: pathOf(spot),
    content: there.content as string,
    ...(before !== undefined && { base: before }),
    ...(aside !== undefined && { aside }),
    ...(aside !== undefined && old !== undefined && { own: old, ownMtimeMs: here.look.mtimeMs }),
  })
}
