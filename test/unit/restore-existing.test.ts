import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import type { RestoreReport } from '../../main/engine/restore/restore-options.ts'
import { tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'
import { expectClean, restore, simple, sourceOf, target, text } from './restore-ground.ts'

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
