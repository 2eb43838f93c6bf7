import { hasCode } from '../../model/errors.ts'
import { CHUNK_ID_BYTES } from '../../repository/crypto/chunk-id.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { CHUNK_ROW_BYTES } from '../../repository/format/block-table.ts'
import { decodeSegment, encodeSegment, loadPack, type SegmentPack } from '../../repository/format/segment.ts'
import { type ChunkIndex, createChunkIndex } from '../../repository/index/chunk-index.ts'
import { isLinkContent, sizeOfContent, withoutMode } from '../content-text.ts'
import { isLeaf } from '../nodes.ts'
import type { Batch, Operation } from '../operations.ts'
import type { RemoteTree } from '../remote-tree.ts'
import type { Holdings } from '../replica.ts'
import { EMPTY_CONTENT, idOfContent, isListOf } from './content-name.ts'

/** A pack that batches named and none condemned. */
export interface LivePack {
  /** The slot that named it first. */
  readonly slot: number
  readonly sizeBytes: number
  readonly entry: Uint8Array
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
  readonly history: Iterable<readonly [content: string, slot: number]>
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
  /** The ids of a content's chunks, if all of them can be had; `undefined` otherwise. */
  chunksOf(content: string): Uint8Array | undefined
  /** Whether what the operations of a batch name can be had after it. */
  couldTake(batch: Batch): boolean
  /** Whether a chunk is in a live pack. */
  hasChunk(id: Uint8Array, offset?: number): boolean
  /** All of it, for a checkpoint. */
  data(): HoldingsData
}

