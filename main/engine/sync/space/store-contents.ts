import { setImmediate } from 'node:timers/promises'
import type { Random } from '../../env/random.ts'
import { createChunkHasher } from '../../repository/crypto/chunk-id.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { Stored } from '../operations.ts'
import type { Contents } from '../ports.ts'
import { nameContent } from './content-name.ts'
import type { SpaceHoldings } from './holdings.ts'
import { type BuiltPack, chunkText, createPackBuilder } from './pack-builder.ts'
import { createContentReader, SMALL_BYTES, type TakeChunk } from './read-content.ts'
import { createUploads } from './uploads.ts'

/** So many contents, or bytes, are enough for one batch. */
const ENOUGH_CONTENTS = 5_000
const ENOUGH_BYTES = 256 * 1024 * 1024

export interface StoreOptions {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly spaceId: string
  readonly random: Random
  readonly holdings: SpaceHoldings
}

/** Without its bytes: a batch may tell of many. */
type UntoldPack = Pick<BuiltPack, 'packId' | 'entry' | 'chunks'>

/** The half of `Contents` that names and stores. */
export interface ContentStore extends Pick<Contents, 'name' | 'store' | 'isEnough' | 'finish'> {
  /** Puts chunks that live elsewhere into new packs. */
  addChunk(id: Uint8Array, chunk: Uint8Array): Promise<void>
  /** After batches came: what they tell of need not be told again, what they condemned has to be stored anew. */
  settle(): void
}

/**
 * Stores what the space does not have. What was stored stays to be told of until a batch that tells of it was replayed: an append may lose its slot, and the packs
 * are there.
 */
export function createContentStore(options: StoreOptions): ContentStore {
  const { store, keys, spaceId, random, holdings } = options
  const hasher = createChunkHasher(keys)
  const reader = createContentReader(keys, hasher)
  const uploads = createUploads(store, spaceId)
  const builder = createPackBuilder(keys, random)
  /** Packs that no batch tells of yet, by id. */
  const untold = new Map<string, UntoldPack>()
  /** Chunks in these packs and in the open one. */
  const own = new Set<string>()
  const lists = new Map<string, Uint8Array>()
  let handedContents = 0
  let handedBytes = 0
  let turn: Promise<unknown> = Promise.resolve()

  /** One at a time: the reader has one buffer. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }
  function keep(pack: BuiltPack | undefined): void {
    if (!pack) return
    const { packId, entry, chunks } = pack
    untold.set(packId, { packId, entry, chunks })
    uploads.add(pack)
  }
  function drop(pack: UntoldPack): void {
    untold.delete(pack.packId)
    for (const chunk of pack.chunks) own.delete(chunk)
  }
  const add: TakeChunk = (id, chunk) => {
    const text = chunkText(id)
    if (own.has(text) || holdings.hasChunk(id)) return
    own.add(text)
    keep(builder.add(id, chunk))
    handedBytes += chunk.length
  }

  async function read(
    fd: number,
    sizeBytes: number,
    take: TakeChunk | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    throwIfCancelled(signal)
    const ids: Uint8Array[] = []
    const each: TakeChunk = (id, chunk) => {
      ids.push(id)
      take?.(id, chunk)
    }
    if (sizeBytes <= SMALL_BYTES) {
      const readBytes = reader.readSmall(fd, sizeBytes, each)
      if (readBytes <= SMALL_BYTES) return nameContent(keys, readBytes, ids[0] ?? new Uint8Array(0))
    }
    const file = reader.begin(fd)
    for (let more = true; more; ) {
      more = file.next(each)
      if (take) await uploads.room()
      await setImmediate()
      throwIfCancelled(signal)
    }
    const list = Buffer.concat(ids)
    const content = nameContent(keys, file.readBytes, list)
    if (take && ids.length > 1 && !holdings.chunksOf(content)) lists.set(content, list)
    return content
  }

  return {
    name: (fd, sizeBytes, signal) => inTurn(() => read(fd, sizeBytes, undefined, signal)),
    store: (fd, sizeBytes, signal) =>
      inTurn(async () => {
        await uploads.room()
        const content = await read(fd, sizeBytes, add, signal)
        handedContents++
        return content
      }),
    isEnough: () => handedContents >= ENOUGH_CONTENTS || handedBytes >= ENOUGH_BYTES,
    addChunk: (id, chunk) =>
      inTurn(async () => {
        const text = chunkText(id)
        if (own.has(text)) return
        await uploads.room()
        own.add(text)
        keep(builder.add(id, chunk))
      }),
    finish: (signal) =>
      inTurn(async () => {
        throwIfCancelled(signal)
        keep(builder.finish())
        const lost = await uploads.settled()
        for (const { pack } of lost) drop(pack)
        handedContents = 0
        handedBytes = 0
        if (lost[0]) throw lost[0].error
        return storedOf([...untold.values()], knownLists())
      }),
    settle() {
      for (const pack of [...untold.values()])
        if (holdings.packs.has(pack.packId) || holdings.dead.has(pack.packId)) drop(pack)
      for (const content of [...lists.keys()]) if (holdings.chunksOf(content)) lists.delete(content)
    },
  }

  /** Lists of which every chunk is somewhere: a pack of another may not have arrived. */
  function knownLists(): [string, Uint8Array][] {
    return [...lists].filter(([, list]) => {
      for (let at = 0; at < list.length; at += 32)
        if (!own.has(chunkText(list, at)) && !holdings.hasChunk(list, at)) return false
      return true
    })
  }
}

function storedOf(packs: readonly UntoldPack[], lists: readonly [string, Uint8Array][]): Stored | undefined {
  if (packs.length === 0 && lists.length === 0) return undefined
  return {
    packs: packs.map(({ entry }) => Buffer.from(entry).toString('base64')),
    contents: lists.map(([content, list]) => [content, Buffer.from(list).toString('base64')]),
  }
}
