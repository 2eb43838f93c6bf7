import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArchiveSource } from '../../main/engine/archive/read/archive-source.ts'
import { readIndex } from '../../main/engine/archive/read/read-index.ts'
import * as syncFiles from '../../main/engine/env/node/sync-files.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import type {
  RestoreOptions,
  RestoreProgress,
  RestoreReport,
} from '../../main/engine/restore/restore-options.ts'
import { selectPaths } from '../../main/engine/restore/select-paths.ts'
import { findTarget } from '../../main/engine/restore/target/target.ts'
import { refusalOf, restoredName } from '../../main/engine/restore/target/target-name.ts'
import { type IndexedFile, indexedArchive, indexFile } from '../formats/hostile-archives/indexed-archive.ts'
import { tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'

let folder = ''
let target = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'restore-')))
  target = join(folder, 'target')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A source in memory that notes which ranges were asked for. */
function sourceOf(gzip: Buffer, more: Partial<ArchiveSource> = {}) {
  const opened: ({ start: number; end: number } | undefined)[] = []
  const source: ArchiveSource = {
    sizeBytes: gzip.length,
    sha256: sha256(gzip),
    open: (range) => {
      opened.push(range)
      const bytes = range ? gzip.subarray(range.start, range.end) : gzip
      return Readable.from(
        (function* () {
          for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
        })(),
      )
    },
    ...more,
  }
  return { source, opened }
}

const restore = (gzip: Buffer, more: Partial<RestoreOptions> = {}): Promise<RestoreReport> =>
  restoreArchive({ source: sourceOf(gzip).source, into: target, existing: 'skip', ...more })

const simple = (files: Readonly<Record<string, string>>): Buffer =>
  gzipSync(tarOf(...Object.entries(files).map(([name, content]) => tarEntry({ name, content }))))

const text = (path: string): string => readFileSync(join(target, path), 'utf8')

/** Nothing of ours is left: no staging folder in or beside the target. */
const expectClean = () => {
  for (const place of [folder, target]) {
    if (existsSync(place))
      expect(readdirSync(place).filter((name) => name.startsWith('.everstow-restore'))).toEqual([])
  }
}

