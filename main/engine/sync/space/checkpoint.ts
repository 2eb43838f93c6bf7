import { z } from 'zod'
import type { Log } from '../../env/log.ts'
import type { Random } from '../../env/random.ts'
import { asEverstowError, hasCode } from '../../model/errors.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { damaged } from '../../repository/format/damaged.ts'
import { countField, hex32Bytes } from '../../repository/format/json-fields.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import type { LogSlots } from '../../repository/log/log-slots.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { NodeId, RemoteNode } from '../nodes.ts'
import { contentField, insideField } from './batch-format.ts'
import { createHoldings, type HoldingsData, type SpaceHoldings } from './holdings.ts'
import { hashOfSlot, LARGEST_CHECKPOINT_BYTES, openJson, sealJson } from './sealed.ts'
import { checkpointKey, checkpointsPrefix } from './space-keys.ts'

/** The device that appends a slot of a multiple of this puts the whole state beside it. */
export const CHECKPOINT_EVERY = 256
const KEPT_CHECKPOINTS = 2

/** All that the slots up to one made. */
export interface SpaceState {
  readonly slot: number
  /** Of the bytes of that slot. */
  readonly hash: string
  readonly nodes: Iterable<readonly [NodeId, RemoteNode]>
  readonly holdings: SpaceHoldings
}

const text = z.string().min(1).max(1024)
const schema = z.strictObject({
  version: z.literal(1),
  slot: countField,
  hash: hex32Bytes,
  nodes: z.array(
    z.tuple([
      text,
      text,
      text,
      z.enum(['file', 'directory', 'symlink']),
      insideField.nullable(),
      countField,
      z.number(),
    ]),
  ),
  packs: z.array(z.tuple([countField, z.base64()])),
  contents: z.array(z.tuple([contentField, z.base64()])),
  history: z.array(z.tuple([insideField, countField])),
  kept: z.array(z.tuple([text, text, insideField])),
  dead: z.array(z.tuple([hex32Bytes, countField, z.boolean()])),
})

/** The sealed bytes of a state. */
export function sealCheckpoint(
  keys: RepoKeys,
  spaceId: string,
  state: SpaceState,
  random: Random,
): Uint8Array {
  const { slot, hash, holdings } = state
  const nodes = Array.from(state.nodes, ([id, node]) => {
    const { parent, name, kind, content = null, rev, mtimeMs } = node
    return [id, parent, name, kind, content, rev, mtimeMs] as const
  })
  const json = { version: 1, slot, hash, nodes, ...holdings.data() }
  return sealJson(keys, { type: 'checkpoint', spaceId, slot }, json, random)
}

/** The state that a checkpoint of this slot keeps; `data-damaged` where it is none. */
export function openCheckpoint(keys: RepoKeys, spaceId: string, slot: number, bytes: Uint8Array): SpaceState {
  const parsed = schema.safeParse(openJson(keys, { type: 'checkpoint', spaceId, slot }, bytes))
  if (!parsed.success || parsed.data.slot !== slot) throw damaged('sync-checkpoint', 'schema', parsed.error)
  const { hash, nodes, ...rest } = parsed.data
  return {
    slot,
    hash,
    nodes: nodes.map(([id, parent, name, kind, content, rev, mtimeMs]) => [
      id,
      { parent, name, kind, rev, mtimeMs, ...(content === null ? {} : { content }) },
    ]),
    holdings: createHoldings(keys, rest satisfies HoldingsData),
  }
}

/** Puts a state beside its slot and deletes old ones. Only an accelerator: failing is no harm. */
export async function storeCheckpoint(
  store: ObjectStore,
  spaceId: string,
  slot: number,
  sealed: Uint8Array,
  log: Log,
): Promise<void> {
  try {
    await store.put(checkpointKey(spaceId, slot), bodyOfBytes(sealed), { purpose: 'meta' })
    const slots = await storedSlots(store, spaceId)
    for (const old of slots.filter((one) => one < slot).slice(KEPT_CHECKPOINTS - 1))
      await store.delete(checkpointKey(spaceId, old))
  } catch (cause) {
    log.warn('checkpoint of a space could not be stored', { slot, error: asEverstowError(cause) })
  }
}

/** The newest state before `before` that opens and whose slot is the one in the log; `undefined` where there is none. Failing is no harm. */
export async function newestCheckpoint(
  place: { readonly store: ObjectStore; readonly slots: LogSlots; readonly keys: RepoKeys },
  spaceId: string,
  before: number,
  log: Log,
): Promise<SpaceState | undefined> {
  const { store, slots, keys } = place
  for (const slot of await storedSlots(store, spaceId)) {
    if (slot >= before) continue
    try {
      const key = checkpointKey(spaceId, slot)
      const sealed = await readSmallObject(store, key, LARGEST_CHECKPOINT_BYTES)
      const state = sealed && openCheckpoint(keys, spaceId, slot, sealed)
      const there = state && (await slots.get(slot))
      if (there && hashOfSlot(there) === state.hash) return state
      log.warn('checkpoint does not fit its space', { slot })
    } catch (error) {
      if (!hasCode(error, 'data-damaged') && !hasCode(error, 'key-missing')) throw error
      log.warn('checkpoint does not open', { slot, error })
    }
  }
  return undefined
}

/** Slots of the checkpoints of a listing, newest first. They are few: old ones are deleted. */
async function storedSlots(store: ObjectStore, spaceId: string): Promise<number[]> {
  const prefix = checkpointsPrefix(spaceId)
  const { objects } = await store.list({ prefix })
  return objects
    .map(({ key }) => key.slice(prefix.length))
    .filter((name) => /^\d{12}$/.test(name))
    .map(Number)
    .sort((one, other) => other - one)
}
