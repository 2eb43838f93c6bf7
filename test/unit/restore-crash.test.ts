import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as syncFiles from '../../main/engine/env/node/sync-files.ts'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import type { RestoreJob } from '../../main/engine/restore/archive/restore-job.ts'
import { runRestore } from '../../main/engine/restore/archive/run-restore.ts'
import type { RestoreReport } from '../../main/engine/restore/restore-options.ts'
import { tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'

let folder = ''
let target = ''
const children: ChildProcess[] = []
const mounts: string[] = []
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'restore-crash-')))
  target = join(folder, 'target')
  mkdirSync(target)
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const mount of mounts.splice(0)) execFileSync('umount', [mount])
  rmSync(folder, { recursive: true, force: true })
})

const ENGINE = fileURLToPath(new URL('../../main/engine/', import.meta.url))
const MODULE = `${ENGINE}restore/archive/restore-archive.ts`

/** Runs a restore of an archive file in a process of its own that says `reading`, `placing` and `done` as it gets there. */
function restoreInChild(
  archive: string,
  into: string,
  more: { readonly slow?: boolean; readonly uid?: number } = {},
) {
  const program = `
    import { createReadStream, readFileSync, statSync } from 'node:fs'
    import { Readable } from 'node:stream'
    import { setTimeout } from 'node:timers/promises'
    ${more.uid === undefined ? '' : `process.setgid(${more.uid}); process.setgroups([]); process.setuid(${more.uid})`}
    const { restoreArchive } = await import(${JSON.stringify(MODULE)})
    const slowly = async function* () {
      for await (const chunk of createReadStream(${JSON.stringify(archive)}, { highWaterMark: 4096 })) {
        yield chunk
        await setTimeout(20)
      }
    }
    const source = {
      sizeBytes: statSync(${JSON.stringify(archive)}).size,
      open: () => ${more.slow ? 'Readable.from(slowly())' : `createReadStream(${JSON.stringify(archive)})`},
    }
    let phase = ''
    const onProgress = (progress) => {
      if (progress.phase === phase) return
      phase = progress.phase
      process.stdout.write(phase + '\\n')
    }
    try {
      const report = await restoreArchive({ source, into: ${JSON.stringify(into)}, existing: 'replace', onProgress })
      process.stdout.write('done ' + JSON.stringify(report) + '\\n')
    } catch (error) {
      process.stdout.write('failed ' + error.code + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let said = ''
  const heard: (() => void)[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk
    for (const wake of heard) wake()
  })
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  return {
    exited,
    said: () => said,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
    until: (word: string) =>
      new Promise<void>((resolve) => {
        const look = () => said.includes(word) && resolve()
        heard.push(look)
        look()
      }),
  }
}

function archiveOf(entries: readonly Buffer[]): string {
  const path = join(folder, `${Math.floor(performance.now() * 1000)}.tar.gz`)
  writeFileSync(path, gzipSync(tarOf(...entries), { level: 1 }))
  return path
}

function restoreHere(archive: string, into = target): Promise<RestoreReport> {
  const bytes = readFileSync(archive)
  const source = {
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    open: () => createReadStream(archive),
  }
  return restoreArchive({ source, into, existing: 'replace' })
}

const stagingIn = (place: string): string[] =>
  readdirSync(place).filter((name) => name.startsWith('.everstow-restore-'))
const small = [tarEntry({ name: 'later', content: 'later' })]

describe('killed', () => {
  it('while reading: nothing is visible, and the next restore clears up', async () => {
    writeFileSync(join(target, 'file1'), 'mine')
    const archive = archiveOf(
      Array.from({ length: 500 }, (_, n) => tarEntry({ name: `file${n}`, content: randomBytes(2000) })),
    )
    const child = restoreInChild(archive, target, { slow: true })
    await child.until('reading')
    await child.kill()
    expect(stagingIn(target).length).toBe(1)
    expect(readdirSync(target).filter((name) => !name.startsWith('.'))).toEqual(['file1'])
    expect(readFileSync(join(target, 'file1'), 'utf8')).toBe('mine')
    await restoreHere(archiveOf(small))
    expect(readdirSync(target).sort()).toEqual(['file1', 'later'])
  })

  it('leaves the staging folder of a restore that still runs alone', async () => {
    const archive = archiveOf(
      Array.from({ length: 300 }, (_, n) => tarEntry({ name: `slow${n}`, content: randomBytes(2000) })),
    )
    const child = restoreInChild(archive, target, { slow: true })
    await child.until('reading')
    await restoreHere(archiveOf(small))
    expect(stagingIn(target).length).toBe(1)
    await child.until('done')
    expect(readdirSync(target).length).toBe(301)
  })

  it('before any single change of the target: the next restore finishes it', async () => {
    const archive = archiveOf(mixedArchive)
    const whole = join(folder, 'whole')
    fillTarget(whole)
    await restoreHere(archive, whole)
    const wanted = picture(whole)
    let survived = false
    let killed = 0
    for (; !survived; killed++) {
      rmSync(target, { recursive: true })
      fillTarget(target)
      const program = killedProgram(archive, killed + 1)
      const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
      expect([child.status ?? child.signal, child.stderr]).toEqual([child.signal ? 'SIGKILL' : 0, ''])
      survived = child.signal === null
      // A file that another replaces is never missing, and never holds a part.
      for (const path of ['d/one', 'd/two', 'd/sub/three']) {
        expect(['old', 'new']).toContain(readFileSync(join(target, path), 'utf8'))
      }
      expect(stagingIn(target).length).toBe(survived ? 0 : 1)
      await finishHere()
      expect(stagingIn(target)).toEqual([])
      expect([killed, picture(target)]).toEqual([killed, wanted])
    }
    expect(killed).toBeGreaterThan(15)
  })
})

/** The next restore into the target, of nothing. */
async function finishHere(): Promise<void> {
  const nothing = gzipSync(tarOf())
  const job: RestoreJob = {
    id: '00000000000000bb',
    nowMs: Date.now(),
    into: target,
    existing: 'skip',
    dryRun: false,
    owner: false,
    archive: { sizeBytes: nothing.length },
  }
  await runRestore(job, { files: syncFiles, open: () => Readable.from([nothing]) })
}

/** Everything placing can meet: merging, replacing, whole folders, closed ones, and things that change their kind. */
const mixedArchive = [
  tarEntry({ name: 'd', type: '5', mode: 0o750, mtime: 1_000_000_000 }),
  ...['d/one', 'd/two', 'd/sub/three', 'd/new', 'fresh/a', 'fresh/b/c'].map((name) =>
    tarEntry({ name, content: 'new' }),
  ),
  tarEntry({ name: 'd/closed', type: '5', mode: 0o555, mtime: 1_000_000_000 }),
  tarEntry({ name: 'd/closed/in', type: '5', mode: 0o500, mtime: 1_000_000_000 }),
  tarEntry({ name: 'd/closed/in/file', content: 'new' }),
  tarEntry({ name: 'becomes-folder/file', content: 'new' }),
  tarEntry({ name: 'becomes-file', content: 'new' }),
  tarEntry({ name: 'link', type: '2', linkName: 'd/one' }),
]

function fillTarget(into: string): void {
  mkdirSync(join(into, 'd/sub'), { recursive: true })
  mkdirSync(join(into, 'becomes-file'))
  for (const path of [
    'd/one',
    'd/two',
    'd/sub/three',
    'd/mine',
    'becomes-folder',
    'becomes-file/inside',
    'link',
  ]) {
    writeFileSync(join(into, path), 'old')
  }
}

/** A restore that kills its own process with SIGKILL right before the given change outside its staging folder. */
function killedProgram(archive: string, killAt: number): string {
  return `
    import { createReadStream, statSync } from 'node:fs'
    import * as real from ${JSON.stringify(`${ENGINE}env/node/sync-files.ts`)}
    import { runRestore } from ${JSON.stringify(`${ENGINE}restore/archive/run-restore.ts`)}
    const target = ${JSON.stringify(target)}
    let changes = 0
    const counted = (call) => (...args) => {
      const last = String(args.findLast((arg) => typeof arg === 'string' && arg.startsWith('/')) ?? args[0])
      if (last.startsWith(target) && !last.includes('.everstow-restore-') && ++changes === ${killAt}) process.kill(process.pid, 'SIGKILL')
      return call(...args)
    }
    const files = { ...real }
    for (const name of ['renameSync', 'linkSync', 'mkdirSync', 'chmodSync', 'utimesSync']) files[name] = counted(real[name])
    const archive = ${JSON.stringify(archive)}
    const job = {
      id: '00000000000000aa', nowMs: Date.now(), into: target, existing: 'replace', dryRun: false, owner: false,
      archive: { sizeBytes: statSync(archive).size },
    }
    await runRestore(job, { files, open: () => createReadStream(archive) })`
}

/** Paths with kind, mode, content and the times that were asked for; the name of the folder for what was replaced depends on the clock. */
function picture(root: string): string[] {
  const seen: string[] = []
  const walk = (path: string, shown: string) => {
    const stat = lstatSync(path)
    const content = stat.isFile() ? readFileSync(path, 'utf8') : ''
    const time = stat.mtimeMs < 1.5e12 ? stat.mtimeMs : 'now'
    seen.push(`${shown} ${stat.mode.toString(8)} ${time} ${content}`)
    if (!stat.isDirectory()) return
    for (const name of readdirSync(path))
      walk(join(path, name), `${shown}/${name.replace(/(replaced)-.*/, '$1')}`)
  }
  walk(root, '')
  return seen.sort()
}

/** A small file system of our own at a path below the test's folder. */
function mountSmall(at: string, sizeBytes: number): void {
  mkdirSync(at, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', at])
  mounts.push(at)
}
const canMount = (() => {
  const at = mkdtempSync(join(tmpdir(), 'mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=65536', 'tmpfs', at]).status === 0
  if (mounted) execFileSync('umount', [at])
  rmSync(at, { recursive: true })
  return mounted
})()

describe.skipIf(!canMount)('volumes (needs the right to mount)', () => {
  it('full while unpacking: says so, and leaves the target as it was', async () => {
    mountSmall(target, 2_000_000)
    writeFileSync(join(target, 'mine'), 'mine')
    const big = archiveOf([
      tarEntry({ name: 'a', content: 'a' }),
      tarEntry({ name: 'big', content: Buffer.alloc(4_000_000, 'x') }),
    ])
    await expect(restoreHere(big)).rejects.toMatchObject({ code: 'disk-full' })
    expect(readdirSync(target)).toEqual(['mine'])
    const many = archiveOf(Array.from({ length: 3000 }, (_, n) => tarEntry({ name: `f${n}`, content: 'x' })))
    await expect(restoreHere(many)).rejects.toMatchObject({ code: 'disk-full' })
    expect(readdirSync(target)).toEqual(['mine'])
  })

  it('another volume mounted inside the target: files arrive whole, links and modes as well', async () => {
    mountSmall(join(target, 'other'), 20_000_000)
    writeFileSync(join(target, 'other/old'), 'old')
    const report = await restoreHere(
      archiveOf([
        tarEntry({ name: 'other', type: '5' }),
        tarEntry({ name: 'other/old', content: 'new' }),
        tarEntry({ name: 'other/dir', type: '5', mode: 0o550, mtime: 1_000_000_000 }),
        tarEntry({
          name: 'other/dir/file',
          mode: 0o640,
          mtime: 1_100_000_000,
          content: Buffer.alloc(600_000, 'x'),
        }),
        tarEntry({ name: 'other/dir/link', type: '2', linkName: 'file' }),
        tarEntry({ name: 'here', content: 'here' }),
      ]),
    )
    expect(report).toMatchObject({ restored: 3, replaced: 1, failedCount: 0 })
    const dir = join(target, 'other/dir')
    expect([statSync(dir).mode & 0o777, statSync(dir).mtimeMs]).toEqual([0o550, 1e12])
    expect([statSync(join(dir, 'file')).mode & 0o777, statSync(join(dir, 'file')).mtimeMs]).toEqual([
      0o640, 1.1e12,
    ])
    expect(statSync(join(dir, 'file')).size).toBe(600_000)
    expect(lstatSync(join(dir, 'link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(target, 'other/old'), 'utf8')).toBe('new')
    expect(readFileSync(join(report.replacedInto!, 'other/old'), 'utf8')).toBe('old')
    expect(readdirSync(join(target, 'other')).sort()).toEqual(['dir', 'old'])
  })

  it('full while copying to the other volume: no part of a file is left there', async () => {
    mountSmall(join(target, 'other'), 1_000_000)
    const archive = archiveOf([tarEntry({ name: 'other/big', content: Buffer.alloc(3_000_000, 'x') })])
    await expect(restoreHere(archive)).rejects.toMatchObject({ code: 'disk-full' })
    expect(readdirSync(join(target, 'other'))).toEqual([])
    expect(stagingIn(target)).toEqual([])
  })
})

describe('without special rights', () => {
  const NOBODY = 65_534
  const asNobody = async (archive: string): Promise<RestoreReport> => {
    chmodSync(folder, 0o755)
    chmodSync(archive, 0o644)
    if (lstatSync(folder).uid !== 0) return restoreHere(archive)
    chownSync(target, NOBODY, NOBODY)
    const child = restoreInChild(archive, target, { uid: NOBODY })
    await child.exited
    const done = /^done (.*)$/m.exec(child.said())
    return JSON.parse(done![1]!) as RestoreReport
  }

  it('restores folders that their owner may not write to, new and into each other', async () => {
    const archive = archiveOf([
      tarEntry({ name: 'ro', type: '5', mode: 0o555, mtime: 1_000_000_000 }),
      tarEntry({ name: 'ro/sub', type: '5', mode: 0o500, mtime: 1_000_000_000 }),
      tarEntry({ name: 'ro/sub/file', mode: 0o400, content: 'x' }),
      tarEntry({ name: 'open/ro', type: '5', mode: 0o555 }),
      tarEntry({ name: 'open/ro/file', content: 'y' }),
    ])
    const report = await asNobody(archive)
    expect(report).toMatchObject({ restored: 2, directories: 4, failed: [], refused: [] })
    for (const [path, mode] of [
      ['ro', 0o555],
      ['ro/sub', 0o500],
      ['ro/sub/file', 0o400],
      ['open/ro', 0o555],
    ] as const) {
      expect([path, statSync(join(target, path)).mode & 0o777]).toEqual([path, mode])
    }
    expect(statSync(join(target, 'ro/sub')).mtimeMs).toBe(1e12)
    expect(stagingIn(target)).toEqual([])
  })

  it('names what it may not change and restores the rest', async () => {
    mkdirSync(join(target, 'closed'))
    writeFileSync(join(target, 'closed/theirs'), 'theirs')
    chmodSync(join(target, 'closed'), 0o555)
    const archive = archiveOf([
      tarEntry({ name: 'closed/new', content: 'x' }),
      tarEntry({ name: 'closed/theirs', content: 'changed' }),
      tarEntry({ name: 'fine', content: 'fine' }),
    ])
    const report = await asNobody(archive)
    expect(report.failed.map(({ path, code }) => [path, code])).toEqual([
      ['closed/new', 'EACCES'],
      ['closed/theirs', 'EACCES'],
    ])
    expect([report.restored, readFileSync(join(target, 'fine'), 'utf8')]).toEqual([1, 'fine'])
    expect(readFileSync(join(target, 'closed/theirs'), 'utf8')).toBe('theirs')
    expect(stagingIn(target)).toEqual([])
    expect(existsSync(join(target, 'closed/new'))).toBe(false)
  })

  it('says so at once where it may not write at all', async () => {
    if (lstatSync(folder).uid !== 0) chmodSync(target, 0o555)
    else chmodSync(target, 0o755)
    const archive = archiveOf(small)
    chmodSync(folder, 0o755)
    const restoring = restoreInChild(archive, target, lstatSync(folder).uid === 0 ? { uid: NOBODY } : {})
    await restoring.exited
    expect(restoring.said()).toBe('failed access-denied\n')
    expect(readdirSync(target)).toEqual([])
  })
})