describe('a round trip', () => {
  it('brings back content, modes, times, links and empty folders as GNU tar packed them', async () => {
    const tree = join(folder, 'tree')
    mkdirSync(join(tree, 'a/b/empty'), { recursive: true })
    writeFileSync(join(tree, 'a/file'), 'content')
    writeFileSync(join(tree, 'a/zero'), '')
    writeFileSync(join(tree, 'script'), '#!/bin/sh', { mode: 0o755 })
    writeFileSync(join(tree, 'secret'), 'x', { mode: 0o600 })
    writeFileSync(join(tree, 'big'), Buffer.alloc(5_000_000, 'pattern'))
    linkSync(join(tree, 'a/file'), join(tree, 'hard'))
    symlinkSync('a/file', join(tree, 'relative'))
    symlinkSync('/nowhere/at/all', join(tree, 'absolute'))
    symlinkSync('../../out', join(tree, 'a/out'))
    chmodSync(join(tree, 'a/b'), 0o555)
    for (const [path, time] of [
      ['a/file', 1_600_000_000.123456],
      ['a/b', 1_500_000_000.5],
      ['big', 1_700_000_000.987654],
      ['a', 1_400_000_000],
    ] as const)
      utimesSync(join(tree, path), time, time)
    const archive = join(folder, 'a.tar.gz')
    execFileSync('tar', ['-czf', archive, '--format', 'posix', '-C', tree, '.'])

    const bytes = readFileSync(archive)
    const report = await restoreArchive({
      source: { sizeBytes: bytes.length, sha256: sha256(bytes), open: () => createReadStream(archive) },
      into: target,
      existing: 'skip',
    })
    expect(report).toMatchObject({
      restored: 9,
      links: 3,
      directories: 3,
      refusedCount: 0,
      failedCount: 0,
      verified: 'sha256',
    })
    expect(report.bytesRead).toBe(bytes.length)
    execFileSync('diff', ['-r', '--no-dereference', tree, target])
    for (const path of [
      'a',
      'a/b',
      'a/b/empty',
      'a/file',
      'a/zero',
      'script',
      'secret',
      'big',
      'relative',
      'absolute',
      'a/out',
    ]) {
      const [was, is] = [
        lstatSync(join(tree, path), { bigint: true }),
        lstatSync(join(target, path), { bigint: true }),
      ]
      expect([path, is.mode]).toEqual([path, was.mode])
      const differenceNs = is.mtimeNs > was.mtimeNs ? is.mtimeNs - was.mtimeNs : was.mtimeNs - is.mtimeNs
      expect(differenceNs).toBeLessThanOrEqual(120n)
    }
    expect(statSync(join(target, 'hard')).ino).toBe(statSync(join(target, 'a/file')).ino)
    expectClean()
  })

  it('drops setuid and setgid unless owners are restored too', async () => {
    const tar = tarOf(
      tarEntry({ name: 'suid', mode: 0o6755, uid: 12_345, gid: 23_456, content: 'x' }),
      tarEntry({ name: 'dir', type: '5', mode: 0o2775, uid: 12_345, gid: 23_456 }),
      tarEntry({ name: 'link', type: '2', linkName: 'suid', uid: 12_345, gid: 23_456 }),
    )
    await restore(gzipSync(tar))
    expect(lstatSync(join(target, 'suid')).mode & 0o7777).toBe(0o755)
    expect(lstatSync(join(target, 'dir')).mode & 0o7777).toBe(0o775)
    if (userId() !== 0) return
    await restore(gzipSync(tar), { into: join(folder, 'owned'), owner: true })
    for (const [path, mode] of [
      ['suid', 0o6755],
      ['dir', 0o2775],
      ['link', 0o777],
    ] as const) {
      const stat = lstatSync(join(folder, 'owned', path))
      expect([path, stat.mode & 0o7777, stat.uid, stat.gid]).toEqual([path, mode, 12_345, 23_456])
    }
  })

  it('makes the target and everything above it, and works through a link to it', async () => {
    const deep = join(folder, 'not/there/yet')
    await restore(simple({ 'a/b': '1' }), { into: deep })
    expect(readFileSync(join(deep, 'a/b'), 'utf8')).toBe('1')
    symlinkSync(deep, join(folder, 'shortcut'))
    const report = await restore(simple({ 'a/c': '2' }), { into: join(folder, 'shortcut') })
    expect(report.into).toBe(deep)
    expect(readFileSync(join(deep, 'a/c'), 'utf8')).toBe('2')
  })

  it('takes the root of a volume for what it is', () => {
    expect(findTarget(syncFiles, '/')).toEqual({ into: '/', base: '/' })
    expect(findTarget(syncFiles, '/no-such-folder/x/')).toEqual({ into: '/no-such-folder/x', base: '/' })
  })

  it('refuses a target that is no folder', async () => {
    writeFileSync(target, 'a file')
    await expect(restore(simple({ a: '1' }))).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(restore(simple({ a: '1' }), { into: 'relative' })).rejects.toMatchObject({
      code: 'invalid-input',
    })
    expect(readFileSync(target, 'utf8')).toBe('a file')
  })
})

