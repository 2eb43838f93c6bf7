import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as syncFiles from '../../main/engine/env/node/sync-files.ts'
import { runUndo } from '../../main/engine/restore/undo/run-undo.ts'
import { tarEntry } from '../formats/hostile-archives/tar-builder.ts'
import { fillTarget, killedAt, mixedEntries, picture, restoreRecorded } from './restore-undo-ground.ts'

let folder = ''
let target = ''
let record = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'restore-undo-')))
  target = join(folder, 'target')
  record = join(folder, 'home', 'undo', 'run')
  mkdirSync(target)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const undo = (dryRun = false, files = syncFiles) =>
  runUndo({ path: record, nowMs: Date.now(), dryRun }, files)
const replacedIn = (place: string): string[] =>
  readdirSync(place).filter((name) => name.startsWith('.everstow'))

describe('a restore taken back', () => {
  test('over files: what was new goes, what was replaced is back, modes too, and nothing of ours is left', async () => {
    fillTarget(target)
    const before = picture(target)
    const report = await restoreRecorded(mixedEntries, target, record)
    expect(report).toMatchObject({ recorded: true, failedCount: 0 })
    expect(picture(target)).not.toEqual(before)
    const told = undo(true)
    expect(picture(target)).not.toEqual(before)
    const done = undo()
    expect(done).toMatchObject({
      removed: told.removed,
      broughtBack: told.broughtBack,
      left: [],
      leftCount: 0,
    })
    expect(done).toMatchObject({ broughtBack: 6, removed: 5 })
    expect(picture(target)).toEqual(before)
    expect(() => undo()).toThrow('undo-impossible')
  })

  test('into a new folder: the folder goes', async () => {
    const into = join(target, 'back')
    await restoreRecorded(mixedEntries, into, record)
    expect(undo()).toMatchObject({ removed: 12, leftCount: 0 })
    expect(existsSync(into)).toBe(false)
  })

  test('beside files of the same name: the new names go', async () => {
    fillTarget(target)
    const before = picture(target)
    await restoreRecorded(mixedEntries, target, record, 'rename')
    expect(undo().leftCount).toBe(0)
    expect(picture(target)).toEqual(before)
  })

  test('what a person changed since stays and is named: contents, even with the old size and time, and what they brought', async () => {
    fillTarget(target)
    await restoreRecorded(mixedEntries, target, record)
    const { atimeMs, mtimeMs } = statSync(join(target, 'd/one'))
    writeFileSync(join(target, 'd/one'), 'own')
    utimesSync(join(target, 'd/one'), atimeMs / 1000, mtimeMs / 1000)
    writeFileSync(join(target, 'fresh/b/mine'), 'mine')
    // Old files in a folder that is moved: their own times tell nothing.
    mkdirSync(join(folder, 'older'))
    writeFileSync(join(folder, 'older/kept'), 'kept')
    renameSync(join(folder, 'older'), join(target, 'fresh/older'))
    const told = undo(true)
    const done = undo()
    const named = [
      { path: 'd/one', reason: 'changed' },
      { path: 'fresh/b/mine', reason: 'changed' },
      { path: 'fresh/older', reason: 'changed' },
    ]
    expect(done.left.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(named)
    expect(told.left).toEqual(done.left)
    expect(readFileSync(join(target, 'd/one'), 'utf8')).toBe('own')
    expect(readFileSync(join(done.keptIn ?? '', 'd/one'), 'utf8')).toBe('old')
    expect(readFileSync(join(target, 'd/two'), 'utf8')).toBe('old')
    expect(readFileSync(join(target, 'fresh/older/kept'), 'utf8')).toBe('kept')
    expect(readdirSync(join(target, 'fresh')).sort()).toEqual(['b', 'older'])
    expect(readdirSync(join(target, 'fresh/b'))).toEqual(['mine'])
  })

  test('a file or folder of the person that stands where a restored one stood is not taken for it', async () => {
    mkdirSync(join(target, 'd'))
    mkdirSync(join(folder, 'theirs'))
    writeFileSync(join(folder, 'theirs/one'), 'theirs')
    await restoreRecorded([tarEntry({ name: 'd/one', content: 'new' })], target, record)
    renameSync(join(target, 'd'), join(target, 'd-old'))
    renameSync(join(folder, 'theirs'), join(target, 'd'))
    expect(undo()).toMatchObject({ removed: 0, left: [{ path: 'd/one', reason: 'changed' }] })
    expect(readFileSync(join(target, 'd/one'), 'utf8')).toBe('theirs')
  })

  test('nothing is done through a link that has come since', async () => {
    mkdirSync(join(target, 'd'))
    writeFileSync(join(target, 'd/one'), 'old')
    await restoreRecorded([tarEntry({ name: 'd/one', content: 'new' })], target, record)
    renameSync(join(target, 'd'), join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(target, 'd'))
    expect(undo().left).toEqual([{ path: 'd/one', reason: 'folder-gone' }])
    expect(readFileSync(join(folder, 'elsewhere/one'), 'utf8')).toBe('new')
  })

  test('what a person removed is no trouble; what was put aside and is gone is named', async () => {
    fillTarget(target)
    await restoreRecorded(mixedEntries, target, record)
    unlinkSync(join(target, 'd/new'))
    unlinkSync(join(target, 'd/two'))
    const [kept = ''] = replacedIn(target)
    unlinkSync(join(target, kept, 'd/one'))
    expect(undo().left).toEqual([{ path: 'd/one', reason: 'kept-gone' }])
    expect(readFileSync(join(target, 'd/one'), 'utf8')).toBe('new')
    expect(readFileSync(join(target, 'd/two'), 'utf8')).toBe('old')
  })

  test('a database that somebody opened since stays, and so does its old log', async () => {
    const database = Buffer.alloc(4096)
    database.write('SQLite format 3\0', 'latin1')
    database.writeUInt16BE(4096, 16)
    database.set([64, 32, 32], 21)
    writeFileSync(join(target, 'a.db'), 'old database')
    writeFileSync(join(target, 'a.db-wal'), 'old log')
    writeFileSync(join(target, 'b.db'), 'old database')
    writeFileSync(join(target, 'b.db-wal'), 'old log')
    const entries = ['a.db', 'b.db'].map((name) => tarEntry({ name, content: database }))
    await restoreRecorded(entries, target, record)
    writeFileSync(join(target, 'b.db-wal'), 'new log')
    expect(undo().left).toEqual([{ path: 'b.db', reason: 'in-use' }])
    expect(readFileSync(join(target, 'a.db-wal'), 'utf8')).toBe('old log')
    expect(readFileSync(join(target, 'a.db'), 'utf8')).toBe('old database')
    expect(readFileSync(join(target, 'b.db-wal'), 'utf8')).toBe('new log')
    const [kept = ''] = replacedIn(target)
    expect(readdirSync(join(target, kept)).sort()).toEqual(['b.db', 'b.db-wal'])
  })
})

describe('killed', () => {
  const run = (program: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  const undoProgram = (killAt: number) =>
    killedAt(
      killAt,
      target,
      `import { runUndo } from 'ENGINE/restore/undo/run-undo.ts'`,
      `runUndo({ path: ${JSON.stringify(record)}, nowMs: Date.now(), dryRun: false }, files)`,
    )

  test('an undo, before any single change: no name is empty, no file a part, and the next one comes to the same end', async () => {
    fillTarget(target)
    const before = picture(target)
    let killed = 0
    for (let survived = false; !survived; killed++) {
      rmSync(folder, { recursive: true })
      mkdirSync(target, { recursive: true })
      fillTarget(target)
      await restoreRecorded(mixedEntries, target, record)
      const child = run(undoProgram(killed + 1))
      expect([child.status ?? child.signal, child.stderr]).toEqual([child.signal ? 'SIGKILL' : 0, ''])
      survived = child.signal === null
      for (const path of ['d/one', 'd/two', 'd/sub/three'])
        expect(['old', 'new']).toContain(readFileSync(join(target, path), 'utf8'))
      // Of two names of one file the one that is left looks touched when the other is gone: it is named, and no data is lost.
      const left = survived ? [] : undo().left.map(({ path }) => path)
      for (const path of left) expect(['fresh/a', 'fresh/b/twin']).toContain(path)
      if (left.length === 0) expect([killed, picture(target)]).toEqual([killed, before])
      else expect(replacedIn(target)).toEqual([])
    }
    expect(killed).toBeGreaterThan(15)
  })

  test('a restore, before any single change: it is taken back all the same', async () => {
    fillTarget(target)
    const before = picture(target)
    const whole = mixedEntries.map((entry) => entry.toString('base64'))
    let killed = 0
    for (let survived = false; !survived; killed++) {
      rmSync(folder, { recursive: true })
      mkdirSync(target, { recursive: true })
      fillTarget(target)
      const child = run(
        killedAt(
          killed + 1,
          target,
          `import { Readable } from 'node:stream'
           import { gzipSync } from 'node:zlib'
           import { runRestore } from 'ENGINE/restore/archive/run-restore.ts'`,
          `const bytes = gzipSync(Buffer.concat([...${JSON.stringify(whole)}.map((each) => Buffer.from(each, 'base64')), Buffer.alloc(1024)]))
           await runRestore({ id: '00000000000000aa', nowMs: Date.now(), into: ${JSON.stringify(target)}, existing: 'replace',
             dryRun: false, owner: false, record: { path: ${JSON.stringify(record)}, backupIds: [] }, archive: { sizeBytes: bytes.length } },
             { files, open: () => Readable.from([bytes]) })`,
        ),
      )
      expect([child.status ?? child.signal, child.stderr]).toEqual([child.signal ? 'SIGKILL' : 0, ''])
      survived = child.signal === null
      const done = undo()
      // What came in the very moment of the crash may look touched; it is named then and stays.
      if (done.leftCount === 0) expect([killed, picture(target)]).toEqual([killed, before])
      for (const path of ['d/one', 'd/two', 'd/sub/three', 'd/mine']) {
        const isBack = readFileSync(join(target, path), 'utf8') === 'old'
        expect([path, isBack || done.left.some((each) => each.path === path)]).toEqual([path, true])
      }
    }
    expect(killed).toBeGreaterThan(15)
  })
})

test('a full disk while it is written down stops an undo before the file it is about to touch; the next one goes on', async () => {
  fillTarget(target)
  const before = picture(target)
  await restoreRecorded(mixedEntries, target, record)
  let writes = 0
  const full: typeof syncFiles = {
    ...syncFiles,
    writeSync: ((...args: Parameters<typeof syncFiles.writeSync>) => {
      if (++writes > 2) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      return syncFiles.writeSync(...args)
    }) as typeof syncFiles.writeSync,
  }
  expect(() => undo(false, full)).toThrow('no space left')
  for (const path of ['d/one', 'd/two', 'd/sub/three'])
    expect(['old', 'new']).toContain(readFileSync(join(target, path), 'utf8'))
  expect(undo().leftCount).toBe(0)
  expect(picture(target)).toEqual(before)
})

test('a restore goes on where it cannot be written down, and does not claim that it can be undone', async () => {
  writeFileSync(join(folder, 'home'), 'a file in the way')
  const report = await restoreRecorded([tarEntry({ name: 'a', content: 'new' })], target, record)
  expect(report).toMatchObject({ restored: 1, recorded: false })
  expect(() => undo()).toThrow('undo-impossible')
})
