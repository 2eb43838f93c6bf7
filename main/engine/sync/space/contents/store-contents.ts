import type { Random } from '../../../env/random.ts'
import { EverstowError } from '../../../model/errors.ts'
import { CHUNK_ID_BYTES, createChunkHasher } from '../../../repository/crypto/chunk-id.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import { throwIfCancelled } from '../../../storage/cancel.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import type { Stored } from '../../operations.ts'
import type { Contents } from '../../ports.ts'
import { nameContent } from './content-name.ts'
import { type Answer, memoryOf } from './content-orders.ts'
import type { ContentThread } from './content-thread.ts'
import { createGathering, eachGathered } from './gather-chunks.ts'
import type { SpaceHoldings } from './holdings.ts'
import { type BuiltPack, chunkText, createPackBuilder } from './pack-builder.ts'
import { createContentReader, SMALL_BYTES } from './read-content.ts'
import { createUploads } from './uploads.ts'

/** So many contents, or bytes, are enough for one batch. */
const ENOUGH_CONTENTS = 5_000
const ENOUGH_BYTES = 256 * 1024 * 1024
/** So much is sealed here where the thread does not run: it would take longer to start. */
export const MOST_SEALED_HERE_BYTES = 512 * 1024
/** Parcels of small chunks that the thread has before it: one it works on, and the next. */
const PARCELS_AHEAD = 2
/** As above, of the parts of a large file. */
const PARTS_AHEAD = 2

