import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { finderKey, indexKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import { openFile } from '../../../main/engine/repository/read/open-file.ts'
import type { KeptPieces } from '../../../main/engine/repository/read/open-pieces.ts'
import type { Repository } from '../../../main/engine/repository/read/open-repository.ts'
import { findPath } from '../../../main/engine/repository/read/walk-tree.ts'
import { withFallback } from '../../../main/engine/repository/read/with-fallback.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { buildSession, commitSession, type GroundPlace } from '../../ground/repository-writer.ts'
import { backedUp, flip, memoryStore, open, repo, source, tamper } from './ground.ts'

/** Enough chunks for a segment that has a finder, of a size that makes it worth its bytes. */
const MANY = { chunkBytes: 2_500, blockBytes: 100_000, packBytes: 1_000_000 }
const CHUNKS = 8_000

let store: ReturnType<typeof watched>
let place: GroundPlace
let snapId: string
let segId: string
let kept: ReturnType<typeof memoryOfPieces>

beforeEach(async () => {
  mkdirSync(join(source, 'a/b'), { recursive: true })
  writeFileSync(join(source, 'a/b/small'), 'a small file')
  writeFileSync(join(source, 'many'), randomBytes(CHUNKS * MANY.chunkBytes))
  store = watched(memoryStore())
  const made = await backedUp([store], MANY)
  place = made.places[0]!
  ;({ snapId } = made)
  segId = made.session.segment.id
  kept = memoryOfPieces()
})

/** A store that notes what is read of segments and finders. */
function watched(inner: ObjectStore) {
  const reads: { readonly key: string; bytes: number }[] = []
  return {
    ...inner,
    reads,
    async get(...order: Parameters<ObjectStore['get']>) {
      const [key, options] = order
      const read = { key: key.slice(0, key.indexOf('/')), bytes: 0 }
      if (read.key === 'index' || read.key === 'find') reads.push(read)
      const answer = await inner.get(...order)
      const { sizeBytes } = answer.info
      read.bytes = Math.min(options?.range?.end ?? sizeBytes, sizeBytes) - (options?.range?.start ?? 0)
      return answer
    },
    /** Bytes and requests since it was asked last. */
    taken() {
      const since = reads.splice(0)
      return { bytes: since.reduce((sum, { bytes }) => sum + bytes, 0), requests: since.length }
    },
  }
}

function memoryOfPieces(): KeptPieces & { readonly pieces: Map<string, Uint8Array> } {
  const pieces = new Map<string, Uint8Array>()
  return {
    pieces,
    get: async (name) => pieces.get(name.join('\n')),
    async put(name, bytes) {
      pieces.set(name.join('\n'), Uint8Array.from(bytes))
    },
  }
}

let caches = 0
/** A computer that has nothing of the repository but these pieces. */
const anew = (pieces: KeptPieces = kept): Promise<Repository> => open(place, `cache ${caches++}`, pieces)

async function read(repository: Repository, path: string, range?: { start: number; end: number }) {
  const tree = Buffer.from((await repository.root(snapId)).tree, 'hex')
  const entry = (await findPath(repository.fetcher, tree, path))!
  const content = openFile(repository.fetcher, repository.index, entry, range && { ...range, alone: true })
  return Buffer.concat((await Array.fromAsync(content)) as Buffer[])
}

async function isRead(repository: Repository, range?: { start: number; end: number }) {
  const many = readFileSync(join(source, 'many')).subarray(range?.start, range?.end)
  expect((await read(repository, 'a/b/small')).toString()).toBe('a small file')
  expect((await read(repository, 'many', range)).equals(many)).toBe(true)
}

const WANTED = { start: 9_000_000, end: 9_000_100 }
const slice = (repository: Repository) => read(repository, 'many', WANTED)
const sliceOfMany = () => readFileSync(join(source, 'many')).subarray(WANTED.start, WANTED.end)

const keysOf = async () => {
  const b = place.log.state.segments.get(segId)!
  return { segment: indexKey(segId, b), finder: finderKey(segId, b) }
}

async function sizeOfSegment(): Promise<number> {
  return store.size((await keysOf()).segment)
}

describe('an index of which one file is wanted', () => {
  test('is read in pieces, which are kept', async () => {
    const first = await anew()
    expect((await read(first, 'a/b/small')).toString()).toBe('a small file')
    const cost = store.taken()
    const known = first.index.slots
    expect(known).toBeLessThan(CHUNKS)
    // The start of the segment, the start of the finder, a page, a slice.
    expect(cost.requests).toBeLessThanOrEqual(4)
    expect(cost.bytes).toBeLessThan((await sizeOfSegment()) * 0.9)
    expect((await read(first, 'a/b/small')).toString()).toBe('a small file')
    expect(store.taken()).toEqual({ bytes: 0, requests: 0 })

    expect((await read(await anew(), 'a/b/small')).toString()).toBe('a small file')
    expect(store.taken()).toEqual({ bytes: 0, requests: 0 })
  })

  test('comes whole when much of it is wanted, and is kept then', async () => {
    const repository = await anew()
    await isRead(repository)
    expect(repository.index.slots).toBeGreaterThan(CHUNKS)
    const { bytes } = store.taken()
    expect(bytes).toBeLessThan((await sizeOfSegment()) * 2)
    await repository.saveIndex()
    const again = await open(place, `cache ${caches - 1}`, memoryOfPieces())
    expect(again.index.slots).toBe(repository.index.slots)
    expect(store.taken()).toEqual({ bytes: 0, requests: 0 })
  })

  test('is never kept in part as if it were whole', async () => {
    const repository = await anew()
    await read(repository, 'a/b/small')
    await repository.saveIndex()
    await isRead(await open(place, `cache ${caches - 1}`))
  })

  test('is whole at once for everybody else, and where this computer knows it', async () => {
    const whole = await open(place, 'known')
    expect(whole.index.slots).toBeGreaterThan(CHUNKS)
    expect(store.reads).toEqual([{ key: 'index', bytes: await sizeOfSegment() }])
    store.taken()
    await isRead(await open(place, 'known', kept))
    expect(store.taken()).toEqual({ bytes: 0, requests: 0 })
    expect(kept.pieces.size).toBe(0)
  })

  test('takes in what a later backup brought', async () => {
    const repository = await anew()
    await read(repository, 'a/b/small')
    const before = snapId
    writeFileSync(join(source, 'a/b/small'), 'another text')
    const session = buildSession(repo, source, { ...MANY, backupId: 'snapshot_20261122_120000' })
    snapId = await commitSession(place, session)
    await repository.refresh()
    expect((await read(repository, 'a/b/small')).toString()).toBe('another text')
    snapId = before
    expect((await read(repository, 'a/b/small')).toString()).toBe('a small file')
  })

  test('knows what was called lost after it was opened', async () => {
    const repository = await anew()
    const tree = Buffer.from((await repository.root(snapId)).tree, 'hex')
    const { chunkIds } = (await findPath(repository.fetcher, tree, 'many'))!
    const ids = [4_000, 7_000].map((at) => Buffer.from(chunkIds.subarray(at * 32, at * 32 + 32)))
    expect(ids.map((id) => repository.index.find(id))).toEqual([-1, -1])
    await place.log.append('lost', { chunks: ids.map((id) => id.toString('hex')) })
    await repository.refresh()
    for (const id of ids)
      await expect(repository.fetcher.chunk(id)).rejects.toMatchObject({ code: 'chunk-missing' })
    await place.log.append('found', { chunks: [ids[0]!.toString('hex')] })
    await repository.refresh()
    expect(await repository.fetcher.chunk(ids[0]!)).toHaveLength(MANY.chunkBytes)
    await expect(repository.fetcher.chunk(ids[1]!)).rejects.toMatchObject({ code: 'chunk-missing' })
  })

  test('is had from another place where the first one goes away', async () => {
    const [first, second] = [await anew(), await open(place, 'other')]
    const get = store.get
    const away: ObjectStore['get'] = async () => {
      throw new EverstowError('connection-lost')
    }
    const fetcher = withFallback([first.fetcher, second.fetcher], () => {})
    const tree = Buffer.from((await first.root(snapId)).tree, 'hex')
    const entry = (await findPath(fetcher, tree, 'many'))!
    let asked = 0
    // Away for the index, back for the contents.
    store.get = (key, options) => {
      if (key.startsWith('data/')) return get(key, options)
      asked++
      return away(key)
    }
    const content = openFile(fetcher, first.index, entry, WANTED)
    expect(Buffer.concat((await Array.fromAsync(content)) as Buffer[])).toEqual(sliceOfMany())
    expect(asked).toBeGreaterThan(0)
  })

  test('leaves out packs that were swept', async () => {
    const repository = await anew()
    await read(repository, 'a/b/small')
    await place.log.append('forget', { snaps: [snapId] })
    const listed = (await store.list({ prefix: 'data/' })).objects
    const ids = listed.map(({ key }) => key.slice('data/aa/'.length, 'data/aa/'.length + 64))
    await place.log.append('sweep', { packs: ids, snaps: [snapId] })
    await repository.refresh()
    const tree = Buffer.from((await (await open(place, 'other')).root(snapId)).tree, 'hex')
    await expect(repository.fetcher.tree(tree)).rejects.toMatchObject({ code: 'chunk-missing' })
  })
})

describe('a finder that is not good', () => {
  const SPOILT: [string, (bytes: Buffer) => Uint8Array][] = [
    ['another byte in its first bytes', flip(3)],
    ['a head of another length', flip(12)],
    ['a head of gigabytes', flip(15)],
    ['another byte in its head', flip(100)],
    ['other pages', (bytes) => bytes.fill(7, 4_000)],
    ['cut off in its pages', (bytes) => bytes.subarray(0, -1)],
    ['cut off', (bytes) => bytes.subarray(0, 60)],
    ['nothing in it', (bytes) => bytes.subarray(0, 0)],
  ]
  test('costs reading the segment whole, and nothing else', async () => {
    const { finder } = await keysOf()
    const { body } = await store.get(finder)
    const bytes = Buffer.concat((await Array.fromAsync(body)) as Buffer[])
    for (const [what, change] of SPOILT) {
      await tamper(store, finder, () => change(Buffer.from(bytes)))
      kept.pieces.clear()
      const repository = await anew()
      expect(await slice(repository), what).toEqual(sliceOfMany())
      expect(repository.missingSegments).toEqual([])
      expect(repository.index.slots, what).toBeGreaterThan(CHUNKS)
    }
    await store.delete(finder)
    store.taken()
    expect(await slice(await anew())).toEqual(sliceOfMany())
    // The part that came first is not read twice.
    expect(store.taken().bytes).toBe(await sizeOfSegment())
  })

  test('because some part of what is kept was changed is not believed', async () => {
    expect(await slice(await anew())).toEqual(sliceOfMany())
    expect([...kept.pieces.keys()].map((name) => name.split('\n')[0])).toEqual(
      expect.arrayContaining(['finder', 'page of finder', 'slice of segment']),
    )
    for (const bytes of kept.pieces.values()) {
      bytes[bytes.length - 1]! ^= 1
      expect(await slice(await anew())).toEqual(sliceOfMany())
    }
  })

  test('that was another segment’s is found out', async () => {
    writeFileSync(join(source, 'many'), randomBytes(CHUNKS * MANY.chunkBytes))
    const other = buildSession(repo, source, MANY)
    await tamper(store, (await keysOf()).finder, () => other.segment.finder!)
    await expect(read(await anew(), 'a/b/small')).resolves.toEqual(Buffer.from('a small file'))
  })

  test('leaves nothing to be read where the segment is damaged in the wanted place', async () => {
    await tamper(store, (await keysOf()).segment, (bytes) => bytes.fill(1, 140_000))
    const repository = await anew()
    await expect(read(repository, 'many', { start: 19_000_000, end: 19_000_100 })).rejects.toMatchObject({
      code: 'chunk-missing',
    })
    expect(repository.missingSegments).toEqual([segId])
  })
})
