import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as syncFiles from '../../main/engine/env/node/sync-files.ts'
import { runUndo } from '../../main/engine/restore/undo/run-undo.ts'
import { type Format, type Ground, layGround } from './app-ground.ts'
import { killedAt, picture, restoreRecorded } from './restore-undo-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
  await ground.addPlace('one')
})
afterEach(() => ground.close())

const backUp: Ground['backedUp'] = (...order) => ground.backedUp(...order)

/** Two days of a folder: a file that changed, one that stayed, one that went. */
async function twoDays(first: Format, second: Format): Promise<[string, string]> {
  writeFileSync(join(ground.source, 'gone.txt'), 'gone\n')
  const older = await backUp(first)
  rmSync(join(ground.source, 'gone.txt'))
  writeFileSync(join(ground.source, 'b.txt'), 'second, changed\n')
  return [older, await backUp(second)]
}

const namesIn = (folder: string): string[] => readdirSync(folder).sort()
const leftovers = (folder: string): string[] => namesIn(folder).filter((name) => name.startsWith('.everstow'))

describe.each([
  ['archive', 'archive'],
  ['snapshot', 'snapshot'],
  ['archive', 'snapshot'],
] as const)('a basket of two backups (%s, %s)', (first, second) => {
  test('comes in one go: of two versions the newer keeps the name; undone, all of it goes', async () => {
    const [older, newer] = await twoDays(first, second)
    const into = join(ground.base, 'back')
    const order = {
      backupId: older,
      paths: ['source/b.txt', 'source/gone.txt'],
      more: [{ backupId: newer, paths: ['source/b.txt', 'source/folder'] }],
      into,
    }
    const told = await ground.client.call('restore.preflight', order)
    expect(told).toMatchObject({ ok: true, newFiles: 4, targetEmpty: true })
    expect(told.parts.map(({ backupId, reason, placeName }) => [backupId, reason, placeName])).toEqual([
      [older, 'only', 'one'],
      [newer, 'only', 'one'],
    ])
    expect(existsSync(into)).toBe(false)
    const run = await ground.done(ground.client.call('restore.start', order))
    expect(run).toMatchObject({ state: 'done', restore: { restored: 4, failed: [] } })
    const names = namesIn(join(into, 'source'))
    expect(names).toHaveLength(4)
    expect(names).toEqual(expect.arrayContaining(['b.txt', 'folder', 'gone.txt']))
    const [a] = names
    expect(a).toMatch(/^b \(\d{4}-\d\d-\d\d \d\d\.\d\d\)\.txt$/)
    expect(readFileSync(join(into, 'source', a ?? ''), 'utf8')).toBe('second\n')
    expect(readFileSync(join(into, 'source/b.txt'), 'utf8')).toBe('second, changed\n')
    expect(leftovers(ground.base)).toEqual([])

    const undone = await ground.done(ground.client.call('restore.undo', { id: run.restore?.undoId ?? '' }))
    expect(undone).toMatchObject({ state: 'done', undo: { removed: 4, left: [] } })
    expect(existsSync(into)).toBe(false)
    expect(await ground.client.call('restore.list', {})).toMatchObject([{ id: run.id, state: 'undone' }])
  })

  test('over what is there: replaced files are back after the undo, and the history knows of both', async () => {
    const [older, newer] = await twoDays(first, second)
    const into = join(ground.base, 'work')
    mkdirSync(join(into, 'source'), { recursive: true })
    writeFileSync(join(into, 'source/b.txt'), 'mine\n')
    const before = picture(into)
    const order = {
      backupId: newer,
      paths: ['source/b.txt'],
      more: [{ backupId: older, paths: ['source/gone.txt'] }],
      into,
      existing: 'replace' as const,
    }
    expect(await ground.client.call('restore.preflight', order)).toMatchObject({ replaced: 1, newFiles: 1 })
    const run = await ground.done(ground.client.call('restore.start', order))
    expect(run.restore).toMatchObject({ replaced: 1, restored: 1 })
    const told = await ground.done(ground.client.call('restore.undo', { id: run.id, dryRun: true }))
    expect(told.undo).toMatchObject({ dryRun: true, removed: 1, broughtBack: 1 })
    await ground.restart()
    const undone = await ground.done(ground.client.call('restore.undo', { id: run.id }))
    expect(undone.undo).toMatchObject({ removed: 1, broughtBack: 1, leftCount: 0 })
    expect(picture(into)).toEqual(before)
    const { entries } = await ground.client.call('audit.list', { limit: 20 })
    expect(entries.map(({ action }) => action)).toContain('restore.undo')
    await expect(ground.client.call('restore.undo', { id: run.id })).rejects.toMatchObject({
      code: 'undo-impossible',
    })
  })

  test('a part that cannot be had leaves the folder as it was', async () => {
    const [older, newer] = await twoDays(first, second)
    const into = join(ground.base, 'work')
    mkdirSync(into)
    writeFileSync(join(into, 'mine'), 'mine')
    for (const name of namesIn(ground.placePath('one')))
      rmSync(join(ground.placePath('one'), name), { recursive: true, force: true })
    const order = { backupId: newer, paths: [], more: [{ backupId: older }], into }
    const told = await ground.client.call('restore.preflight', order)
    expect(told.ok).toBe(false)
    expect(told.checks.find(({ id }) => id === 'place')?.ok).toBe(false)
    const run = await ground.done(ground.client.call('restore.start', order))
    expect(run.state).toBe('failed')
    expect(namesIn(into)).toEqual(['mine'])
  })
})

