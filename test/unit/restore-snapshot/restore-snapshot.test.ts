import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { RescuedChunk } from '../../../main/engine/repository/read/with-fallback.ts'
import type { RestoreProgress } from '../../../main/engine/restore/restore-options.ts'
import {
  restoreSnapshot,
  type SnapshotRestoreOptions,
} from '../../../main/engine/restore/snapshot/restore-snapshot.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { describeTree, makeNastyTree } from '../../ground/nasty-tree.ts'
import type { BuildOptions } from '../../ground/repository-writer.ts'
import {
  backedUp,
  flip,
  folder,
  keysOf,
  localStore,
  memoryStore,
  open,
  source,
  tamper,
} from '../repository-read/ground.ts'

let target: string
beforeEach(() => {
  target = join(folder, 'target')
})

const isRoot = process.getuid?.() === 0
const small: BuildOptions = { blockBytes: 30_000, packBytes: 400_000 }

async function backup(stores: readonly ObjectStore[], options: BuildOptions = {}) {
  const { places, snapId, session } = await backedUp(stores, options)
  const repository = await open(places[0]!)
  const restore = (more: Partial<SnapshotRestoreOptions> = {}) =>
    restoreSnapshot({ repository, snapId, into: target, existing: 'skip', threads: 1, ...more })
  return { places, session, repository, snapId, restore }
}

/** Nothing of ours is left in the target or beside it. */
const leftovers = () =>
  [folder, target]
    .flatMap((place) => (existsSync(place) ? readdirSync(place) : []))
    .filter((name) => name.startsWith('.everstow-restore'))

const write = (path: string, content: string | Buffer) => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
}

const STORES: [string, () => ObjectStore | Promise<ObjectStore>, BuildOptions][] = [
  ['a folder', localStore, {}],
  ['a far store, in many small blocks', memoryStore, small],
]

describe.each(STORES)('from %s', (_name, makeStore, options) => {
  test('everything comes back as it was', async () => {
    makeNastyTree(source)
    const { restore } = await backup([await makeStore()], options)
    const report = await restore({ owner: isRoot, threads: 3 })
    expect(report).toMatchObject({
      refusedCount: 0,
      failedCount: 0,
      missing: [],
      verified: 'chunks',
      into: target,
    })
    const before = describeTree(source, { holes: true })
    // Without rights over owners, setuid is not given back.
    const without = (lines: string[]) => lines.filter((line) => isRoot || !line.startsWith('/twin-a'))
    expect(without(describeTree(target, { holes: true, like: source }))).toEqual(without(before))
    const folders = before.filter((line) => / \| 4\d{4} \| /.test(line)).length
    expect(report.directories).toBe(folders)
    expect(report.restored).toBe(before.length - folders)
    expect(report.links).toBe(3)
    expect(leftovers()).toEqual([])
  })

  test('what is damaged is named, and all the rest comes back', async () => {
    for (let at = 0; at < 40; at++) write(join(source, `f${at}`), randomBytes(20_000))
    write(join(source, 'large'), randomBytes(2_000_000))
    const store = await makeStore()
    const { restore, session } = await backup([store], { blockBytes: 50_000, packBytes: 200_000 })
    const before = describeTree(source)
    // The first pack of a session holds content; the directories come last.
    const [key] = await keysOf(store, `data/${session.packs[0]!.id.slice(0, 2)}/${session.packs[0]!.id}`)
    await tamper(store, key!, flip(1000))
    const report = await restore({ owner: isRoot })
    expect(report.failedCount).toBeGreaterThan(0)
    expect(report.failed.every(({ code }) => code === 'data-damaged')).toBe(true)
    expect(report.failedCount).toBeLessThan(40)
    const lost = new Set(report.failed.map(({ path }) => `/${path}`))
    expect(describeTree(target, { like: source })).toEqual(
      before.filter((line) => !lost.has(line.split(' | ')[0]!)),
    )
    expect(leftovers()).toEqual([])
  })

  test('another destination fills in what one does not have good', async () => {
    makeNastyTree(source)
    const stores = [await makeStore(), memoryStore()]
    const { places, restore } = await backup(stores, options)
    const other = await open(places[1]!, 'cache-2')
    for (const [at, key] of (await keysOf(stores[0]!, 'data/')).entries()) {
      if (at % 3 === 0) await tamper(stores[0]!, key, flip(3000))
      if (at % 3 === 1) await stores[0]!.delete(key)
    }
    const rescued: RescuedChunk[] = []
    const report = await restore({ others: [other], onRescued: (each) => rescued.push(each), owner: isRoot })
    expect(report).toMatchObject({ failedCount: 0, refusedCount: 0 })
    expect(describeTree(target, { like: source })).toEqual(describeTree(source))
    expect(rescued.length).toBeGreaterThan(0)
    expect(rescued.every(({ source: from }) => from === 1)).toBe(true)
  })
})