describe('verified before visible', () => {
  const gzip = simple({ 'a/one': 'one', two: 'two' })

  it.each([
    ['wrong SHA-256', { sha256: '0'.repeat(64) }],
    ['wrong MD5', { sha256: undefined as never, md5: '0'.repeat(32) }],
    ['wrong size', { sizeBytes: 5 }],
  ])('%s: the target stays as it was', async (_, wrong) => {
    mkdirSync(target)
    writeFileSync(join(target, 'two'), 'mine')
    const { source } = sourceOf(gzip, wrong)
    await expect(restoreArchive({ source, into: target, existing: 'replace' })).rejects.toMatchObject({
      code: 'archive-damaged',
    })
    expect(readdirSync(target)).toEqual(['two'])
    expect(text('two')).toBe('mine')
    await expect(restoreArchive({ source, into: join(folder, 'new'), existing: 'skip' })).rejects.toThrow()
    expect(existsSync(join(folder, 'new'))).toBe(false)
    expectClean()
  })

  it('says what proved it', async () => {
    const md5 = createHash('md5').update(gzip).digest('hex').toUpperCase()
    const old = sourceOf(gzip, { sha256: undefined as never, md5 })
    expect((await restoreArchive({ ...old, into: target, existing: 'skip' })).verified).toBe('md5')
    const bare = sourceOf(gzip, { sha256: undefined as never })
    expect((await restoreArchive({ ...bare, into: target, existing: 'skip' })).verified).toBe('crc')
  })

  it('passes on what the source failed with, and leaves nothing', async () => {
    const failing = (): Readable =>
      Readable.from(
        (async function* () {
          yield gzip.subarray(0, 20)
          throw new EverstowError('throttled', { data: { place: 'r2' }, retryAfterMs: 5 })
        })(),
      )
    const broken = { sizeBytes: gzip.length, open: failing }
    await expect(restoreArchive({ source: broken, into: target, existing: 'skip' })).rejects.toMatchObject({
      code: 'throttled',
      data: { place: 'r2' },
      retryAfterMs: 5,
    })
    const refusing = {
      sizeBytes: gzip.length,
      open: () => {
        throw new EverstowError('object-missing')
      },
    }
    await expect(restoreArchive({ source: refusing, into: target, existing: 'skip' })).rejects.toMatchObject({
      code: 'object-missing',
    })
    expect(existsSync(target)).toBe(false)
    expectClean()
  })

  it('stops a bomb before it fills the disk, and takes the caller’s word for the true size', async () => {
    const bomb = gzipSync(tarOf(tarEntry({ name: 'zeros', content: Buffer.alloc(20_000_000) })))
    await expect(restore(bomb, { limits: { ratioFromBytes: 1_000_000 } })).rejects.toMatchObject({
      code: 'archive-too-large',
    })
    expectClean()
    const small = gzipSync(tarOf(tarEntry({ name: 'zeros', content: Buffer.alloc(1_000_000) })))
    await expect(restore(small, { expectedTarBytes: 500_000 })).rejects.toMatchObject({
      code: 'archive-too-large',
    })
    expect((await restore(small, { expectedTarBytes: 1_001_536 + 512 })).restored).toBe(1)
  })
})

describe('a volume that is too small', () => {
  it('is refused before anything is read, with what is needed and what is free', async () => {
    const gzip = simple({ a: 'a', b: 'b' })
    await expect(restore(gzip, { contentBytes: 2 ** 52 })).rejects.toMatchObject({
      code: 'disk-full',
      data: { reason: 'too-small', neededBytes: 2 ** 52, freeBytes: expect.any(Number), path: target },
    })
    expect(existsSync(target)).toBe(false)
    expectClean()
    // Chosen paths need less than the whole, and what `skip` leaves alone needs nothing.
    expect((await restore(gzip, { contentBytes: 2 ** 52, paths: ['a'] })).restored).toBe(1)
    expect((await restore(gzip, { contentBytes: 2 ** 52, existing: 'skip' })).restored).toBe(1)
  })
})

