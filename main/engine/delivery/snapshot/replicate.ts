import type { Workspace } from '../../catalogue/workspace.ts'
import { EverstowError } from '../../model/errors.ts'
import { packKey, snapKey } from '../../repository/format/keys-of-objects.ts'
import { sealSegment } from '../../repository/format/sealed-segment.ts'
import { NODE } from '../../repository/format/tree.ts'
import type { ChunkIndex } from '../../repository/index/chunk-index.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import { putSegment } from '../../repository/log/put-segment.ts'
import type { State } from '../../repository/log/state.ts'
import { isLive, isPackLive } from '../../repository/log/state-queries.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { walkTree } from '../../repository/read/walk-tree.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import { bodyOfObject } from '../copy-source.ts'
import { type BegunSession, uploadJournal } from './deliver-session.ts'
import { segmentPacks } from './live-packs.ts'
import { readable } from './readable.ts'
import type { OpenRepository } from './repositories.ts'

/** What a replication brings, and how it is watched and stopped. */
export interface ReplicateOptions {
  readonly backupId: string
  readonly snapId: string
  /** A session that has begun there already, with what it has put. */
  readonly begun?: BegunSession
  readonly signal: AbortSignal
  readonly onProgress: (sentBytes: number) => void
}

const LARGEST_SNAP_BYTES = 64 * 1024 * 1024
const COPIES_AT_ONCE = 4

/**
 * Brings a snapshot from one destination to another: every pack the target lacks, as it is, under a session of its own; then index, snapshot and commit.
 * The bytes are checked against their names on the way. Whatever the target collects meanwhile is brought too before the commit stands.
 */
export async function replicate(
  workspace: Workspace,
  source: OpenRepository,
  target: OpenRepository,
  options: ReplicateOptions,
): Promise<void> {
  const { snapId, signal } = options
  await target.log.refresh(signal)
  if (isLive(target.log.state.snapshots.get(snapId))) return
  const from = await readable(workspace, source, signal)
  const to = await readable(workspace, target, signal)
  try {
    const b = options.begun?.b ?? (await target.log.beginSession('replicate', signal))
    const root = await from.root(snapId, signal)
    const tree = Buffer.from(root.tree, 'hex')
    const place = source.log.state.snapshots.get(snapId)
    if (!place) throw new EverstowError('unknown-backup', { data: { id: snapId } })
    const snapAt = snapKey(snapId, place.b)
    const snap = await readSmallObject(source.store, snapAt, LARGEST_SNAP_BYTES, signal)
    if (!snap) throw new EverstowError('object-missing', { data: { name: snapAt, place: source.log.place } })
    await target.store.put(snapKey(snapId, b), bodyOfBytes(snap), { sha256: snapId, purpose: 'meta', signal })

    const own = await packsOfSegments(workspace, target, options.begun, signal)
    const segments = [...(options.begun?.segments ?? [])]
    let sentBytes = 0
    let checkedPos = -1
    await target.log.commitSession({
      b,
      body: () => ({ b, snaps: [snapId], idx: segments, uses: { packs: [], snaps: [] } }),
      signal,
      recheck: async (state: State) => {
        if (checkedPos === state.pos) return 'ok'
        await to.refresh(signal)
        const missing = await missingPacks(from, to.index, tree, own, signal)
        if (missing.size > 0) {
          const stored = await findPacks(workspace, source, missing, signal)
          await copyPacks(workspace, source, target, missing, stored, b, options, (bytes) => {
            sentBytes += bytes
            options.onProgress(sentBytes)
          })
          segments.push(await putSegmentOf(workspace, target, stored.values(), b, signal))
          for (const packId of missing.keys()) own.add(packId)
        }
        checkedPos = state.pos
        return missing.size === 0 ? 'ok' : 'again'
      },
    })
  } finally {
    from.close()
    to.close()
  }
}

