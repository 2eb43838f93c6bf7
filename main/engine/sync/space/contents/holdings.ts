import { ownBytes } from '../../../env/node/own-bytes.ts'
import { hasCode } from '../../../model/errors.ts'
import { CHUNK_ID_BYTES } from '../../../repository/crypto/chunk-id.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import {
  decodeSegment,
  encodeSegment,
  loadPack,
  type SegmentPack,
} from '../../../repository/format/segment.ts'
import { type ChunkIndex, createChunkIndex } from '../../../repository/index/chunk-index.ts'
import { sizeOfContent } from '../../content-text.ts'
import { isLeaf, type NodeId } from '../../nodes.ts'
import type { Batch, Operation, Stored } from '../../operations.ts'
import type { RemoteTree } from '../../remote-tree.ts'
import type { Holdings } from '../../replica.ts'
import { createNodeTexts, createNumbers } from '../../rows/node-rows.ts'
import type { RowMap } from '../../rows/row-map.ts'
import { chunksOfContent, lengthOf, lengthsIn, lengthsWith } from './chunks-of-content.ts'
import { EMPTY_CONTENT, isListOf } from './content-name.ts'

/** A pack that batches named and none condemned. */
export interface LivePack {
  /** The slot that named it first. */
  readonly slot: number
  readonly sizeBytes: number
  readonly entry: Uint8Array
}

/** What a batch that may be taken makes of the holdings. */
interface Verdict {
  readonly gone: ReadonlySet<string>
  /** The index without these. */
  readonly left: ChunkIndex
  readonly brought: readonly SegmentPack[]
  readonly listed: ReadonlyMap<string, Uint8Array>
}

/** A pack that is condemned. */
export interface DeadPack {
  readonly slot: number
  readonly isSwept: boolean
}

/** What a checkpoint keeps of the holdings. */
export interface HoldingsData {
  readonly packs: Iterable<readonly [slot: number, entry: string]>
  readonly contents: Iterable<readonly [content: string, chunkIds: string]>
  readonly kept: Iterable<readonly [id: NodeId, device: string, content: string]>
  readonly dead: Iterable<readonly [packId: string, slot: number, isSwept: boolean]>
}

/**
 * Where the contents of a space lie, as its journal says. A function of the batches alone: the index is always the one that the live packs make in the order in
 * which they were named, so that devices that began at different checkpoints judge every batch alike.
 */
export interface SpaceHoldings extends Holdings {
  readonly index: ChunkIndex
  /** Another number, and `index` is another one, too. */
  readonly generation: number
  readonly packs: ReadonlyMap<string, LivePack>
  readonly dead: ReadonlyMap<string, DeadPack>
  /** Contents that batches named, and the slot of the last batch that named each or took it out of the tree. */
  readonly history: ReadonlyMap<string, number>
  /** Contents that devices put beside one that a node has, for a person who has not decided yet. */
  keptAside(): Iterable<string>
  /** The ids of a content's chunks, if all of them can be had; `undefined` otherwise. */
  chunksOf(content: string): Uint8Array | undefined
  /** Whether `take` would take the batch; `tree` is as the batch would leave it. */
  couldTake(batch: Batch, tree: RemoteTree): boolean
  /** Whether a chunk is in a live pack. */
  hasChunk(id: Uint8Array, offset?: number): boolean
  /** All of it, for a checkpoint. */
  data(): HoldingsData
}