describe('what is there already', () => {
  const gzip = simple({ 'd/same': 'same', 'd/other': 'archive', 'd/new': 'new', 'e/x': 'x' })
  beforeEach(() => {
    mkdirSync(join(target, 'd'), { recursive: true })
    writeFileSync(join(target, 'd/same'), 'same')
    writeFileSync(join(target, 'd/other'), 'mine, and longer')
    writeFileSync(join(target, 'mine'), 'untouched')
  })

  const counts = ({
    restored,
    replaced,
    renamed,
    unchanged,
    skipped,
    directories,
    bytes,
  }: RestoreReport) => ({
    restored,
    replaced,
    renamed,
    unchanged,
    skipped,
    directories,
    bytes,
  })
  const expected = {
    skip: { restored: 2, replaced: 0, renamed: 0, unchanged: 0, skipped: 2, directories: 1, bytes: 4 },
    replace: { restored: 2, replaced: 1, renamed: 0, unchanged: 1, skipped: 0, directories: 1, bytes: 11 },
    rename: { restored: 2, replaced: 0, renamed: 1, unchanged: 1, skipped: 0, directories: 1, bytes: 11 },
  } as const

  it.each(['skip', 'replace', 'rename'] as const)(
    '%s: the dry run tells what the restore then does',
    async (existing) => {
      const before = execFileSync('ls', ['-laR', '--time-style=full-iso', target], { encoding: 'utf8' })
      const dry = await restore(gzip, { existing, dryRun: true })
      expect(execFileSync('ls', ['-laR', '--time-style=full-iso', target], { encoding: 'utf8' })).toBe(before)
      expect(dry.dryRun).toBe(true)
      const real = await restore(gzip, { existing })
      expect(counts(real)).toEqual(expected[existing])
      expect(counts(dry)).toEqual(counts(real))
      expect([text('d/new'), text('e/x'), text('mine'), text('d/same')]).toEqual([
        'new',
        'x',
        'untouched',
        'same',
      ])
      expect(text('d/other')).toBe(existing === 'replace' ? 'archive' : 'mine, and longer')
      expectClean()
    },
  )

  it('replace keeps the old file, whole, with its mode and time', async () => {
    utimesSync(join(target, 'd/other'), 1_000_000_000, 1_000_000_000)
    chmodSync(join(target, 'd/other'), 0o640)
    const { replacedInto } = await restore(gzip, { existing: 'replace' })
    const kept = join(replacedInto!, 'd/other')
    expect(readFileSync(kept, 'utf8')).toBe('mine, and longer')
    expect([statSync(kept).mtimeMs, statSync(kept).mode & 0o777]).toEqual([1e12, 0o640])
    expect(readdirSync(replacedInto!)).toEqual(['d'])
    // A second restore in the same second has its own folder.
    writeFileSync(join(target, 'd/other'), 'again')
    const second = await restore(gzip, { existing: 'replace' })
    expect(readFileSync(join(second.replacedInto!, 'd/other'), 'utf8')).toBe('again')
    expect(readFileSync(kept, 'utf8')).toBe('mine, and longer')
  })

  it('rename goes on counting, beside folders and links too', async () => {
    const clock = { now: () => new Date(2026, 10, 21, 9).getTime() }
    const random = {
      bytes: (count: number) => new Uint8Array(count).map(() => Math.floor(Math.random() * 256)),
      float: Math.random,
    }
    const again = (files: Readonly<Record<string, string>>) =>
      restoreArchive(
        { source: sourceOf(simple(files)).source, into: target, existing: 'rename' },
        { clock, random },
      )
    mkdirSync(join(target, 'folder'))
    symlinkSync('mine', join(target, 'link.txt'))
    await again({ 'd/other': 'first', folder: 'file', 'link.txt': 'file', 'mine/sub': 'in' })
    await again({ 'd/other': 'second' })
    expect(readdirSync(target).sort()).toEqual(
      [
        'd',
        'folder',
        'folder (restored 2026-11-21)',
        'link (restored 2026-11-21).txt',
        'link.txt',
        'mine',
        'mine (restored 2026-11-21)',
      ].sort(),
    )
    expect(text('mine (restored 2026-11-21)/sub')).toBe('in')
    expect([text('d/other (restored 2026-11-21)'), text('d/other (restored 2026-11-21 2)')]).toEqual([
      'first',
      'second',
    ])
  })

  it('replace moves a folder aside for a file, and a file for a folder', async () => {
    const { replacedInto, replaced } = await restore(
      simple({ d: 'now a file', 'mine/inside': 'now a folder' }),
      { existing: 'replace' },
    )
    expect([text('d'), text('mine/inside'), replaced]).toEqual(['now a file', 'now a folder', 1])
    expect(readFileSync(join(replacedInto!, 'd/other'), 'utf8')).toBe('mine, and longer')
    expect(readFileSync(join(replacedInto!, 'mine'), 'utf8')).toBe('untouched')
  })

  it('sets modes and times of folders that were there only when replacing', async () => {
    chmodSync(join(target, 'd'), 0o700)
    const tar = gzipSync(
      tarOf(
        tarEntry({ name: 'd', type: '5', mode: 0o755, mtime: 1_000_000_000 }),
        tarEntry({ name: 'd/new2', content: 'x' }),
      ),
    )
    await restore(tar, { existing: 'skip' })
    expect(statSync(join(target, 'd')).mode & 0o777).toBe(0o700)
    rmSync(join(target, 'd/new2'))
    await restore(tar, { existing: 'replace' })
    expect([statSync(join(target, 'd')).mode & 0o777, statSync(join(target, 'd')).mtimeMs]).toEqual([
      0o755, 1e12,
    ])
  })

  it('an equal symlink is unchanged, another one is in the way', async () => {
    const tar = gzipSync(
      tarOf(
        tarEntry({ name: 'l', type: '2', linkName: 'a' }),
        tarEntry({ name: 'm', type: '2', linkName: 'a' }),
      ),
    )
    symlinkSync('a', join(target, 'l'))
    symlinkSync('b', join(target, 'm'))
    const dry = await restore(tar, { existing: 'replace', dryRun: true })
    const real = await restore(tar, { existing: 'replace' })
    expect(counts(real)).toMatchObject({ unchanged: 1, replaced: 1, restored: 0 })
    expect(counts(dry)).toEqual(counts(real))
    expect([real.links, readlinkSync(join(target, 'm'))]).toEqual([1, 'a'])
  })
})

