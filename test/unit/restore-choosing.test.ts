import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readIndex } from '../../main/engine/archive/read/read-index.ts'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import { selectPaths } from '../../main/engine/restore/select-paths.ts'
import { type IndexedFile, indexedArchive, indexFile } from '../formats/hostile-archives/indexed-archive.ts'
import { tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'
import { expectClean, folder, restore, simple, sourceOf, target, text } from './restore-ground.ts'

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