describe('one file', () => {
  test.each(['zip', 'tar'] as const)(
    '%s: what other programs read out of it is what was backed up',
    async (pack) => {
      mkdirSync(join(ground.source, 'été'), { recursive: true })
      writeFileSync(join(ground.source, 'été', 'plan à faire.txt'), 'x'.repeat(3_000_000), { mode: 0o640 })
      writeFileSync(join(ground.source, 'empty'), '')
      const id = await backUp('snapshot')
      const { path } = await ground.client.call('restore.suggestTarget', { backupId: id, pack })
      expect(path).toMatch(pack === 'zip' ? /\(restored\)\.zip$/ : /\(restored\)\.tar\.gz$/)
      const order = { backupId: id, into: path, pack }
      expect(await ground.client.call('restore.preflight', order)).toMatchObject({ ok: true, newFiles: 4 })
      const run = await ground.done(ground.client.call('restore.start', order))
      expect(run.state).toBe('done')
      const out = join(ground.base, 'out')
      mkdirSync(out)
      const program =
        pack === 'zip'
          ? 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])'
          : 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])'
      execFileSync('python3', ['-c', program, path, out])
      const contents = (root: string) => picture(root).map((line) => line.replace(/ \d+ /, ' '))
      expect(contents(join(out, 'source'))).toEqual(contents(ground.source))
      if (pack === 'tar') expect(statSync(join(out, 'source/été/plan à faire.txt')).mode & 0o777).toBe(0o640)
      await ground.done(ground.client.call('restore.undo', { id: run.id }))
      expect(existsSync(path)).toBe(false)
      expect(leftovers(ground.base)).toEqual([])
    },
  )
})

test('brought together and killed before any single change: the next restore clears up or finishes, and it can be undone', async () => {
  const target = join(ground.base, 'work')
  const record = join(ground.base, 'record')
  const parts = {
    newer: { 'd/one': '2', 'd/sub/two': '2', fresh: '2' },
    older: { 'd/one': '1', 'd/gone': '1' },
  }
  const program = (killAt: number) =>
    killedAt(
      killAt,
      target,
      `import { runGather } from 'ENGINE/restore/gather/run-gather.ts'
       import { createStaging } from 'ENGINE/restore/placing/staging.ts'`,
      `const target = { into: ${JSON.stringify(target)}, base: ${JSON.stringify(target)} }
       const staging = createStaging(real, target.base, '00000000000000aa', target.into)
       for (const [part, contents] of Object.entries(${JSON.stringify(parts)}))
         for (const [path, content] of Object.entries(contents)) {
           const file = staging.folder + '/' + part + '/' + path
           real.mkdirSync(file.slice(0, file.lastIndexOf('/')), { recursive: true })
           real.writeFileSync(file, content)
         }
       await runGather({ target, staging, existing: 'replace', owner: false, nowMs: Date.now(),
         record: { path: ${JSON.stringify(record)}, backupIds: [] },
         parts: Object.keys(${JSON.stringify(parts)}).map((mark) => ({ path: staging.folder + '/' + mark, mark })) },
         files, { signal: new AbortController().signal, onBytes: () => {} })`,
      true,
    )
  const lay = (): void => {
    for (const path of [target, `${record}.json`, `${record}.steps`])
      rmSync(path, { recursive: true, force: true })
    mkdirSync(join(target, 'd'), { recursive: true })
    for (const path of ['d/one', 'd/mine']) writeFileSync(join(target, path), 'old')
  }
  lay()
  const before = picture(target)
  const ends = new Set<string>()
  let killed = 0
  for (let survived = false; !survived; killed++) {
    lay()
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program(killed + 1)], {
      encoding: 'utf8',
    })
    expect([child.status ?? child.signal, child.stderr]).toEqual([child.signal ? 'SIGKILL' : 0, ''])
    survived = child.signal === null
    expect(['old', '2']).toContain(readFileSync(join(target, 'd/one'), 'utf8'))
    // A private folder that has lost its journal belongs to nobody after a minute.
    await restoreRecorded([], target, join(ground.base, 'other'), 'skip', Date.now() + 120_000)
    const isWhole = existsSync(join(target, 'fresh'))
    ends.add(isWhole ? 'whole' : 'nothing')
    expect(leftovers(target).filter((name) => name.startsWith('.everstow-restore-'))).toEqual([])
    if (isWhole) {
      expect(namesIn(join(target, 'd'))).toEqual(['gone', 'mine', 'one', 'one (older)', 'sub'])
      expect(readFileSync(join(target, 'd/one (older)'), 'utf8')).toBe('1')
      const { left } = runUndo({ path: record, nowMs: Date.now(), dryRun: false }, syncFiles)
      // What came in the very moment of the crash may look touched; it is named then and stays.
      for (const { path } of left)
        expect(['d/one', 'd/one (older)', 'd/gone', 'd/sub', 'fresh']).toContain(path)
      if (survived || left.length === 0) expect([killed, left, picture(target)]).toEqual([killed, [], before])
    } else expect([killed, picture(target)]).toEqual([killed, before])
  }
  expect([...ends].sort()).toEqual(['nothing', 'whole'])
  expect(killed).toBeGreaterThan(8)
})