/** Packs of the source (id → size) with a chunk that the tree needs and that is neither in the target's index nor among `own`. */
async function missingPacks(
  from: Repository,
  index: ChunkIndex,
  tree: Uint8Array,
  own: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const missing = new Map<string, number>()
  const seen = new Set<string>()
  const packs = new Map<number, string>()

  function need(id: Uint8Array): void {
    const there = index.find(id)
    if (there >= 0 && index.blockOf(there) >= 0 && !index.isLost(there)) return
    const slot = from.index.find(id)
    const block = slot < 0 ? -1 : from.index.blockOf(slot)
    if (block < 0)
      throw new EverstowError('chunk-missing', {
        data: { place: from.log.place, chunk: Buffer.from(id).toString('hex') },
      })
    const pack = from.index.blocks.packOf(block)
    const packId = packs.get(pack) ?? Buffer.from(from.index.packs.idOf(pack)).toString('hex')
    packs.set(pack, packId)
    if (!own.has(packId)) missing.set(packId, from.index.packs.sizeBytesOf(pack))
  }

  need(tree)
  await walkTree(
    from.fetcher,
    tree,
    (_folder, entry) => {
      if (entry.type === NODE.directory) {
        const id = Buffer.from(entry.child).toString('latin1')
        if (seen.has(id)) return false
        seen.add(id)
        need(entry.child)
      } else if (entry.type === NODE.file) {
        const ids = entry.chunkIds
        for (let at = 0; at < ids.length; at += 32) need(ids.subarray(at, at + 32))
      }
      return true
    },
    { signal },
  )
  return missing
}

async function copyPacks(
  workspace: Workspace,
  source: OpenRepository,
  target: OpenRepository,
  packs: ReadonlyMap<string, number>,
  stored: ReadonlyMap<string, StoredPack>,
  b: number,
  { backupId, signal }: ReplicateOptions,
  onCopied: (bytes: number) => void,
): Promise<void> {
  const queue = [...packs]
  const copyNext = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [packId, sizeBytes] = next
      const from = stored.get(packId)
      if (from === undefined)
        throw new EverstowError('object-missing', { data: { name: packId, place: source.log.place } })
      const key = packKey(packId, b)
      await target.store.put(key, bodyOfObject(source.store, from.key, sizeBytes), {
        sha256: packId,
        purpose: 'data',
        signal,
        journal: uploadJournal(workspace, backupId, target.destination.id, key),
      })
      onCopied(sizeBytes)
    }
  }
  await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copyNext))
}

/** A pack as a destination has it: its key there, and its bytes in an index segment. */
interface StoredPack {
  readonly key: string
  readonly entry: Uint8Array
}

/** Finds live packs in the segments of a destination, each segment read once. */
async function findPacks(
  workspace: Workspace,
  repository: OpenRepository,
  packIds: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<Map<string, StoredPack>> {
  const { state } = repository.log
  const found = new Map<string, StoredPack>()
  for (const [segId, b] of state.segments)
    for (const { packId, entry } of await segmentPacks(workspace, repository, segId, b, signal)) {
      const id = Buffer.from(packId).toString('hex')
      if (packIds.has(id) && isPackLive(state, id, b)) found.set(id, { key: packKey(id, b), entry })
    }
  return found
}

/** Puts an index segment for packs that were copied; its id. */
async function putSegmentOf(
  { env }: Workspace,
  target: OpenRepository,
  packs: Iterable<StoredPack>,
  b: number,
  signal: AbortSignal,
): Promise<string> {
  const entries = [...packs].map(({ entry }) => entry)
  const segment = sealSegment(target.keys, entries, env.random)
  await putSegment(target.store, segment, b, signal)
  return segment.id
}

async function packsOfSegments(
  workspace: Workspace,
  repository: OpenRepository,
  begun: ReplicateOptions['begun'],
  signal: AbortSignal,
): Promise<Set<string>> {
  const own = new Set<string>()
  for (const segId of begun?.segments ?? [])
    for (const { packId } of await segmentPacks(workspace, repository, segId, begun?.b ?? 0, signal))
      own.add(Buffer.from(packId).toString('hex'))
  return own
}
