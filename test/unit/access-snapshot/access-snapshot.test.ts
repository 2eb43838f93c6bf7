import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { archiveSizes } from '../../../main/engine/access/folder-sizes.ts'
import { diffSnapshots } from '../../../main/engine/access/snapshot/diff-snapshots.ts'
import { openFindDatabase } from '../../../main/engine/access/snapshot/find-database.ts'
import { findFiles } from '../../../main/engine/access/snapshot/find-files.ts'
import { snapshotSizes } from '../../../main/engine/access/snapshot/folder-totals.ts'
import { indexSnapshots } from '../../../main/engine/access/snapshot/index-snapshots.ts'
import { listSnapshotFiles, openSnapshotFile } from '../../../main/engine/access/snapshot/snapshot-files.ts'
import { openTotalsDatabase } from '../../../main/engine/access/snapshot/totals-database.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../../main/engine/env/node/node-files.ts'
import { buildSession, commitSession } from '../../ground/repository-writer.ts'
import { backedUp, folder, memoryStore, open, repo, source } from '../repository-read/ground.ts'

const write = (path: string, content: string | Buffer = path) => {
  mkdirSync(join(source, path, '..'), { recursive: true })
  writeFileSync(join(source, path), content)
}

beforeEach(() => {
  write('docs/Report 2026.txt')
  write('docs/notes.md')
  write('docs/deep/er/still.txt')
  write('pictures/Cat.JPG', randomBytes(700_000))
  write('top.txt')
  write('unchanged/a')
  write('unchanged/b')
})

/** A first backup, a change of the source, a second one. */
async function twoBackups(change: () => void) {
  const known = new Set<string>()
  const { places, snapId } = await backedUp([memoryStore()], { known })
  change()
  const second = await commitSession(places[0]!, buildSession(repo, source, { known, backupId: 'second' }))
  return { place: places[0]!, repository: await open(places[0]!), first: snapId, second }
}

describe('files', () => {
  const paths = (items: readonly { path: string }[]) => items.map(({ path }) => path)

  test('lists a folder, all below it, or what matches', async () => {
    symlinkSync('top.txt', join(source, 'link'))
    const { places, snapId } = await backedUp([memoryStore()])
    const repository = await open(places[0]!)
    const list = (query: Partial<Parameters<typeof listSnapshotFiles>[2]>) =>
      listSnapshotFiles(repository, snapId, { folder: '', recursive: false, ...query })
    expect(paths(await list({}))).toEqual(['docs', 'pictures', 'unchanged', 'link', 'top.txt'])
    expect(paths(await list({ folder: '/docs/' }))).toEqual([
      'docs/deep',
      'docs/Report 2026.txt',
      'docs/notes.md',
    ])
    expect(paths(await list({ folder: 'docs', recursive: true }))).toEqual([
      'docs/Report 2026.txt',
      'docs/deep',
      'docs/deep/er',
      'docs/deep/er/still.txt',
      'docs/notes.md',
    ])
    expect(paths(await list({ search: 'CAT' }))).toEqual(['pictures/Cat.JPG'])
    expect((await list({})).find(({ path }) => path === 'link')).toMatchObject({
      kind: 'symlink',
      linkTarget: 'top.txt',
    })
    await expect(list({ folder: 'top.txt' })).rejects.toMatchObject({ data: { reason: 'not-a-folder' } })
    await expect(list({ folder: 'nowhere' })).rejects.toMatchObject({ data: { reason: 'not-there' } })
  })

  test('gives a file or a part of it', async () => {
    const { places, snapId } = await backedUp([memoryStore()])
    const repository = await open(places[0]!)
    const { item, content } = await openSnapshotFile(repository, snapId, 'docs/notes.md')
    expect(item).toMatchObject({ path: 'docs/notes.md', kind: 'file', sizeBytes: 13 })
    expect(Buffer.concat(await Array.fromAsync(content)).toString()).toBe('docs/notes.md')
    const part = await openSnapshotFile(repository, snapId, 'docs/notes.md', { start: 5, end: 10 })
    expect(Buffer.concat(await Array.fromAsync(part.content)).toString()).toBe('notes')
    await expect(openSnapshotFile(repository, snapId, 'docs')).rejects.toMatchObject({
      code: 'invalid-input',
    })
  })
})

