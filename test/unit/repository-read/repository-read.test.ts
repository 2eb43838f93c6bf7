import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { createBlockFetcher } from '../../../main/engine/repository/read/block-fetcher.ts'
import { openFile } from '../../../main/engine/repository/read/open-file.ts'
import { storeRangeReader } from '../../../main/engine/repository/read/range-reader.ts'
import { findPath, listFolder, walkTree } from '../../../main/engine/repository/read/walk-tree.ts'
import { type RescuedChunk, withFallback } from '../../../main/engine/repository/read/with-fallback.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { buildSession, commitSession } from '../../ground/repository-writer.ts'
import {
  backedUp,
  flip,
  folder,
  keysOf,
  localStore,
  memoryStore,
  open,
  repo,
  source,
  tamper,
} from './ground.ts'

const bytesOf = async (readable: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(readable))
const small = { blockBytes: 20_000, packBytes: 100_000 }

function fill(): void {
  mkdirSync(join(source, 'a/b'), { recursive: true })
  for (let at = 0; at < 60; at++) writeFileSync(join(source, 'a', `f${at}`), randomBytes(at * 211))
  writeFileSync(join(source, 'a/b/large'), randomBytes(3_000_000))
  writeFileSync(join(source, 'empty'), '')
}

const STORES: [string, () => ObjectStore | Promise<ObjectStore>][] = [
  ['a folder', localStore],
  ['a far store', memoryStore],
]

describe.each(STORES)('a repository in %s', (_name, makeStore) => {
  test('gives back what was stored, whole and in parts', async () => {
    fill()
    const { places, snapId } = await backedUp([await makeStore()], small)
    const repository = await open(places[0]!)
    expect(repository.snapshots().map((each) => each.snapId)).toEqual([snapId])
    const root = await repository.root(snapId)
    expect(root.stats.files).toBe(62)
    const tree = Buffer.from(root.tree, 'hex')
    const paths: string[] = []
    await walkTree(repository.fetcher, tree, (above, entry) => paths.push(`${above}/${entry.nameText}`) > 0)
    expect(paths).toHaveLength(64)
    expect(
      (await listFolder(repository.fetcher, tree)).map(({ name }) => Buffer.from(name).toString()),
    ).toEqual(['a', 'empty'])
    for (const path of ['a/f0', 'a/f59', 'a/b/large', 'empty']) {
      const entry = await findPath(repository.fetcher, tree, path)
      const content = readFileSync(join(source, path))
      expect(await bytesOf(openFile(repository.fetcher, repository.index, entry!))).toEqual(content)
    }
    const large = (await findPath(repository.fetcher, tree, 'a/b/large'))!
    const content = readFileSync(join(source, 'a/b/large'))
    for (const [start, end] of [
      [0, 1],
      [262_143, 262_145],
      [1_000_000, 2_500_000],
      [2_999_999, 3_000_000],
    ] as const)
      expect(await bytesOf(openFile(repository.fetcher, repository.index, large, { start, end }))).toEqual(
        content.subarray(start, end),
      )
    expect(await findPath(repository.fetcher, tree, 'a/nothing')).toBeUndefined()
    expect(await findPath(repository.fetcher, tree, 'empty/below')).toBeUndefined()
    expect(() => openFile(repository.fetcher, repository.index, { ...large, type: 1 })).toThrow(EverstowError)
  })

  test('a flipped byte, a cut and a missing pack are told apart and named', async () => {
    fill()
    const store = await makeStore()
    const { places, snapId } = await backedUp([store], { packBytes: 64 * 1024 * 1024 })
    const [pack] = (await keysOf(store, 'data/')).filter((key) => key.length > 0)
    const whole = await open(places[0]!)
    const tree = Buffer.from((await whole.root(snapId)).tree, 'hex')
    const entry = (await findPath(whole.fetcher, tree, 'a/b/large'))!
    const slot = whole.index.find(entry.chunkIds)
    const block = whole.index.blockOf(slot)
    const key = (await keysOf(store, 'data/')).find((each) =>
      each.includes(Buffer.from(whole.index.packs.idOf(whole.index.blocks.packOf(block))).toString('hex')),
    )!
    expect(pack).toBeDefined()

    await tamper(store, key, flip(whole.index.blocks.offsetOf(block) + 100))
    const read = async () => bytesOf(openFile((await open(places[0]!)).fetcher, whole.index, entry))
    await expect(read()).rejects.toMatchObject({
      code: 'data-damaged',
      data: { name: key, offset: whole.index.blocks.offsetOf(block), reason: 'seal' },
    })
    await tamper(store, key, (bytes) => bytes.subarray(0, 1000))
    await expect(read()).rejects.toMatchObject({
      code: 'data-damaged',
      data: { name: key, reason: 'too-short' },
    })
    await store.delete(key)
    await expect(read()).rejects.toMatchObject({ code: 'object-missing' })
  })

  test('another destination helps out, chunk by chunk, and it is told', async () => {
    fill()
    const stores = [await makeStore(), memoryStore()]
    const { places, snapId } = await backedUp(stores, small)
    const [first, second] = [await open(places[0]!), await open(places[1]!, 'cache-2')]
    const tree = Buffer.from((await first.root(snapId)).tree, 'hex')
    const large = (await findPath(second.fetcher, tree, 'a/b/large'))!
    const { index } = first
    const pack = index.blocks.packOf(index.blockOf(index.find(large.chunkIds)))
    const packId = Buffer.from(index.packs.idOf(pack)).toString('hex')
    for (const key of await keysOf(stores[0]!, 'data/'))
      if (key.includes(packId)) await tamper(stores[0]!, key, flip(5000))
    const rescued: RescuedChunk[] = []
    const fetcher = withFallback([first.fetcher, second.fetcher], (each) => rescued.push(each))
    for (const path of ['a/f30', 'a/f59', 'a/b/large']) {
      const entry = (await findPath(fetcher, tree, path))!
      expect(await bytesOf(openFile(fetcher, first.index, entry))).toEqual(readFileSync(join(source, path)))
    }
    expect(rescued.length).toBeGreaterThan(0)
    expect(rescued.every(({ source: from, error }) => from === 1 && error.code === 'data-damaged')).toBe(true)

    const alone: RescuedChunk[] = []
    const nobody = withFallback([first.fetcher], (each) => alone.push(each))
    await expect(bytesOf(openFile(nobody, first.index, large))).rejects.toMatchObject({
      code: 'data-damaged',
    })
    expect(alone).toMatchObject([{ source: undefined }])
  })
})