describe('choosing', () => {
  const gzip = simple({
    'docs/a.txt': 'a',
    'docs/sub/b.txt': 'b',
    'docs/sub/c.md': 'c',
    'docs2/d': 'd',
    'odd[1]*.txt': 'odd',
    '.hidden/x.md': 'h',
  })

  it.each<[readonly string[], readonly string[], readonly string[]]>([
    [['docs'], ['docs/a.txt', 'docs/sub/b.txt', 'docs/sub/c.md'], []],
    [['docs/'], ['docs/a.txt', 'docs/sub/b.txt', 'docs/sub/c.md'], []],
    [['./docs/sub/b.txt'], ['docs/sub/b.txt'], []],
    [['**/*.md'], ['.hidden/x.md', 'docs/sub/c.md'], []],
    [['docs/s*'], ['docs/sub/b.txt', 'docs/sub/c.md'], []],
    [['odd[1]*.txt'], ['odd[1]*.txt'], []],
    [['docs2', 'nothing', 'doc'], ['docs2/d'], ['nothing', 'doc']],
  ])('%j', async (paths, restored, missing) => {
    const report = await restore(gzip, { paths })
    const found = execFileSync('find', ['.', '-type', 'f'], { cwd: target, encoding: 'utf8' })
    expect(
      found
        .trim()
        .split('\n')
        .map((path) => path.slice(2))
        .sort(),
    ).toEqual([...restored].sort())
    expect([report.restored, report.missing]).toEqual([restored.length, missing])
  })

  it('makes nothing when nothing matches, and refuses paths that lead out', async () => {
    const report = await restore(gzip, { paths: ['nothing'] })
    expect([report.restored, report.missing, existsSync(target)]).toEqual([0, ['nothing'], false])
    for (const bad of ['../x', '/x', '', 'a/../b']) {
      await expect(restore(gzip, { paths: [bad] })).rejects.toMatchObject({
        code: 'invalid-input',
        data: { field: 'paths' },
      })
    }
  })

  it('gives folders on the way their own mode and time', async () => {
    const tar = gzipSync(
      tarOf(
        tarEntry({ name: 'p', type: '5', mode: 0o711, mtime: 1_000_000_000 }),
        tarEntry({ name: 'p/other', content: 'x' }),
        tarEntry({ name: 'p/wanted', content: 'x' }),
        tarEntry({ name: 'q', type: '5', mode: 0o711 }),
      ),
    )
    await restore(tar, { paths: ['p/wanted'] })
    expect([statSync(join(target, 'p')).mode & 0o777, statSync(join(target, 'p')).mtimeMs]).toEqual([
      0o711, 1e12,
    ])
    expect([readdirSync(target), readdirSync(join(target, 'p'))]).toEqual([['p'], ['wanted']])
  })

  it('finds the content of a hard link whose first name was not chosen', async () => {
    const tar = gzipSync(
      tarOf(
        tarEntry({ name: 'first', content: 'shared content' }),
        tarEntry({ name: 'x/second', type: '1', linkName: 'first' }),
        tarEntry({ name: 'x/third', type: '1', linkName: 'first' }),
      ),
    )
    const report = await restore(tar, { paths: ['x'] })
    expect([text('x/second'), text('x/third'), report.restored, report.refusedCount]).toEqual([
      'shared content',
      'shared content',
      2,
      0,
    ])
    expect(statSync(join(target, 'x/second')).ino).toBe(statSync(join(target, 'x/third')).ino)
    expect(readdirSync(target)).toEqual(['x'])
  })

  it('knows the folders that lead to a wish', () => {
    const { choose } = selectPaths(['a/b/*.txt', 'c/d'])
    const folderChoice = (path: string) => choose({ path, kind: 'directory' })
    expect(['a', 'a/b', 'c', 'c/d', 'e'].map(folderChoice)).toEqual([
      'above',
      'above',
      'above',
      'take',
      'leave',
    ])
  })
})