test('diff tells every change once and reads no folder that is the same', async () => {
  const { repository, first, second } = await twoBackups(() => {
    write('docs/notes.md', 'longer than before')
    write('new/inside.txt')
    rmSync(join(source, 'pictures'), { recursive: true })
    renameSync(join(source, 'docs/deep'), join(source, 'docs/deeper'))
    chmodSync(join(source, 'docs/Report 2026.txt'), 0o600)
    rmSync(join(source, 'top.txt'))
    mkdirSync(join(source, 'top.txt'))
  })
  const asked: string[] = []
  const { fetcher } = repository
  const watched = {
    ...repository,
    root: repository.root,
    fetcher: {
      ...fetcher,
      tree: (id: Uint8Array) => {
        asked.push(Buffer.from(id).toString('hex'))
        return fetcher.tree(id)
      },
    },
  }
  const changes = await Array.fromAsync(diffSnapshots(watched, first, second))
  expect(changes.map(({ change, path }) => `${change} ${path}`)).toEqual([
    'metadata docs/Report 2026.txt',
    'removed docs/deep',
    'removed docs/deep/er',
    'removed docs/deep/er/still.txt',
    'added docs/deeper',
    'added docs/deeper/er',
    'added docs/deeper/er/still.txt',
    'content docs/notes.md',
    'added new',
    'added new/inside.txt',
    'removed pictures',
    'removed pictures/Cat.JPG',
    'type top.txt',
  ])
  const unchanged = await listSnapshotFiles(repository, first, { folder: 'unchanged', recursive: false })
  expect(unchanged).toHaveLength(2)
  // Two roots, docs twice, deep and its er, deeper and its er, new, pictures, the new top.txt.
  expect(asked).toHaveLength(11)
  expect(await Array.fromAsync(diffSnapshots(repository, second, second))).toEqual([])
})

describe('find', () => {
  const openBook = () => openFindDatabase(join(folder, 'find.db'), nodeFiles, silentLog)

  test('finds names in all snapshots, with where and which', async () => {
    const { repository, first, second } = await twoBackups(() => {
      write('docs/notes.md', 'longer than before')
      rmSync(join(source, 'pictures'), { recursive: true })
      utimesSync(join(source, 'top.txt'), 1, 1)
    })
    const book = await openBook()
    await indexSnapshots(book, repository, nodeClock)
    const find = (name: string) =>
      findFiles(book, { repoId: repository.repoId, name }).map(({ path, snapIds }) => [
        path,
        [...snapIds].sort(),
      ])
    const both = [first, second].sort()
    expect(find('report')).toEqual([['docs/Report 2026.txt', both]])
    expect(find('cat')).toEqual([['pictures/Cat.JPG', [first]]])
    expect(find('still.txt')).toEqual([['docs/deep/er/still.txt', both]])
    expect(find('notes')).toHaveLength(2)
    expect(find('*.jpg')).toEqual([['pictures/Cat.JPG', [first]]])
    expect(find('*.md').map(([path]) => path)).toEqual(['docs/notes.md', 'docs/notes.md'])
    expect(find('er')).toEqual([['docs/deep/er', both]])
    expect(find('100%')).toEqual([])
    expect(find('"')).toEqual([])
    expect(findFiles(book, { repoId: 'another', name: 'report' })).toEqual([])
    book.close()
  })

  test('reads each directory once, forgets what was forgotten, and is made anew when damaged', async () => {
    const { place, repository, first, second } = await twoBackups(() => write('docs/new'))
    const book = await openBook()
    let reads = 0
    const { fetcher } = repository
    const counted = {
      ...repository,
      root: repository.root,
      fetcher: {
        ...fetcher,
        tree: (id: Uint8Array) => {
          reads++
          return fetcher.tree(id)
        },
      },
    }
    await indexSnapshots(book, counted, nodeClock)
    // Six directories of the first, and docs and the top once more.
    expect(reads).toBe(8)
    await indexSnapshots(book, counted, nodeClock)
    expect(reads).toBe(8)
    await place.log.append('forget', { snaps: [first] })
    await repository.refresh()
    await indexSnapshots(book, repository, nodeClock)
    const ids = findFiles(book, { repoId: repository.repoId, name: 'top.txt' }).map(({ snapIds }) => snapIds)
    expect(ids).toEqual([[second]])
    book.close()
    writeFileSync(join(folder, 'find.db'), randomBytes(10_000))
    const again = await openBook()
    await indexSnapshots(again, repository, nodeClock)
    expect(findFiles(again, { repoId: repository.repoId, name: 'top.txt' })).toHaveLength(1)
    again.close()
  })
})