export interface StoreOptions {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly spaceId: string
  readonly random: Random
  readonly holdings: SpaceHoldings
  readonly thread: ContentThread
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
 * are there. Small contents are read and named here, for asking the thread would take longer; it cuts large ones, and seals all.
 */
export function createContentStore(options: StoreOptions): ContentStore {
  const { store, keys, spaceId, random, holdings, thread } = options
  const reader = createContentReader(keys, createChunkHasher(keys))
  const uploads = createUploads(store, spaceId)
  const gathering = createGathering()
  const parcels = new Set<Promise<void>>()
  /** Packs that no batch tells of yet, by id. */
  const untold = new Map<string, UntoldPack>()
  /** Chunks in these packs, and small ones on their way into one. */
  const own = new Set<string>()
  const lists = new Map<string, Uint8Array>()
  let handedContents = 0
  let handedBytes = 0
  /** Which start of the thread has taken in what is not in a pack yet. */
  let openIn: number | undefined
  let failure: { readonly error: unknown } | undefined
  let turn: Promise<unknown> = Promise.resolve()
  thread.workFor({
    get chunks() {
      return chunksOf([...untold.values()])
    },
    get isOpen() {
      return openIn !== undefined || gathering.bytes > 0
    },
  })

  /** One at a time: the reader has one buffer, and the thread one file. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }
  function keep(packs: readonly BuiltPack[]): void {
    for (const pack of packs) {
      const { packId, entry, chunks } = pack
      untold.set(packId, { packId, entry, chunks })
      for (const chunk of chunks) own.add(chunk)
      uploads.add(pack)
    }
  }
  function drop(packs: readonly UntoldPack[]): void {
    for (const { packId, chunks } of packs) {
      untold.delete(packId)
      for (const chunk of chunks) own.delete(chunk)
    }
    const chunks = chunksOf(packs)
    if (chunks.length > 0 && thread.isRunning) thread.ask('forget', chunks).catch(() => {})
  }

  /** Hands what was gathered to the thread, which may still be at the parcel before. */
  async function send(): Promise<void> {
    const gathered = gathering.take()
    if (!gathered) return
    await uploads.room()
    while (parcels.size >= PARCELS_AHEAD) await Promise.race(parcels)
    const answer = thread.ask('add', gathered, [memoryOf(gathered.plain)])
    openIn ??= thread.starts
    const parcel: Promise<void> = answer
      .then(({ plain, packs }) => {
        gathering.giveBack(plain)
        keep(packs)
      })
      .catch((error) => {
        failure ??= { error }
      })
      .finally(() => parcels.delete(parcel))
    parcels.add(parcel)
  }
  async function add(id: Uint8Array, chunk: Uint8Array): Promise<void> {
    const text = chunkText(id)
    if (own.has(text)) return
    own.add(text)
    if (!gathering.hasRoom(chunk.length)) await send()
    gathering.add(id, chunk)
    handedBytes += chunk.length
  }

  /** Small enough to be one chunk; `undefined` when it has grown beyond that. */
  async function readSmall(fd: number, sizeBytes: number, takes: boolean): Promise<string | undefined> {
    let found: { readonly id: Uint8Array; readonly chunk: Uint8Array } | undefined
    const readBytes = reader.readSmall(fd, sizeBytes, (id, chunk) => {
      found = { id, chunk }
    })
    if (readBytes > SMALL_BYTES) return undefined
    if (takes && found && !holdings.hasChunk(found.id)) await add(found.id, found.chunk)
    return nameContent(keys, readBytes, found?.id ?? new Uint8Array(0))
  }
  async function readLarge(fd: number, takes: boolean, signal: AbortSignal | undefined): Promise<string> {
    const ids: Uint8Array[] = []
    let sizeBytes = 0
    const asked: Promise<Answer<'cut'>>[] = []
    const ask = async (isFirst: boolean): Promise<Answer<'cut'>> => {
      throwIfCancelled(signal)
      if (takes) await uploads.room()
      const part = thread.ask('cut', { fd, isFirst, takes })
      if (takes) openIn ??= thread.starts
      return part
    }
    try {
      for (let more = true, isFirst = true; more; ) {
        for (; asked.length < PARTS_AHEAD; isFirst = false) {
          const part = ask(isFirst)
          // Told when its turn has come.
          part.catch(() => {})
          asked.push(part)
        }
        const part = await asked.shift()!
        keep(part.packs)
        ids.push(part.ids)
        handedBytes += part.newBytes
        sizeBytes = part.readBytes
        more = part.more
      }
    } finally {
      // As long as the thread is in the file it stays open.
      for (const left of await Promise.allSettled(asked))
        if (left.status === 'fulfilled') keep(left.value.packs)
    }
    const list = Buffer.concat(ids)
    const content = nameContent(keys, sizeBytes, list)
    if (takes && list.length > CHUNK_ID_BYTES && !holdings.chunksOf(content)) lists.set(content, list)
    return content
  }
  async function read(
    fd: number,
    sizeBytes: number,
    takes: boolean,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    throwIfCancelled(signal)
    const small = sizeBytes <= SMALL_BYTES ? await readSmall(fd, sizeBytes, takes) : undefined
    return small ?? readLarge(fd, takes, signal)
  }

  /** All that was handed over is in packs. */
  async function pack(): Promise<void> {
    if (openIn === undefined && gathering.bytes === 0) return
    if (!thread.isRunning && openIn === undefined && gathering.bytes <= MOST_SEALED_HERE_BYTES) {
      keep(packHere())
      return
    }
    await send()
    await Promise.all(parcels)
    const begun = openIn
    openIn = undefined
    const failed = failure
    failure = undefined
    if (failed) throw failed.error
    const { packs } = await thread.ask('finish', undefined)
    keep(packs)
    // What it had taken in when it ended is in no pack, and contents that were handed over may lean on it.
    if (begun !== undefined && begun !== thread.starts)
      throw new EverstowError('internal', {
        message: 'the thread of a space ended before its packs were finished',
      })
  }
  function packHere(): readonly BuiltPack[] {
    const gathered = gathering.take()
    if (!gathered) return []
    const builder = createPackBuilder(keys, random)
    eachGathered(gathered, builder.add)
    gathering.giveBack(gathered.plain)
    const built = builder.finish()
    return built ? [built] : []
  }

  return {
    name: (fd, sizeBytes, signal) => inTurn(() => read(fd, sizeBytes, false, signal)),
    store: (fd, sizeBytes, signal) =>
      inTurn(async () => {
        const content = await read(fd, sizeBytes, true, signal)
        handedContents++
        return content
      }),
    isEnough: () => handedContents >= ENOUGH_CONTENTS || handedBytes >= ENOUGH_BYTES,
    addChunk: (id, chunk) => inTurn(() => add(id, chunk)),
    finish: (signal) =>
      inTurn(async () => {
        throwIfCancelled(signal)
        await pack()
        const lost = await uploads.settled()
        drop(lost.map((each) => each.pack))
        handedContents = 0
        handedBytes = 0
        if (lost[0]) throw lost[0].error
        return storedOf([...untold.values()], knownLists())
      }),
    settle() {
      drop(
        [...untold.values()].filter(({ packId }) => holdings.packs.has(packId) || holdings.dead.has(packId)),
      )
      for (const content of [...lists.keys()]) if (holdings.chunksOf(content)) lists.delete(content)
    },
  }

  /** Lists of which every chunk is somewhere: a pack of another may not have arrived. */
  function knownLists(): [string, Uint8Array][] {
    return [...lists].filter(([, list]) => {
      for (let at = 0; at < list.length; at += CHUNK_ID_BYTES)
        if (!own.has(chunkText(list, at)) && !holdings.hasChunk(list, at)) return false
      return true
    })
  }
}

const chunksOf = (packs: readonly UntoldPack[]): string[] => packs.flatMap(({ chunks }) => chunks)

function storedOf(packs: readonly UntoldPack[], lists: readonly [string, Uint8Array][]): Stored | undefined {
  if (packs.length === 0 && lists.length === 0) return undefined
  return {
    packs: packs.map(({ entry }) => Buffer.from(entry).toString('base64')),
    contents: lists.map(([content, list]) => [content, Buffer.from(list).toString('base64')]),
  }
}