describe('with an index', () => {
  const files: IndexedFile[] = Array.from({ length: 200 }, (_, n) => ({
    path: `d${n % 10}/file${n}`,
    content: Buffer.from(`${n}: `.repeat(3000)),
  }))
  files.push({ path: 'links/hard', linkTo: 'd5/file5' }, { path: 'empty', content: Buffer.alloc(0) })
  const archive = indexedArchive(files)
  const index = () => readIndex(Readable.from([indexFile(archive.lines)]))
  const options = async (paths: string[]) => ({
    index: (await index())!,
    paths,
    into: target,
    existing: 'skip' as const,
  })

  it('fetches only what is chosen, checks each file, and says so beforehand', async () => {
    const { source, opened } = sourceOf(archive.gzip)
    const given = await options(['d3/file13', 'd7/file197', 'links', 'empty'])
    const dry = await restoreArchive({ source, ...given, dryRun: true })
    expect(opened).toEqual([])
    const report = await restoreArchive({ source, ...given })
    expect(report).toMatchObject({ restored: 4, verified: 'sha256-of-files', missing: [], refusedCount: 0 })
    expect(text('d3/file13')).toBe('13: '.repeat(3000))
    expect(text('links/hard')).toBe('5: '.repeat(3000))
    expect(opened.length).toBe(3)
    expect(report.bytesRead).toBeLessThan(archive.gzip.length / 10)
    expect(dry.bytesRead).toBeLessThanOrEqual(report.bytesRead)
    expect(dry.restored).toBe(4)
    expectClean()
  })

  it('reads neighbours in one request', async () => {
    const { source, opened } = sourceOf(archive.gzip)
    const report = await restoreArchive({ source, ...(await options(['d1', 'd2'])) })
    expect([report.restored, opened.length]).toEqual([40, 1])
  })

  it('reads everything where an index proves wrong, or belongs to another archive', async () => {
    const given = await options(['d3/file13'])
    const wrongSum = {
      ...given.index,
      entries: given.index.entries.map((entry) =>
        entry.kind === 'file' ? { ...entry, sha256: '0'.repeat(64) } : entry,
      ),
    }
    const first = sourceOf(archive.gzip)
    expect(await restoreArchive({ source: first.source, ...given, index: wrongSum })).toMatchObject({
      restored: 1,
      verified: 'sha256',
    })
    expect(first.opened.at(-1)).toBeUndefined()
    const second = sourceOf(archive.gzip)
    const other = { ...given.index, gzipBytes: 7 }
    expect(
      await restoreArchive({ source: second.source, ...given, index: other, into: join(folder, 'other') }),
    ).toMatchObject({
      restored: 1,
      verified: 'sha256',
    })
    expect(second.opened).toEqual([undefined])
  })

  it('finds damage in the very blocks it reads', async () => {
    const broken = Buffer.from(archive.gzip)
    broken.fill(0x33, Math.floor(broken.length / 2), Math.floor(broken.length / 2) + 300)
    const { source } = sourceOf(broken, { sha256: archive.sha256 })
    await expect(
      restoreArchive({ source, ...(await options(['d0', 'd1', 'd2', 'd3', 'd4', 'd5'])) }),
    ).rejects.toMatchObject({
      code: 'archive-damaged',
    })
    expect(existsSync(target)).toBe(false)
    expectClean()
  })
})