test.each(['archive', 'snapshot'] as const)(
  'one backup over what is there, and into a new folder, is undone whole (%s)',
  async (format) => {
    const id = await backUp(format)
    const into = join(ground.base, 'work')
    mkdirSync(join(into, 'source'), { recursive: true })
    writeFileSync(join(into, 'source/b.txt'), 'mine\n', { mode: 0o640 })
    writeFileSync(join(into, 'source/own.txt'), 'own\n')
    const before = picture(into)
    const over = await ground.done(
      ground.client.call('restore.start', { backupId: id, into, existing: 'replace' }),
    )
    expect(over.restore).toMatchObject({ restored: 1, replaced: 1, undoId: over.id })
    expect((await ground.done(ground.client.call('restore.undo', { id: over.id }))).undo).toMatchObject({
      removed: 1,
      broughtBack: 1,
      leftCount: 0,
    })
    expect(picture(into)).toEqual(before)
    const fresh = join(ground.base, 'fresh')
    const made = await ground.done(ground.client.call('restore.start', { backupId: id, into: fresh }))
    writeFileSync(join(fresh, 'source/folder/a.txt'), 'mine now\n')
    const undone = await ground.done(ground.client.call('restore.undo', { id: made.id }))
    expect(undone).toMatchObject({ state: 'incomplete', undo: { removed: 1, leftCount: 1 } })
    expect(undone.undo?.left).toEqual([{ path: 'source/folder/a.txt', reason: 'changed' }])
    expect(namesIn(join(fresh, 'source'))).toEqual(['folder'])
  },
)

const canMount = (() => {
  const at = mkdtempSync(join(tmpdir(), 'mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=65536', 'tmpfs', at]).status === 0
  if (mounted) execFileSync('umount', [at])
  rmSync(at, { recursive: true })
  return mounted
})()

test.skipIf(!canMount)(
  'a volume that the second backup does not fit on any more (needs the right to mount) stays as it was',
  async () => {
    writeFileSync(join(ground.source, 'first.bin'), randomBytes(3_000_000))
    const first = await backUp('snapshot')
    rmSync(join(ground.source, 'first.bin'))
    writeFileSync(join(ground.source, 'second.bin'), randomBytes(3_000_000))
    const second = await backUp('snapshot')
    const into = join(ground.base, 'small')
    mkdirSync(into)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=5000000', 'tmpfs', into])
    try {
      writeFileSync(join(into, 'mine'), 'mine')
      const order = { backupId: first, more: [{ backupId: second }], into }
      const told = await ground.client.call('restore.preflight', order)
      expect(told.checks.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['space'])
      const run = await ground.done(ground.client.call('restore.start', order))
      expect(run).toMatchObject({ state: 'failed', error: { code: 'disk-full' } })
      expect(namesIn(into)).toEqual(['mine'])
    } finally {
      execFileSync('umount', [into])
    }
  },
)
