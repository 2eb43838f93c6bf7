import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as syncFiles from '../../main/engine/env/node/sync-files.ts'
import type { RestoreJob } from '../../main/engine/restore/archive/restore-job.ts'
import { runRestore } from '../../main/engine/restore/archive/run-restore.ts'
import type { RestoreReport } from '../../main/engine/restore/restore-options.ts'
import type { SyncFiles } from '../../main/engine/restore/target/sync-files.ts'
import { hostileArchives } from '../formats/hostile-archives/corpus.ts'
import { gnuLong, tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'
import { EVIL_NAMES } from '../ground/evil-names.ts'

// A sandbox: `target` is restored into; `outside` beside it must never change.
let sandbox = ''
let target = ''
let outside = ''
beforeEach(() => {
  sandbox = realpathSync(mkdtempSync(join(tmpdir(), 'hostile-')))
  target = join(sandbox, 'target')
  outside = join(sandbox, 'outside')
  mkdirSync(target)
  mkdirSync(outside)
  writeFileSync(join(outside, 'canary'), 'alive', { mode: 0o640 })
})
afterEach(() => rmSync(sandbox, { recursive: true, force: true }))

let runs = 0
function restore(
  tar: Buffer,
  more: Partial<RestoreJob> = {},
  files: SyncFiles = syncFiles,
): Promise<RestoreReport> {
  const gzip = gzipSync(tar)
  const sha256 = createHash('sha256').update(gzip).digest('hex')
  const job: RestoreJob = {
    id: (++runs).toString(16).padStart(16, '0'),
    nowMs: Date.UTC(2026, 10, 21, 12),
    into: target,
    existing: 'replace',
    dryRun: false,
    owner: false,
    archive: { sizeBytes: gzip.length, sha256 },
    ...more,
  }
  return runRestore(job, { files, open: () => Readable.from([gzip]) })
}

/** Everything below a folder with kind, mode, owner, times and content: two listings are equal only if nothing changed. */
function listing(folder: string): string[] {
  const seen: string[] = []
  const walk = (path: string, name: string) => {
    const stat = lstatSync(path)
    const facts = `${stat.mode.toString(8)} ${stat.uid} ${stat.nlink} ${stat.mtimeMs} ${stat.ctimeMs}`
    const content = stat.isFile()
      ? readFileSync(path, 'latin1')
      : stat.isSymbolicLink()
        ? readlinkSync(path)
        : ''
    seen.push(`${name} ${facts} ${content}`)
    if (stat.isDirectory()) for (const child of readdirSync(path)) walk(join(path, child), `${name}/${child}`)
  }
  walk(folder, '')
  return seen.sort()
}

/** Paths below a folder as the corpus writes them. */
function tree(folder: string): string[] {
  const seen: string[] = []
  const walk = (at: string) => {
    for (const name of readdirSync(join(folder, at))) {
      const path = at === '' ? name : `${at}/${name}`
      const stat = lstatSync(join(folder, path))
      if (stat.isSymbolicLink()) seen.push(`${path} -> ${readlinkSync(join(folder, path))}`)
      else seen.push(stat.isDirectory() ? `${path}/` : path)
      if (stat.isDirectory()) walk(path)
    }
  }
  walk('')
  return seen.sort()
}

describe('the corpus restored beside a folder that must not change', () => {
  it.each(hostileArchives({ folder: '/corpus' }).map(({ name }) => name))('%s', async (name) => {
    const hostile = hostileArchives({ folder: outside }).find((each) => each.name === name)!
    const before = listing(outside)
    if (hostile.error) {
      await expect(restore(hostile.tar)).rejects.toMatchObject({ code: hostile.error })
      expect(tree(target)).toEqual([])
    } else {
      const report = await restore(hostile.tar)
      expect(report.refused.map(({ reason }) => reason)).toEqual(hostile.refused ?? [])
      expect(report.failed).toEqual([])
      expect(tree(target)).toEqual([...(hostile.restored ?? [])].sort())
    }
    expect(listing(outside)).toEqual(before)
    expect(readdirSync(sandbox).sort()).toEqual(['outside', 'target'])
  })
})

describe('attacks in two steps', () => {
  const planted = (): Buffer =>
    tarOf(tarEntry({ name: 'x/planted', content: 'x' }), tarEntry({ name: 'ok', content: 'ok' }))

  it.each(['skip', 'replace', 'rename'] as const)(
    'a link from one archive, a file below it from the next: %s',
    async (existing) => {
      await restore(tarOf(tarEntry({ name: 'x', type: '2', linkName: outside })))
      const before = listing(outside)
      const report = await restore(planted(), { existing })
      expect(listing(outside)).toEqual(before)
      expect(readFileSync(join(target, 'ok'), 'utf8')).toBe('ok')
      const paths = tree(target)
      if (existing === 'skip') {
        expect(report.refused).toEqual([{ path: 'x', reason: 'through-link' }])
        expect(paths).toEqual(['ok', `x -> ${outside}`])
      } else if (existing === 'rename') {
        expect(paths).toEqual(
          ['ok', `x -> ${outside}`, 'x (restored 2026-11-21)/', 'x (restored 2026-11-21)/planted'].sort(),
        )
      } else {
        expect(report.replacedInto).toMatch(/\.everstow-replaced-20261121_/)
        expect(readlinkSync(join(report.replacedInto!, 'x'))).toBe(outside)
        expect(readFileSync(join(target, 'x/planted'), 'utf8')).toBe('x')
      }
    },
  )

  it('links at every depth of the target', async () => {
    mkdirSync(join(target, 'a/b'), { recursive: true })
    symlinkSync(outside, join(target, 'a/b/c'))
    symlinkSync(join(outside, 'canary'), join(target, 'file'))
    const before = listing(outside)
    await restore(
      tarOf(tarEntry({ name: 'a/b/c/canary', content: 'dead' }), tarEntry({ name: 'file', content: 'dead' })),
    )
    expect(listing(outside)).toEqual(before)
    expect(readFileSync(join(target, 'a/b/c/canary'), 'utf8')).toBe('dead')
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('dead')
  })

  it('does not set modes or times through a link in the place of a folder', async () => {
    symlinkSync(outside, join(target, 'd'))
    const before = listing(outside)
    for (const existing of ['skip', 'rename', 'replace'] as const) {
      await restore(tarOf(tarEntry({ name: 'd', type: '5', mode: 0o700, mtime: 5 })), { existing })
      expect(listing(outside)).toEqual(before)
    }
  })

  it('takes a staging folder that an archive brought, or somebody else made, for nothing of ours', async () => {
    const fake = join(target, '.everstow-restore-00000000000000ff')
    mkdirSync(join(fake, 'tree'), { recursive: true, mode: 0o755 })
    const journal = { format: 1, owner: { pid: 999_999_999, startedAt: 'x' }, into: target, state: 'placing' }
    writeFileSync(
      join(fake, 'journal.json'),
      JSON.stringify({ ...journal, existing: 'replace', merged: [], closed: [] }),
    )
    writeFileSync(join(fake, 'tree/planted'), 'x')
    await restore(tarOf(tarEntry({ name: 'ok' })))
    expect(tree(target)).toContain('ok')
    expect(tree(target)).not.toContain('planted')
    expect(readFileSync(join(fake, 'tree/planted'), 'utf8')).toBe('x')
  })
})

describe('file systems that take two names for one', () => {
  /** The real file system with names folded, as on Windows and macOS: `open`, `mkdir` and the others find `README` under `readme`. */
  function folding(fold: (path: string) => string): SyncFiles {
    const names = new Map<string, string>()
    // The first spelling is the one on the disk.
    const real = (path: unknown): string => {
      let out = ''
      for (const part of String(path).split('/')) {
        const key = fold(`${out}/${part}`)
        const at = `${out}/${part}`
        if (!names.has(key)) names.set(key, at)
        out = names.get(key)!
      }
      return out.replace(/^\/\//, '/')
    }
    const one = <F extends (path: never, ...rest: never[]) => unknown>(call: F): F =>
      ((path: never, ...rest: never[]) => call(real(path) as never, ...rest)) as F
    return {
      ...syncFiles,
      openSync: one(syncFiles.openSync),
      mkdirSync: one(syncFiles.mkdirSync),
      lstatSync: one(syncFiles.lstatSync as never),
      unlinkSync: one(syncFiles.unlinkSync),
      readdirSync: one(syncFiles.readdirSync as never),
      chmodSync: one(syncFiles.chmodSync),
      utimesSync: one(syncFiles.utimesSync),
      lutimesSync: one(syncFiles.lutimesSync),
      linkSync: (from, to) => syncFiles.linkSync(real(from), real(to)),
      symlinkSync: (to, path) => syncFiles.symlinkSync(to, real(path)),
      renameSync: (from, to) => syncFiles.renameSync(real(from), real(to)),
    }
  }
  const lower = (path: string) => path.toLowerCase()

  it('refuses the second of two files that differ in case and says so; the first keeps its content', async () => {
    const tar = tarOf(
      tarEntry({ name: 'ReadMe', content: 'first' }),
      tarEntry({ name: 'README', content: 'second' }),
    )
    const report = await restore(tar, {}, folding(lower))
    expect(report.refused).toEqual([{ path: 'README', reason: 'name-collision' }])
    expect(report.restored).toBe(1)
    expect(readFileSync(join(target, 'ReadMe'), 'utf8')).toBe('first')
  })

  it('does so for Unicode forms', async () => {
    const tar = tarOf(
      tarEntry({ name: 'caf\u00e9', content: 'first' }),
      tarEntry({ name: 'cafe\u0301', content: 'second' }),
    )
    const report = await restore(
      tar,
      {},
      folding((path) => path.normalize('NFC')),
    )
    expect(report.refused.map(({ reason }) => reason)).toEqual(['name-collision'])
    expect(readFileSync(join(target, 'caf\u00e9'), 'utf8')).toBe('first')
  })

  it('does not let a link stand in for a folder of another spelling, nor a hard link find the wrong file', async () => {
    const before = listing(outside)
    const tar = tarOf(
      tarEntry({ name: 'Link', type: '2', linkName: outside }),
      tarEntry({ name: 'link', type: '5' }),
      tarEntry({ name: 'link/planted', content: 'x' }),
      tarEntry({ name: 'a', content: 'lower' }),
      tarEntry({ name: 'A', content: 'upper' }),
      tarEntry({ name: 'hard', type: '1', linkName: 'A' }),
      tarEntry({ name: 'Dir', type: '5' }),
      tarEntry({ name: 'DIR/file', content: 'x' }),
    )
    const report = await restore(tar, {}, folding(lower))
    expect(listing(outside)).toEqual(before)
    expect(report.refused.map(({ path }) => path).sort()).toEqual(['A', 'DIR/file', 'Link', 'hard'])
    expect(tree(target)).toEqual(['Dir/', 'a', 'link/', 'link/planted'])
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('lower')
  })
})

describe('names', () => {
  it(`restores ${EVIL_NAMES.length} evil names byte for byte`, async () => {
    expect(EVIL_NAMES.length).toBeGreaterThan(500)
    const entries = EVIL_NAMES.map((name) => {
      const long = name.length > 100 ? [gnuLong('L', name.toString('utf8'))] : []
      return Buffer.concat([...long, tarEntry({ name, content: name })])
    })
    const report = await restore(tarOf(...entries))
    expect([report.refused, report.failed]).toEqual([[], []])
    const found = readdirSync(target, { encoding: 'buffer' }).map((name) => name.toString('latin1'))
    expect(found.sort()).toEqual(EVIL_NAMES.map((name) => name.toString('latin1')).sort())
    for (const name of EVIL_NAMES) {
      const path = Buffer.concat([Buffer.from(`${target}/`), name])
      expect(readFileSync(path).equals(name)).toBe(true)
    }
  })

  it('restores paths below bytes that are not UTF-8', async () => {
    const dir = Buffer.from('d\xe9r', 'latin1')
    const inside = (name: string) => Buffer.concat([dir, Buffer.from(`/${name}`)])
    const tar = tarOf(
      tarEntry({ name: dir, type: '5', mode: 0o750 }),
      tarEntry({ name: inside('one'), content: '1' }),
      tarEntry({ name: inside('two'), type: '1', linkName: inside('one') }),
      tarEntry({ name: inside('three'), type: '2', linkName: Buffer.from('\xff', 'latin1') }),
    )
    const report = await restore(tar)
    expect(report).toMatchObject({ restored: 3, links: 1, directories: 1, refusedCount: 0, failedCount: 0 })
    const folder = Buffer.concat([Buffer.from(`${target}/`), dir])
    expect(lstatSync(folder).mode & 0o777).toBe(0o750)
    expect(readdirSync(folder).sort()).toEqual(['one', 'three', 'two'])
    expect(readlinkSync(Buffer.concat([folder, Buffer.from('/three')]), { encoding: 'buffer' })).toEqual(
      Buffer.from([0xff]),
    )
    expect(lstatSync(Buffer.concat([folder, Buffer.from('/two')])).nlink).toBe(2)
  })

  it('fails for one file, not for all, where a name is too long for the disk', async () => {
    const tar = tarOf(
      gnuLong('L', 'x'.repeat(256)),
      tarEntry({ name: 'x' }),
      tarEntry({ name: 'ok', content: 'ok' }),
    )
    const report = await restore(tar)
    expect(report.failed.map(({ code }) => code)).toEqual(['ENAMETOOLONG'])
    expect(tree(target)).toEqual(['ok'])
  })
})

describe('random lies', () => {
  it('never writes outside: 200 random mixtures of links, folders and files', {
    timeout: 120_000,
  }, async () => {
    let state = 42
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
      return state % below
    }
    const names = ['a', 'b', 'a/b', 'a/b/c', 'b/a', '.', '..', 'a/..', '../outside', 'A', 'a/', './a']
    const goals = [outside, '..', '.', '../outside', 'a', 'b', 'a/b', '/', 'a/../..']
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
    const before = listing(outside)
    for (let round = 0; round < 200; round++) {
      const entries = Array.from({ length: 12 }, () => {
        const type = pick(['0', '0', '1', '2', '2', '5'])
        const name = type === '0' ? `${pick(names)}/${pick(['canary', 'f'])}` : pick(names)
        return tarEntry({ name, type, linkName: pick(goals), content: type === '0' ? `round ${round}` : '' })
      })
      await restore(tarOf(...entries), { existing: pick(['skip', 'replace', 'rename']), nowMs: round * 1000 })
      expect(listing(outside)).toEqual(before)
    }
    expect(readdirSync(sandbox).sort()).toEqual(['outside', 'target'])
    expect(readdirSync(target).filter((name) => name.startsWith('.everstow-restore'))).toEqual([])
  })
})