describe('being watched and stopped', () => {
  it('tells progress and leaves the caller’s thread free', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 2000 }, (_, n) => [`dir${n % 50}/file${n}`, `content ${n}`]),
    )
    const gzip = simple(many)
    const seen: RestoreProgress[] = []
    let beats = 0
    const beat = setInterval(() => beats++, 2)
    await restore(gzip, { onProgress: (progress) => seen.push(progress) })
    clearInterval(beat)
    // Blocked for the whole of the work there would be one at most.
    expect(beats).toBeGreaterThan(5)
    expect(seen.at(-1)).toMatchObject({ phase: 'placing', files: 2000 })
    const read = seen.filter(({ phase }) => phase === 'reading').map(({ bytesRead }) => bytesRead)
    expect(read).toEqual([...read].sort((a, b) => a - b))
    expect(read.at(-1)).toBe(gzip.length)
  })

  it('cancelled: nothing is left, even when the source hangs', async () => {
    const stop = new AbortController()
    const hanging = new Readable({ read() {} })
    hanging.push(simple({ a: 'x' }).subarray(0, 30))
    const source = { sizeBytes: 1000, open: () => hanging }
    const restoring = restoreArchive({
      source,
      into: target,
      existing: 'skip',
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(restoring).rejects.toMatchObject({ code: 'cancelled' })
    expect(hanging.destroyed).toBe(true)
    expect(existsSync(target)).toBe(false)
    expectClean()
    await expect(restore(simple({ a: 'x' }), { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})

describe('names on Windows', () => {
  it.each([
    'C:',
    'C:\\x',
    'a\\..\\b',
    'con',
    'a/NUL.txt',
    'com1',
    'x.',
    'x ',
    'a<b',
    'q?',
    'tab\t',
    'stream:$DATA',
    '\0caf\xe9',
  ])('refuses %j', (name) => {
    expect(refusalOf(name, 'C:/target', 'windows')).toBe('unportable-name')
  })
  it.each(['console', 'a.b.c', 'ünï', 'com10', '.hidden', 'a b'])('takes %j', (name) => {
    expect(refusalOf(name, 'C:/target', 'windows')).toBeUndefined()
  })
  it('makes legal new names out of long ones without cutting a character', () => {
    const name = restoredName(Buffer.from(`${'é'.repeat(120)}.text`), '2026-11-21', 12)
    expect(name.length).toBeLessThanOrEqual(255)
    expect(name.toString('utf8')).toMatch(/^é+ \(restored 2026-11-21 12\)\.text$/)
    expect(restoredName(Buffer.from('.bashrc'), '2026-11-21', 1).toString()).toBe(
      '.bashrc (restored 2026-11-21)',
    )
  })
})

function userId(): number {
  return lstatSync(folder).uid
}