describe('the index', () => {
  test('comes from the flat file of the same state, and survives its damage and loss', async () => {
    fill()
    const { places, snapId } = await backedUp([memoryStore()], small)
    const first = await open(places[0]!)
    const path = join(folder, 'cache/p_0/index.flat')
    const savedMs = statSync(path).mtimeMs
    const chunks = first.index.slots
    // Nothing but the flat file can say it now.
    for (const key of await keysOf(places[0]!.store, 'index/')) await places[0]!.store.delete(key)
    expect((await open(places[0]!)).index.slots).toBe(chunks)
    expect(statSync(path).mtimeMs).toBe(savedMs)
    writeFileSync(path, flip(-100)(readFileSync(path)))
    const again = await open(places[0]!)
    expect(again.missingSegments).toEqual([])
    expect(
      (await listFolder(again.fetcher, Buffer.from((await again.root(snapId)).tree, 'hex'))).length,
    ).toBe(2)
  })

  test('takes in what came since, at refreshing and at the next opening', async () => {
    fill()
    const known = new Set<string>()
    const { places } = await backedUp([memoryStore()], { ...small, known })
    const place = places[0]!
    const repository = await open(place)
    writeFileSync(join(source, 'new'), 'new content')
    const session = buildSession(repo, source, { ...small, known, backupId: 'second' })
    await commitSession(place, session)
    await repository.refresh()
    const readNew = async (from: typeof repository) => {
      const tree = Buffer.from((await from.root(session.snap.id)).tree, 'hex')
      const entry = (await findPath(from.fetcher, tree, 'new'))!
      return (await bytesOf(openFile(from.fetcher, from.index, entry))).toString()
    }
    expect(await readNew(repository)).toBe('new content')
    // The flat file is still of the first state, and its segment is gone: only the new one is fetched.
    for (const [segId, b] of [...place.log.state.segments].slice(0, 1)) {
      await place.store.delete(`index/${segId}.${b}`)
    }
    const next = await open(place)
    expect(next.missingSegments).toEqual([])
    expect(await readNew(next)).toBe('new content')
  })

  test('leaves out packs that were swept, and has them back when the sweep is undone', async () => {
    fill()
    const { places, session } = await backedUp([memoryStore()], small)
    const place = places[0]!
    const before = await open(place)
    const swept = session.packs[0]!.id
    const find = (repository: typeof before) => repository.index.packs.find(Buffer.from(swept, 'hex'))
    expect(find(before)).toBeGreaterThanOrEqual(0)
    const record = await place.log.append('sweep', { packs: [swept], snaps: [] })
    await before.refresh()
    expect(find(before)).toBe(-1)
    expect(find(await open(place))).toBe(-1)
    await place.log.append('restore', { sweep: record!.pos })
    await before.refresh()
    expect(find(before)).toBeGreaterThanOrEqual(0)
  })

  test('chunks that the log calls lost are missing, until they are found', async () => {
    writeFileSync(join(source, 'file'), 'precious')
    const { places, snapId } = await backedUp([memoryStore()])
    const place = places[0]!
    const repository = await open(place)
    const tree = Buffer.from((await repository.root(snapId)).tree, 'hex')
    const entry = (await findPath(repository.fetcher, tree, 'file'))!
    const chunks = [Buffer.from(entry.chunkIds).toString('hex')]
    await place.log.append('lost', { chunks })
    await repository.refresh()
    await expect(repository.fetcher.chunk(entry.chunkIds)).rejects.toMatchObject({ code: 'chunk-missing' })
    await place.log.append('found', { chunks })
    await repository.refresh()
    expect(Buffer.from(await repository.fetcher.chunk(entry.chunkIds)).toString()).toBe('precious')
  })

  test('a segment that cannot be read is named, and the rest is there', async () => {
    fill()
    const known = new Set<string>()
    const { places } = await backedUp([memoryStore()], { ...small, known })
    const place = places[0]!
    writeFileSync(join(source, 'new'), 'new content')
    const session = buildSession(repo, source, { ...small, known, backupId: 'second' })
    await commitSession(place, session)
    const [key] = await keysOf(place.store, `index/${session.segment.id}`)
    await tamper(place.store, key!, flip(40))
    const repository = await open(place)
    expect(repository.missingSegments).toEqual([session.segment.id])
    expect(repository.index.slots).toBeGreaterThan(50)
    await expect(
      findPath(repository.fetcher, Buffer.from((await repository.root(session.snap.id)).tree, 'hex'), 'new'),
    ).rejects.toMatchObject({ code: 'chunk-missing' })
  })
})

test('blocks that lie together are asked for together, and each once', async () => {
  fill()
  const store = memoryStore()
  const { places, snapId } = await backedUp([store], { blockBytes: 20_000, packBytes: 64 * 1024 * 1024 })
  const repository = await open(places[0]!)
  const asked: { start: number; end: number }[] = []
  const inner = storeRangeReader(store, repository.index.packs)
  const reader = {
    ...inner,
    read: (pack: number, start: number, end: number) => {
      asked.push({ start, end })
      return inner.read(pack, start, end)
    },
  }
  const fetcher = createBlockFetcher({ keys: repo.keys, index: repository.index, reader })
  const tree = Buffer.from((await repository.root(snapId)).tree, 'hex')
  const names = Array.from({ length: 60 }, (_, at) => `a/f${at}`)
  const read = async (name: string) => {
    const entry = (await findPath(fetcher, tree, name))!
    return bytesOf(openFile(fetcher, repository.index, entry))
  }
  const contents = await Promise.all(names.map(read))
  for (const [at, name] of names.entries()) expect(contents[at]).toEqual(readFileSync(join(source, name)))
  expect(repository.index.blocks.count).toBeGreaterThan(20)
  expect(asked.length).toBeLessThan(10)
})
