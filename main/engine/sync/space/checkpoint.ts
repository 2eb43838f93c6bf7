import { z } from 'zod'
import type { Log } from '../../env/log.ts'
import { freeBuffer } from '../../env/node/free-buffer.ts'
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
import {
  createNodeTexts,
  createNumbers,
  createRemoteRows,
  type NodeTexts,
  type RemoteRows,
} from '../rows/node-rows.ts'
import { contentField, insideField } from './batch-format.ts'
import { createHoldings, type SpaceHoldings } from './contents/holdings.ts'
import { readLargeJson, writeLargeJson } from './large-json.ts'
import { hashOfSlot, LARGEST_CHECKPOINT_BYTES, openBytes, sealText } from './sealed.ts'
import { checkpointKey, checkpointsPrefix } from './space-keys.ts'

/** The device that appends a slot of a multiple of this puts the whole state beside it. */
export const CHECKPOINT_EVERY = 256
const KEPT_CHECKPOINTS = 2

/** All that the slots up to one made. */
export interface SpaceState {
  readonly slot: number
  /** Of the bytes of that slot. */
  readonly hash: string
  readonly nodes: RemoteRows
  readonly holdings: SpaceHoldings
}

const text = z.string().min(1).max(1024)
const kind = z.enum(['file', 'directory', 'symlink'])
const members = z.strictObject({ version: z.literal(1), slot: countField, hash: hex32Bytes })
const lists = {
  nodes: z.array(z.tuple([text, text, text, kind, insideField.nullable(), countField, z.number()])),
  packs: z.array(z.tuple([countField, z.base64()])),
  contents: z.array(z.tuple([contentField, z.base64()])),
  history: z.array(z.tuple([insideField, countField])),
  kept: z.array(z.tuple([text, text, insideField])),
  dead: z.array(z.tuple([hex32Bytes, countField, z.boolean()])),
} as const

/** The sealed bytes of a state, which must not change meanwhile. */
export function sealCheckpoint(
  keys: RepoKeys,
  spaceId: string,
  state: SpaceState,
  random: Random,
): Promise<Uint8Array> {
  const { slot, hash, holdings } = state
  const lists = { nodes: rowsOf(state.nodes), ...holdings.data(), history: holdings.history }
  const json = writeLargeJson({ version: 1, slot, hash }, lists)
  return sealText(keys, { type: 'checkpoint', spaceId, slot }, json, random)
}

function* rowsOf(nodes: SpaceState['nodes']): Generator<unknown> {
  for (const [id, { parent, name, kind, content = null, rev, mtimeMs }] of nodes)
    yield [id, parent, name, kind, content, rev, mtimeMs]
}

/** The state that a checkpoint of this slot keeps; `data-damaged` where it is none. Its nodes are kept with these `texts`; `bytes` that are spent are empty then. */
export function openCheckpoint(
  keys: RepoKeys,
  spaceId: string,
  slot: number,
  bytes: Uint8Array,
  texts: NodeTexts = createNodeTexts(),
  use: 'kept' | 'spent' = 'kept',
): SpaceState {
  const plain = openBytes(keys, { type: 'checkpoint', spaceId, slot }, bytes, use)
  try {
    return readState(keys, plain, slot, texts)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof z.ZodError))
      throw error
    throw damaged('sync-checkpoint', 'schema', error)
  } finally {
    freeBuffer(plain)
  }
}

/** Some rows at a time: all of it at once would take several times the memory of what it makes. */
function readState(keys: RepoKeys, plain: Uint8Array, slot: number, texts: NodeTexts): SpaceState {
  const values: Record<string, unknown> = {}
  const nodes = createRemoteRows(texts)
  const history = createNumbers(texts.contents)
  const holdings = {
    packs: [] as z.infer<typeof lists.packs>,
    contents: [] as z.infer<typeof lists.contents>,
    kept: [] as z.infer<typeof lists.kept>,
    dead: [] as z.infer<typeof lists.dead>,
  }
  const missing = new Set(Object.keys(lists))
  for (const member of readLargeJson(plain)) {
    const { name } = member
    missing.delete(name)
    if ('value' in member) values[name] = member.value
    else if (name === 'nodes')
      for (const row of lists.nodes.parse(member.rows)) {
        const [id, node] = nodeOfRow(row)
        // Of two under one name the first stays.
        if (nodes.childNamed(node.parent, node.name) === undefined) nodes.set(id, node)
      }
    else if (name === 'history')
      for (const [content, at] of lists.history.parse(member.rows)) history.set(content, at)
    else if (name === 'packs') holdings.packs.push(...lists.packs.parse(member.rows))
    else if (name === 'contents') holdings.contents.push(...lists.contents.parse(member.rows))
    else if (name === 'kept') holdings.kept.push(...lists.kept.parse(member.rows))
    else if (name === 'dead') holdings.dead.push(...lists.dead.parse(member.rows))
    else throw new SyntaxError(`unknown list ${name}`)
  }
  const { hash, slot: own } = members.parse(values)
  if (own !== slot || missing.size > 0) throw new SyntaxError('the state of another slot')
  return { slot, hash, nodes, holdings: createHoldings(keys, holdings, history) }
}

function nodeOfRow([id, parent, name, kind, content, rev, mtimeMs]: z.infer<typeof lists.nodes>[number]): [
  NodeId,
  RemoteNode,
] {
  const node = { parent, name, kind, rev, mtimeMs }
  return [id, content === null ? node : { ...node, content }]
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
  texts: NodeTexts = createNodeTexts(),
): Promise<{ readonly state: SpaceState; readonly sealed: Uint8Array } | undefined> {
  const { store, slots, keys } = place
  for (const slot of await storedSlots(store, spaceId)) {
    if (slot >= before) continue
    try {
      const key = checkpointKey(spaceId, slot)
      const sealed = await readSmallObject(store, key, LARGEST_CHECKPOINT_BYTES)
      const state = sealed && openCheckpoint(keys, spaceId, slot, sealed, texts)
      const there = state && (await slots.get(slot))
      if (there && hashOfSlot(there) === state.hash) return { state, sealed }
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