describe('sizes', () => {
  const openTotals = () => openTotalsDatabase(join(folder, 'sizes.db'), nodeFiles, silentLog)
  const shown = (sizes: Awaited<ReturnType<typeof snapshotSizes>>) =>
    sizes.entries.map(({ path, bytes, files }) => [path, bytes, files])

  /** The repository, and how many directories were read through it. */
  function counting(repository: Awaited<ReturnType<typeof open>>) {
    const seen = { reads: 0 }
    const { fetcher } = repository
    const tree = (id: Uint8Array) => {
      seen.reads++
      return fetcher.tree(id)
    }
    return { seen, repository: { ...repository, root: repository.root, fetcher: { ...fetcher, tree } } }
  }

  test('says of each entry of a folder what it and all below it take, largest first', async () => {
    symlinkSync('top.txt', join(source, 'link'))
    const { places, snapId } = await backedUp([memoryStore()])
    const book = await openTotals()
    const repository = await open(places[0]!)
    const top = await snapshotSizes(book, repository, nodeClock, { snapId, folder: '' })
    expect(shown(top)).toEqual([
      ['pictures', 700_000, 1],
      ['docs', 'docs/Report 2026.txtdocs/notes.mddocs/deep/er/still.txt'.length, 3],
      ['unchanged', 22, 2],
      ['top.txt', 7, 1],
      ['link', 0, 1],
    ])
    expect(top).toMatchObject({ folder: '', bytes: 700_084, files: 8 })
    const docs = await snapshotSizes(book, repository, nodeClock, { snapId, folder: '/docs/' })
    expect(shown(docs)[0]).toEqual(['docs/deep', 22, 1])
    expect(docs.bytes).toBe(55)
    await expect(
      snapshotSizes(book, repository, nodeClock, { snapId, folder: 'top.txt' }),
    ).rejects.toMatchObject({ data: { reason: 'not-a-folder' } })
    book.close()
  })

  test('without a folder begins where there is something to choose from', async () => {
    for (const name of ['docs', 'pictures', 'top.txt', 'unchanged'])
      rmSync(join(source, name), { recursive: true })
    write('home/ada/one')
    write('home/ada/two/three')
    const { places, snapId } = await backedUp([memoryStore()])
    const book = await openTotals()
    const sizes = await snapshotSizes(book, await open(places[0]!), nodeClock, { snapId })
    expect(sizes.folder).toBe('home/ada')
    expect(shown(sizes).map(([path]) => path)).toEqual(['home/ada/two', 'home/ada/one'])
    book.close()
  })

  test('reads a directory once, whatever snapshot it is in, also after a new start; a cancelled pass is continued', async () => {
    const { repository: plain, first, second } = await twoBackups(() => write('docs/new'))
    const { seen, repository } = counting(plain)
    const book = await openTotals()
    await snapshotSizes(book, repository, nodeClock, { snapId: first, folder: '' })
    // Six directories, and the listing of the top.
    expect(seen.reads).toBe(7)
    await snapshotSizes(book, repository, nodeClock, { snapId: second, folder: '' })
    // The top and docs are others now; the listing.
    expect(seen.reads).toBe(10)
    book.close()
    const again = await openTotals()
    await snapshotSizes(again, repository, nodeClock, { snapId: second, folder: '' })
    expect(seen.reads).toBe(11)
    again.close()
    writeFileSync(join(folder, 'sizes.db'), randomBytes(10_000))
    const anew = await openTotals()
    const stop = new AbortController()
    const stopping = {
      ...repository,
      fetcher: {
        ...repository.fetcher,
        tree: (id: Uint8Array) => {
          if (seen.reads === 15) stop.abort()
          return repository.fetcher.tree(id)
        },
      },
    }
    const order = { snapId: second, folder: '', signal: stop.signal }
    await expect(snapshotSizes(anew, stopping, nodeClock, order)).rejects.toMatchObject({ code: 'cancelled' })
    const before = seen.reads
    await snapshotSizes(anew, repository, nodeClock, { snapId: second, folder: '' })
    // What was finished before the stop is not read again.
    expect(seen.reads - before).toBeLessThan(7)
    anew.close()
  })
})

test('sizes of an archive come from its entries', () => {
  const entry = (path: string, kind: 'file' | 'directory', sizeBytes = 0) => ({
    path,
    kind,
    sizeBytes,
    mode: 0o644,
    mtimeNs: 0n,
  })
  const entries = [
    entry('docs/a', 'file', 5),
    entry('docs/deep/b', 'file', 7),
    entry('docs/empty', 'directory'),
    entry('docs', 'directory'),
  ]
  expect(archiveSizes(entries)).toEqual({
    folder: 'docs',
    bytes: 12,
    files: 2,
    entries: [
      { path: 'docs/deep', kind: 'directory', bytes: 7, files: 1 },
      { path: 'docs/a', kind: 'file', bytes: 5, files: 1 },
      { path: 'docs/empty', kind: 'directory', bytes: 0, files: 0 },
    ],
  })
  expect(archiveSizes(entries, '').entries).toEqual([
    { path: 'docs', kind: 'directory', bytes: 12, files: 2 },
  ])
  expect(() => archiveSizes(entries, 'docs/a')).toThrow(expect.objectContaining({ code: 'invalid-input' }))
})