/** Holdings as they were at a checkpoint, or none. `data-damaged` where the checkpoint's are none. */
export function createHoldings(keys: RepoKeys, from?: HoldingsData): SpaceHoldings {
  const packs = new Map<string, LivePack>()
  const dead = new Map<string, DeadPack>()
  const history = new Map<string, number>(from?.history)
  const lists = new Map<string, Uint8Array>()
  for (const [content, ids] of from?.contents ?? []) lists.set(content, Buffer.from(ids, 'base64'))
  let index = createChunkIndex(1024)
  let generation = 0

  const hasChunk = (id: Uint8Array, offset = 0): boolean => {
    const slot = index.find(id, offset)
    return slot >= 0 && index.blockOf(slot) >= 0
  }
  const addPack = (pack: SegmentPack, slot: number): void => {
    packs.set(idText(pack.packId), { slot, sizeBytes: pack.sizeBytes, entry: pack.entry })
    loadPack(index, pack, 0)
  }
  const chunksOf = (content: string): Uint8Array | undefined => {
    const inside = withoutMode(content)
    // What a link holds stands in the batch itself.
    if (inside === EMPTY_CONTENT || isLinkContent(inside)) return new Uint8Array(0)
    const ids = lists.get(inside) ?? idOfContent(inside)
    return ids.length > 0 && lengthOf(index, ids) === sizeOfContent(inside) ? ids : undefined
  }

  /** Takes packs out of the count; false where that cannot be. */
  function condemn(ids: readonly string[], slot: number): boolean {
    let isOther = false
    for (const id of ids) {
      if (dead.has(id)) return false
      isOther = packs.delete(id) || isOther
      dead.set(id, { slot, isSwept: false })
    }
    if (isOther) rebuild()
    return true
  }
  function rebuild(): void {
    index = createChunkIndex(index.slots)
    generation++
    for (const { entry } of packs.values()) loadPack(index, packOf(entry), 0)
  }
  function sweep(ids: readonly string[]): boolean {
    for (const id of ids) {
      const known = dead.get(id)
      if (!known) return false
      dead.set(id, { ...known, isSwept: true })
    }
    return true
  }
  function store({ stored }: Batch, slot: number): boolean {
    for (const text of stored?.packs ?? []) {
      const pack = packOfText(text)
      const id = pack && idText(pack.packId)
      // What was condemned stays so: a device that slept must not revive a pack that may be gone.
      if (!pack || id === undefined || dead.has(id)) return false
      if (!packs.has(id)) addPack(pack, slot)
    }
    for (const [content, text] of stored?.contents ?? []) {
      const ids = Buffer.from(text, 'base64')
      const isWhole = ids.length % CHUNK_ID_BYTES === 0 && ids.length > CHUNK_ID_BYTES
      if (!isWhole || lengthOf(index, ids) !== sizeOfContent(content) || !isListOf(keys, content, ids))
        return false
      lists.set(content, ids)
    }
    return true
  }
  /** Notes what a batch names; false where a content cannot be had. */
  function name(operations: readonly Operation[], slot: number, { nodes }: RemoteTree): boolean {
    for (const operation of operations) {
      if (!('content' in operation) || operation.content === undefined) continue
      if (!chunksOf(operation.content)) return false
      // The tree's text, where it is equal: not another one of the same.
      const own = nodes.get(operation.id)?.content
      history.set(own === operation.content ? own : operation.content, slot)
    }
    return true
  }
  /** After a condemnation: forgets what cannot be had any more; false where the tree needs it. */
  function forget(tree: RemoteTree): boolean {
    for (const node of tree.nodes.values()) if (isLeaf(node) && !chunksOf(node.content ?? '')) return false
    for (const content of [...history.keys()]) if (!chunksOf(content)) history.delete(content)
    for (const content of [...lists.keys()]) if (!chunksOf(content)) lists.delete(content)
    return true
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
    chunksOf,
    hasChunk,
    couldTake: ({ operations, stored }) => {
      const brought = new Set<string>()
      for (const text of stored?.packs ?? []) {
        const pack = packOfText(text)
        if (!pack || dead.has(idText(pack.packId))) return false
        for (const id of chunksIn(pack)) brought.add(idText(id))
      }
      const listed = new Map(stored?.contents)
      return operations.every((operation) => {
        const content = 'content' in operation ? operation.content : undefined
        if (content === undefined || chunksOf(content)) return true
        const inside = withoutMode(content)
        const list = listed.get(inside)
        const ids = list === undefined ? idOfContent(inside) : Buffer.from(list, 'base64')
        for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES)
          if (!hasChunk(ids, at) && !brought.has(idText(ids.subarray(at, at + CHUNK_ID_BYTES)))) return false
        return ids.length > 0
      })
    },
    isInHistory: (content) => content === EMPTY_CONTENT || (history.has(content) && !!chunksOf(content)),
    take(batch, slot, tree, left) {
      const { condemn: condemned = [], swept = [], operations } = batch
      for (const content of left) if (history.has(content)) history.set(content, slot)
      return (
        condemn(condemned, slot) &&
        sweep(swept) &&
        store(batch, slot) &&
        name(operations, slot, tree) &&
        (condemned.length === 0 || forget(tree))
      )
    },
    data: () => ({
      packs: [...packs.values()].map(({ slot, entry }) => [slot, Buffer.from(entry).toString('base64')]),
      contents: [...lists].map(([content, ids]) => [content, Buffer.from(ids).toString('base64')]),
      history,
      dead: [...dead].map(([id, { slot, isSwept }]) => [id, slot, isSwept]),
    }),
  }
}

/** Bytes of these chunks together; −1 where one of them is unknown. */
function lengthOf(index: ChunkIndex, ids: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES) {
    const slot = index.find(ids, at)
    if (slot < 0 || index.blockOf(slot) < 0) return -1
    sum += index.lengthOf(slot)
  }
  return sum
}

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

function* chunksIn({ blocks }: SegmentPack): Generator<Uint8Array> {
  const cursor = blocks.cursor()
  while (cursor.next())
    for (let at = 0; at < cursor.chunkTable.length; at += CHUNK_ROW_BYTES)
      yield cursor.chunkTable.subarray(at, at + CHUNK_ID_BYTES)
}

const idText = (id: Uint8Array): string => Buffer.from(id).toString('hex')