describe('choosing', () => {
  beforeEach(() => {
    for (const path of [
      'a/one.txt',
      'a/two.log',
      'a/b/three.txt',
      'c/four.txt',
      'c/[x].txt',
      'd/e/f/five.md',
    ])
      write(join(source, path), path)
    utimesSync(join(source, 'a'), 1_000_000_000, 1_000_000_000)
  })
  const restored = () =>
    describeTree(target)
      .map((line) => line.split(' | ')[0]!)
      .filter((path) => statSync(join(target, path)).isFile())

  test.each<[string[], string[], string[]]>([
    [['a'], ['/a/b/three.txt', '/a/one.txt', '/a/two.log'], []],
    [['a/b/three.txt', 'nothing'], ['/a/b/three.txt'], ['nothing']],
    [['**/*.txt'], ['/a/b/three.txt', '/a/one.txt', '/c/[x].txt', '/c/four.txt'], []],
    [['c/[x].txt'], ['/c/[x].txt'], []],
    [['d/*/f'], ['/d/e/f/five.md'], []],
    [['*.none'], [], ['*.none']],
  ])('%j', async (paths, expected, missing) => {
    const { restore } = await backup([await localStore()])
    const report = await restore({ paths })
    expect(report.missing).toEqual(missing)
    expect(existsSync(target) ? restored() : []).toEqual(expected)
    if (expected.some((path) => path.startsWith('/a/')))
      expect(statSync(join(target, 'a')).mtimeMs).toBe(1e12)
    expect(report.restored).toBe(expected.length)
  })

  test('only what is needed is read', async () => {
    write(join(source, 'big'), randomBytes(8_000_000))
    const { restore } = await backup([await localStore()])
    const report = await restore({ paths: ['a/one.txt'] })
    expect(report.bytesRead).toBeLessThan(1_100_000)
  })
})

describe('what is there already', () => {
  beforeEach(() => {
    write(join(source, 'same'), 'same')
    write(join(source, 'other'), 'theirs')
    write(join(source, 'new'), 'new')
    write(join(source, 'folder/inside'), 'inside')
    write(join(source, 'link/inside'), 'through')
    write(join(target, 'same'), 'same')
    write(join(target, 'other'), 'mine!!')
    write(join(target, 'folder/mine'), 'mine')
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(target, 'link'))
  })
  const read = (path: string) => readFileSync(join(target, path), 'utf8')

  test('skip leaves it', async () => {
    const { restore } = await backup([await localStore()])
    const dry = await restore({ dryRun: true })
    const report = await restore()
    expect(read('other')).toBe('mine!!')
    expect(read('new')).toBe('new')
    expect(read('folder/inside')).toBe('inside')
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
    expect(report).toMatchObject({ restored: 2, skipped: 3, replaced: 0, renamed: 0 })
    expect(report.refused).toEqual([{ path: 'link', reason: 'through-link' }])
    expect(dry).toMatchObject({ restored: 2, skipped: 3, dryRun: true })
  })

  test('replace keeps the old aside', async () => {
    const { restore } = await backup([await localStore()])
    const dry = await restore({ existing: 'replace', dryRun: true })
    expect(read('other')).toBe('mine!!')
    const report = await restore({ existing: 'replace' })
    expect(read('other')).toBe('theirs')
    expect(readFileSync(join(report.replacedInto!, 'other'), 'utf8')).toBe('mine!!')
    expect(read('link/inside')).toBe('through')
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
    expect(report).toMatchObject({ replaced: 1, unchanged: 1, skipped: 0 })
    expect(dry).toMatchObject({ replaced: 1, unchanged: 1, skipped: 0, dryRun: true })
  })

  test('rename puts ours beside', async () => {
    const { restore } = await backup([await localStore()])
    const report = await restore({ existing: 'rename' })
    expect(read('other')).toBe('mine!!')
    const beside = readdirSync(target).filter((name) => name.startsWith('other (restored'))
    expect(beside).toHaveLength(1)
    expect(read(beside[0]!)).toBe('theirs')
    expect(report).toMatchObject({ unchanged: 1 })
  })

  test('a dry run writes nothing and fetches no content', async () => {
    const store = memoryStore()
    const { restore } = await backup([store], small)
    const before = describeTree(target)
    const report = await restore({ dryRun: true, existing: 'rename' })
    expect(describeTree(target)).toEqual(before)
    expect(report.bytesRead).toBeGreaterThan(0)
    expect(leftovers()).toEqual([])
  })
})