/** Holdings as they were at a checkpoint, or none. `data-damaged` where the checkpoint's are none. A `history` that is given is gone on with. */
export function createHoldings(
  keys: RepoKeys,
  from?: HoldingsData,
  history: RowMap<number> = createNumbers(createNodeTexts().contents),
): SpaceHoldings {
  const packs = new Map<string, LivePack>()
  const dead = new Map<string, DeadPack>()
  const lists = new Map<string, Uint8Array>()
  for (const [content, ids] of from?.contents ?? []) lists.set(content, ownBytes(Buffer.from(ids, 'base64')))
  const kept = new Map<string, Map<string, string>>()
  for (const [id, device, content] of from?.kept ?? [])
    kept.set(id, (kept.get(id) ?? new Map()).set(device, content))
  let index = createChunkIndex(1024)
  let generation = 0

  const hasChunk = (id: Uint8Array, offset = 0): boolean => {
    const slot = index.find(id, offset)
    return slot >= 0 && index.blockOf(slot) >= 0
  }
  const addPack = (pack: SegmentPack, slot: number): void => {
    packs.set(idText(pack.packId), { slot, sizeBytes: pack.sizeBytes, entry: ownBytes(pack.entry) })
    loadPack(index, pack, 0)
  }
  const chunksOf = (content: string): Uint8Array | undefined =>
    chunksOfContent(lengthsIn(index), content, lists)

  /** What a batch makes of these holdings; `undefined` where it asks for what cannot be. Changes nothing. */
  function judge(batch: Batch, tree: RemoteTree): Verdict | undefined {
    const { condemn = [], swept = [], stored, operations } = batch
    const gone = new Set(condemn)
    if (gone.size < condemn.length || condemn.some((id) => dead.has(id))) return undefined
    if (!swept.every((id) => dead.has(id) || gone.has(id))) return undefined
    const brought = broughtBy(stored, gone)
    const left = condemn.some((id) => packs.has(id)) ? indexWithout(gone) : index
    if (!brought) return undefined
    const lengthAt = lengthsWith(left, brought)
    const listed = new Map<string, Uint8Array>()
    for (const [content, text] of stored?.contents ?? []) {
      const ids = ownBytes(Buffer.from(text, 'base64'))
      const isWhole = ids.length % CHUNK_ID_BYTES === 0 && ids.length > CHUNK_ID_BYTES
      if (!isWhole || lengthOf(lengthAt, ids) !== sizeOfContent(content) || !isListOf(keys, content, ids))
        return undefined
      listed.set(content, ids)
    }
    const canBeHad = (content: string): boolean => !!chunksOfContent(lengthAt, content, lists, listed)
    const isNamed = operations.every(
      (each) => !('content' in each) || each.content === undefined || canBeHad(each.content),
    )
    if (!isNamed) return undefined
    if (gone.size > 0) {
      for (const node of tree.nodes.values())
        if (isLeaf(node) && !canBeHad(node.content ?? '')) return undefined
      for (const content of keptAside(operations)) if (!canBeHad(content)) return undefined
    }
    return { gone, left, brought, listed }
  }
  /** Contents that are kept for nodes, but for those that these operations decide. */
  function* keptAside(operations: readonly Operation[] = []): Generator<string> {
    const decided = new Set(operations.flatMap((each) => (decides(each) ? each.id : [])))
    for (const [id, sides] of kept) if (!decided.has(id)) yield* sides.values()
  }
  /** Notes a content that a node has, had or shall have. */
  function note({ device, operations }: Batch, slot: number): void {
    for (const operation of operations) {
      const { id } = operation
      if (decides(operation)) {
        for (const content of kept.get(id)?.values() ?? []) history.set(content, slot)
        kept.delete(id)
      }
      if (!('content' in operation) || operation.content === undefined) continue
      const { content } = operation
      history.set(content, slot)
      if (operation.do !== 'keep') continue
      const sides = kept.get(id) ?? new Map<string, string>()
      const before = sides.get(device)
      if (before !== undefined) history.set(before, slot)
      kept.set(id, sides.set(device, content))
    }
  }
  /** The packs of a batch that are new; `undefined` where one is none, or is condemned: a device that slept must not revive a pack that may be gone. */
  function broughtBy(stored: Stored | undefined, gone: ReadonlySet<string>): SegmentPack[] | undefined {
    const brought = new Map<string, SegmentPack>()
    for (const text of stored?.packs ?? []) {
      const pack = packOfText(text)
      const id = pack && idText(pack.packId)
      if (!pack || id === undefined || dead.has(id) || gone.has(id)) return undefined
      if (!packs.has(id) && !brought.has(id)) brought.set(id, pack)
    }
    return [...brought.values()]
  }
  function indexWithout(gone: ReadonlySet<string>): ChunkIndex {
    const rest = createChunkIndex(index.slots)
    for (const [id, { entry }] of packs) if (!gone.has(id)) loadPack(rest, packOf(entry), 0)
    return rest
  }
  function carryOut({ gone, left, brought, listed }: Verdict, batch: Batch, slot: number): void {
    for (const id of gone) {
      packs.delete(id)
      dead.set(id, { slot, isSwept: false })
    }
    if (left !== index) generation++
    index = left
    for (const id of batch.swept ?? []) dead.set(id, { slot: dead.get(id)?.slot ?? slot, isSwept: true })
    for (const pack of brought) addPack(pack, slot)
    for (const [content, ids] of listed) lists.set(content, ids)
    note(batch, slot)
    if (gone.size > 0) forget()
  }
  /** Forgets what cannot be had any more. */
  function forget(): void {
    for (const content of history.keys()) if (!chunksOf(content)) history.delete(content)
    for (const content of [...lists.keys()]) if (!chunksOf(content)) lists.delete(content)
  }

  for (const [id, slot, isSwept] of from?.dead ?? []) dead.set(id, { slot, isSwept })
  for (const [slot, text] of from?.packs ?? []) addPack(packOf(Buffer.from(text, 'base64')), slot)

  return {
    get index() {
      return index
    },
    get generation() {
      return generation
    },
    packs,
    dead,
    history,
    keptAside,
    chunksOf,
    hasChunk,
    couldTake: (batch, tree) => judge(batch, tree) !== undefined,
    isInHistory: (content) => content === EMPTY_CONTENT || (history.has(content) && !!chunksOf(content)),
    take(batch, slot, tree, left) {
      const verdict = judge(batch, tree)
      if (!verdict) return false
      for (const content of left) if (history.has(content)) history.set(content, slot)
      carryOut(verdict, batch, slot)
      return true
    },
    data: () => ({
      packs: [...packs.values()].map(({ slot, entry }) => [slot, Buffer.from(entry).toString('base64')]),
      contents: [...lists].map(([content, ids]) => [content, Buffer.from(ids).toString('base64')]),
      kept: [...kept].flatMap(([id, sides]) =>
        [...sides].map(([device, content]) => [id, device, content] as const),
      ),
      dead: [...dead].map(([id, { slot, isSwept }]) => [id, slot, isSwept]),
    }),
  }
}

/** Whether the node is another one after it: what was kept beside it is history. */
const decides = ({ do: what }: Operation): boolean => what === 'update' || what === 'delete'

/** The pack that an entry describes; `data-damaged` where it describes none. */
export function packOf(entry: Uint8Array): SegmentPack {
  return decodeSegment(encodeSegment([entry]))[0]!
}

function packOfText(text: string): SegmentPack | undefined {
  try {
    return packOf(Buffer.from(text, 'base64'))
  } catch (error) {
    if (hasCode(error, 'data-damaged')) return undefined
    throw error
  }
}

const idText = (id: Uint8Array): string => Buffer.from(id).toString('hex')
