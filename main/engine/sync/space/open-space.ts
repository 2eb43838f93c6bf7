import { EverstowError } from '../../model/errors.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { type LogSlots, sharedSlots } from '../../repository/log/log-slots.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { Batch } from '../operations.ts'
import type { Journal } from '../ports.ts'
import { createReplica } from '../replica.ts'
import { createNodeTexts, createNumbers, createRemoteRows, type NodeTexts } from '../rows/node-rows.ts'
import { NO_SLOT, openSlot } from './batch-format.ts'
import {
  CHECKPOINT_EVERY,
  newestCheckpoint,
  type SpaceState,
  sealCheckpoint,
  storeCheckpoint,
} from './checkpoint.ts'
import { createContentThread } from './contents/content-thread.ts'
import { createHoldings } from './contents/holdings.ts'
import { createContentStore } from './contents/store-contents.ts'
import { createContentWriter } from './contents/write-contents.ts'
import { createJournal } from './journal.ts'
import { hashOfSlot, LARGEST_SLOT_BYTES } from './sealed.ts'
import type { OpenSpace, SpaceOptions } from './space.ts'
import { openSpaceCache, type SpaceCache } from './space-cache.ts'
import { slotsPrefix } from './space-keys.ts'
import { sweep } from './sweep.ts'
import { verifySpace } from './verify-space.ts'

/** Where the slots of a space are in a store with conditional writes. */
function slotsOfSpace(store: ObjectStore, spaceId: string): LogSlots {
  return sharedSlots(store, slotsPrefix(spaceId), LARGEST_SLOT_BYTES)
}

/**
 * Opens a space with what this computer knows of it; only where it knows nothing the place is asked. What the place says is compared at the first `follow`:
 * `rollback-detected` when it lost what is known here.
 */
export async function openSpace(options: SpaceOptions): Promise<OpenSpace> {
  const {
    store,
    keys,
    spaceId,
    place,
    env,
    device,
    before = Number.POSITIVE_INFINITY,
    texts = createNodeTexts(),
  } = options
  const slots = options.slots ?? slotsOfSpace(store, spaceId)
  const cache = openSpaceCache(env.files, options.cacheFolder, keys, spaceId, env.log, texts)
  const local =
    (await cache.checkpoint(before)) ?? ((await isCached(cache)) ? emptyState(keys, texts) : undefined)
  const remote = local
    ? undefined
    : await newestCheckpoint({ store, slots, keys }, spaceId, before, env.log, texts)
  // From here on the place need not be asked to begin.
  if (remote) await cache.keepCheckpoint(remote.state.slot, remote.sealed)
  const start = local ?? remote?.state ?? emptyState(keys, texts)
  const { holdings } = start
  const kept = await Array.fromAsync(cache.after(start.slot, start.hash, before))
  const lastKept = kept.at(-1)
  const known = lastKept
    ? { slot: start.slot + kept.length, hash: hashOfSlot(lastKept) }
    : { slot: start.slot, hash: start.hash }
  const journal = createJournal({
    ...{ slots, keys, spaceId, place, random: env.random, known },
    onSlots: (first, bytes) => cache.keepSlots(first, bytes),
  })
  let isReplayingKept = kept.length > 0
  const source: Journal = {
    append: (slot, batch) => journal.append(slot, batch),
    async read(from, take) {
      if (!isReplayingKept) return journal.read(from, take)
      for (const [at, bytes] of kept.entries())
        take(openSlot(keys, spaceId, from + at, bytes).batch, from + at)
    },
  }
  const inner = createReplica(source, holdings, { head: start.slot, nodes: start.nodes })
  if (isReplayingKept) await inner.follow()
  isReplayingKept = false

  const thread = options.thread?.(holdings) ?? createContentThread(keys, holdings, env.clock)
  const common = { store, keys, spaceId, holdings, thread }
  const storing = createContentStore({ ...common, random: env.random })
  const writing = createContentWriter(common)
  /** The last slot this device appended; it owes the checkpoint there. */
  let appended = 0
  let checkpointed = start.slot

  /** Before anybody else can see it: a batch that others cannot follow would end the space for all. */
  function refuseUnfit(batch: Batch): void {
    const back = inner.tree.apply(batch.operations, inner.head + 1)
    if (!back) throw new EverstowError('internal', { message: 'a batch does not fit the tree' })
    const could = holdings.couldTake(batch, inner.tree)
    back()
    if (!could) throw new EverstowError('chunk-missing', { data: { place, reason: 'condemned-meanwhile' } })
  }

  const space: OpenSpace = {
    journal: {
      read: journal.read,
      async append(slot, batch) {
        if (slot === inner.head + 1) refuseUnfit(batch)
        const isMine = await journal.append(slot, batch)
        if (isMine) appended = slot
        return isMine
      },
    },
    contents: { ...storing, expect: writing.expect, write: writing.write },
    replica: {
      tree: inner.tree,
      get head() {
        return inner.head
      },
      isInHistory: inner.isInHistory,
      async follow(hear) {
        const came = await inner.follow(hear)
        if (came > 0) storing.settle()
        const owed = inner.head - (inner.head % CHECKPOINT_EVERY)
        if (owed > checkpointed) await space.checkpointNow(appended >= owed)
        return came
      },
    },
    async tell() {
      const stored = await storing.finish()
      if (!stored) return true
      const rid = Buffer.from(env.random.bytes(16)).toString('hex')
      const batch: Batch = { rid, device, atMs: env.clock.now(), operations: [], stored }
      const isTold = await space.journal.append(inner.head + 1, batch)
      await space.replica.follow()
      return isTold
    },
    sweep: (how) => sweep(space, how),
    verify: (how) => verifySpace(space, how),
    async *history() {
      for (let slot = inner.head; slot > 0; slot--) {
        const bytes = (await cache.slot(slot)) ?? (await slots.get(slot))
        if (!bytes) return
        yield { slot, batch: openSlot(keys, spaceId, slot, bytes).batch }
      }
    },
    async checkpointNow(remote = false) {
      if (inner.head === 0 || inner.head !== journal.known.slot) return
      const { slot, hash } = journal.known
      const sealed = await sealCheckpoint(
        keys,
        spaceId,
        { slot, hash, nodes: start.nodes, holdings },
        env.random,
      )
      checkpointed = slot
      await cache.keepCheckpoint(slot, sealed)
      if (remote) await storeCheckpoint(store, spaceId, slot, sealed, env.log)
    },
    async close() {
      await thread.end()
      if (inner.head > checkpointed) await space.checkpointNow()
    },
    parts: { journal, holdings, storing, writing, slots, options },
  }
  return space
}

async function isCached(cache: SpaceCache): Promise<boolean> {
  return (await cache.slot(1)) !== undefined
}

function emptyState(keys: RepoKeys, texts: NodeTexts): SpaceState {
  const holdings = createHoldings(keys, undefined, createNumbers(texts.contents))
  return { slot: 0, hash: NO_SLOT, nodes: createRemoteRows(texts), holdings }
}