test('a file in more pieces than a window holds is whole, with its time', async () => {
  write(join(source, 'before'), 'x')
  write(join(source, 'crumbs'), randomBytes(300_000))
  write(join(source, 'zlast'), 'x')
  utimesSync(join(source, 'crumbs'), 1_111_111_111, 1_111_111_111)
  chmodSync(join(source, 'crumbs'), 0o640)
  const { restore } = await backup([await localStore()], { chunkBytes: 1 })
  await restore({ owner: isRoot })
  expect(describeTree(target, { like: source })).toEqual(describeTree(source))
})

describe('stopping', () => {
  test('a cancelled restore leaves nothing', async () => {
    for (let at = 0; at < 400; at++) write(join(source, `f${at}`), randomBytes(20_000))
    const store = memoryStore()
    const { restore } = await backup([store], small)
    const stop = new AbortController()
    const get = store.get.bind(store)
    let gets = 0
    store.get = (key, options) => {
      if (key.startsWith('data/') && ++gets === 8) stop.abort()
      return get(key, options)
    }
    await expect(restore({ signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' })
    expect(existsSync(target)).toBe(false)
    expect(leftovers()).toEqual([])
  })

  test('after a lost connection the same restore goes on where it stopped', async () => {
    for (let at = 0; at < 300; at++) write(join(source, `f${at % 10}/g${at}`), randomBytes(30_000))
    const store = memoryStore()
    const { restore } = await backup([store], { blockBytes: 60_000, packBytes: 200_000 })
    const { EverstowError } = await import('../../../main/engine/model/errors.ts')
    const get = store.get.bind(store)
    let gets = 0
    store.get = (key, options) =>
      key.startsWith('data/') && ++gets > 25
        ? Promise.reject(new EverstowError('connection-lost'))
        : get(key, options)
    await expect(restore({ owner: isRoot })).rejects.toMatchObject({ code: 'connection-lost' })
    expect(existsSync(target)).toBe(false)
    store.get = get
    const report = await restore({ owner: isRoot })
    expect(describeTree(target, { like: source })).toEqual(describeTree(source))
    expect(report.restored).toBe(300)
    expect(report.bytesRead).toBeLessThan(8_000_000)
    expect(leftovers()).toEqual([])
  })

  test('another restore into the same place throws the leftover away', async () => {
    for (let at = 0; at < 100; at++) write(join(source, `g${at}`), randomBytes(30_000))
    const store = memoryStore()
    const { restore } = await backup([store], { blockBytes: 60_000, packBytes: 200_000 })
    const { EverstowError } = await import('../../../main/engine/model/errors.ts')
    const get = store.get.bind(store)
    let gets = 0
    store.get = (key, options) =>
      key.startsWith('data/') && ++gets > 6
        ? Promise.reject(new EverstowError('connection-lost'))
        : get(key, options)
    await expect(restore()).rejects.toMatchObject({ code: 'connection-lost' })
    expect(leftovers()).toHaveLength(1)
    store.get = get
    await restore({ paths: ['g1'] })
    expect(readdirSync(target)).toEqual(['g1'])
    expect(leftovers()).toEqual([])
  })

  test('half-written leftovers are not taken for whole files', async () => {
    for (let at = 0; at < 100; at++) write(join(source, `g${at}`), randomBytes(30_000))
    const store = memoryStore()
    const { restore } = await backup([store], { blockBytes: 60_000, packBytes: 200_000 })
    const { EverstowError } = await import('../../../main/engine/model/errors.ts')
    const get = store.get.bind(store)
    let gets = 0
    store.get = (key, options) =>
      key.startsWith('data/') && ++gets > 12
        ? Promise.reject(new EverstowError('connection-lost'))
        : get(key, options)
    await expect(restore({ owner: isRoot })).rejects.toMatchObject({ code: 'connection-lost' })
    store.get = get
    const staged = join(folder, leftovers()[0]!, 'tree')
    const [first, second] = readdirSync(staged)
    truncateSync(join(staged, first!), 10)
    writeFileSync(join(staged, second!), randomBytes(30_000))
    await restore({ owner: isRoot })
    expect(describeTree(target, { like: source })).toEqual(describeTree(source))
  })

  test('progress is told', async () => {
    for (let at = 0; at < 50; at++) write(join(source, `g${at}`), randomBytes(300_000))
    const { restore } = await backup([await localStore()])
    const seen: RestoreProgress[] = []
    await restore({ onProgress: (progress) => seen.push(progress) })
    expect(seen.at(-1)).toMatchObject({
      phase: 'placing',
      files: 50,
      bytes: 15_000_000,
      bytesToRead: 15_000_000,
    })
  })
})
