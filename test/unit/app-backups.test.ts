import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

const archivesOf = (name: string) => readdirSync(join(ground.placePath(name), 'archives')).sort()
const metadataOf = (name: string) => {
  const file = archivesOf(name).find((each) => each.endsWith('_metadata.json')) ?? ''
  return JSON.parse(readFileSync(join(ground.placePath(name), 'archives', file), 'utf8'))
}

describe('a backup goes to all its places at once', () => {
  test('three copies, identical bytes, metadata that names them all', async () => {
    for (const name of ['one', 'two', 'three']) await ground.addPlace(name)
    const run = await ground.backUp()
    expect(run).toMatchObject({
      state: 'done',
      backup: { state: 'complete', syncStatus: 'synced', files: 2 },
    })
    expect(run.backup?.copies.every(({ verifiedAt }) => verifiedAt !== undefined)).toBe(true)
    const bytes = ['one', 'two', 'three'].map((name) =>
      readFileSync(join(ground.placePath(name), 'archives', run.backup?.filename ?? '')),
    )
    expect(bytes[1]?.equals(bytes[0] as Buffer)).toBe(true)
    expect(bytes[2]?.equals(bytes[0] as Buffer)).toBe(true)
    const metadata = metadataOf('two')
    expect(metadata).toMatchObject({
      backup_id: run.backup?.id,
      cloud_sync_status: 'synced',
      format: 'tar.gz',
      files_backed_up: 2,
      checksum: run.backup?.md5,
      sha256: run.backup?.sha256,
    })
    expect(metadata.copies.map(({ status }: { status: string }) => status)).toEqual([
      'synced',
      'synced',
      'synced',
    ])
    expect(readdirSync(join(ground.home, 'spool'))).toEqual([])
  })

  test('a place that is away neither blocks nor spoils the others, waits calmly, and gets its copy from a push after a restart', async () => {
    await ground.addPlace('one')
    await ground.addPlace('two')
    renameSync(ground.placePath('two'), join(ground.base, 'unplugged'))
    const run = await ground.backUp()
    expect(run.state).toBe('incomplete')
    expect(run.backup?.copies.map(({ state }) => state)).toEqual(['synced', 'waiting'])
    expect(existsSync(ground.placePath('two'))).toBe(false)
    expect(await ground.client.call('status.get', {})).toMatchObject({
      level: 'waiting',
      sentence: { key: 'status.waiting' },
    })

    renameSync(join(ground.base, 'unplugged'), ground.placePath('two'))
    await ground.restart()
    const push = await ground.done(ground.client.call('backup.push', {}))
    expect(push).toMatchObject({ state: 'done', push: { pushed: 1, remaining: 0 } })
    expect(archivesOf('two')).toEqual(archivesOf('one'))
    expect(readdirSync(join(ground.home, 'spool'))).toEqual([])
  })

  test('a push takes the archive from a place that has it when the spool is gone', async () => {
    await ground.addPlace('one')
    await ground.addPlace('two')
    renameSync(ground.placePath('two'), join(ground.base, 'unplugged'))
    await ground.backUp()
    renameSync(join(ground.base, 'unplugged'), ground.placePath('two'))
    for (const name of readdirSync(join(ground.home, 'spool'))) rmSync(join(ground.home, 'spool', name))
    expect(await ground.done(ground.client.call('backup.push', {}))).toMatchObject({
      push: { pushed: 1, remaining: 0 },
    })
    expect(archivesOf('two')).toEqual(archivesOf('one'))
  })

  test('two archives in one second get distinct names, also when another computer took the name', async () => {
    await ground.addPlace('one')
    const [first, second] = [await ground.backUp(), await ground.backUp()]
    expect(first.backup?.id).not.toBe(second.backup?.id)
    const other = await layGround()
    try {
      await other.client.call('place.add', { name: 'shared', type: 'local', path: ground.placePath('one') })
      // The other computer's backups may fall into the same seconds; whichever names they get, nothing of ours changes.
      const before = new Map(
        archivesOf('one').map((name) => [
          name,
          readFileSync(join(ground.placePath('one'), 'archives', name)).toString('base64'),
        ]),
      )
      expect((await other.backUp()).state).toBe('done')
      for (const [name, content] of before)
        expect(readFileSync(join(ground.placePath('one'), 'archives', name)).toString('base64')).toBe(content)
    } finally {
      await other.close()
    }
  })
})

describe('copies are proven, and mended', () => {
  test('verification finds damage and loss; the next push mends both from a good copy', async () => {
    for (const name of ['one', 'two', 'three']) await ground.addPlace(name)
    const { backup } = await ground.backUp()
    const stored = (place: string) => join(ground.placePath(place), 'archives', backup?.filename ?? '')
    appendFileSync(stored('one'), 'x')
    rmSync(stored('two'))
    const verified = await ground.done(ground.client.call('backup.verify', {}))
    expect(verified.verify).toMatchObject({ checked: 3, ok: 1 })
    expect(verified.verify?.problems.map(({ placeName, kind }) => `${placeName} ${kind}`).sort()).toEqual([
      'one damaged',
      'two missing',
    ])
    await ground.done(ground.client.call('backup.push', {}))
    expect((await ground.done(ground.client.call('backup.verify', {}))).verify).toMatchObject({
      checked: 3,
      ok: 3,
      problems: [],
    })
  })

  test('a restore passes over a damaged copy and reads the next one', async () => {
    for (const name of ['one', 'two']) await ground.addPlace(name)
    const { backup } = await ground.backUp()
    const path = join(ground.placePath('one'), 'archives', backup?.filename ?? '')
    const bytes = readFileSync(path)
    bytes[40] = (bytes[40] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
    const into = join(ground.base, 'back')
    const run = await ground.done(ground.client.call('restore.start', { backupId: 'latest', into }))
    expect(run).toMatchObject({ state: 'done', restore: { restored: 2, fromPlace: 'two' } })
    expect(readFileSync(join(into, 'source', 'folder', 'a.txt'), 'utf8')).toBe('first\n')
    const { copies } = await ground.client.call('backup.get', { id: backup?.id ?? '' })
    expect(copies.map(({ state }) => state)).toEqual(['damaged', 'synced'])
  })
})

describe('the catalogue is only a cache', () => {
  test('deleted or overwritten with rubbish, it is made again from the places, and nothing is lost', async () => {
    await ground.addPlace('one')
    await ground.addPlace('two')
    const { backup } = await ground.backUp()
    for (const spoil of [
      () => rmSync(join(ground.home, 'catalogue.db')),
      () => writeFileSync(join(ground.home, 'catalogue.db'), 'rubbish '.repeat(5_000)),
    ]) {
      await ground.app.stop()
      for (const suffix of ['-wal', '-shm'])
        rmSync(join(ground.home, `catalogue.db${suffix}`), { force: true })
      spoil()
      await ground.restart().catch(() => ground.restart())
      const { backups } = await ground.client.call('backup.list', {})
      expect(backups).toHaveLength(1)
      expect(backups[0]).toMatchObject({
        id: backup?.id,
        sha256: backup?.sha256,
        files: 2,
        syncStatus: 'synced',
      })
      expect(backups[0]?.copies).toHaveLength(2)
    }
  })

  test('an archive that only the spool has survives the loss of the catalogue', async () => {
    await ground.addPlace('one')
    renameSync(ground.placePath('one'), join(ground.base, 'unplugged'))
    await ground.backUp()
    await ground.app.stop()
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(ground.home, `catalogue.db${suffix}`), { force: true })
    await ground.restart().catch(() => ground.restart())
    renameSync(join(ground.base, 'unplugged'), ground.placePath('one'))
    expect(await ground.done(ground.client.call('backup.push', {}))).toMatchObject({
      push: { pushed: 1, remaining: 0 },
    })
    expect(archivesOf('one')).toHaveLength(3)
  })
})

describe('cleaning up', () => {
  test('removes what is old from every place, never the newest good one, and finishes later where a place was away', async () => {
    await ground.addPlace('one')
    await ground.addPlace('two')
    const first = await ground.backUp()
    const second = await ground.backUp()
    age(ground, first.backup?.id ?? '', 40)
    age(ground, second.backup?.id ?? '', 35)
    const dry = await ground.done(ground.client.call('backup.cleanup', { keepDays: 30, dryRun: true }))
    expect(dry.cleanup).toMatchObject({ dryRun: true, kept: 1, protectedIds: [second.backup?.id] })
    expect(dry.cleanup?.removed.map(({ id }) => id)).toEqual([first.backup?.id])
    expect(archivesOf('one')).toHaveLength(6)

    renameSync(ground.placePath('two'), join(ground.base, 'unplugged'))
    const real = await ground.done(ground.client.call('backup.cleanup', { keepDays: 30 }))
    expect(real).toMatchObject({ state: 'incomplete', cleanup: { problems: [{ placeName: 'two' }] } })
    expect(archivesOf('one')).toHaveLength(3)
    renameSync(join(ground.base, 'unplugged'), ground.placePath('two'))
    await ground.done(ground.client.call('backup.cleanup', { keepDays: 30 }))
    expect(archivesOf('two')).toEqual(archivesOf('one'))
    expect((await ground.client.call('backup.list', {})).total).toBe(1)
  })
})

describe('what is refused', () => {
  test.each([
    [
      'an unknown provider',
      () => ground.client.call('place.add', { name: 'x', type: 'Dropbox' }),
      'unknown-provider',
    ],
    ['a missing bucket', () => ground.client.call('place.add', { name: 'x', type: 'S3' }), 'invalid-input'],
    ['an unknown plan', () => ground.client.call('backup.start', { plan: 'nobody' }), 'unknown-plan'],
    ['an unknown backup', () => ground.client.call('backup.get', { id: 'nothing' }), 'unknown-backup'],
    ['a relative path', () => ground.client.call('backup.start', { paths: ['here'] }), 'invalid-input'],
  ])('%s', async (_, attempt, code) => {
    await expect(attempt()).rejects.toMatchObject({ code })
  })

  test('a vanished source, and a source inside its own place: nothing is left behind', async () => {
    await ground.addPlace('one')
    mkdirSync(join(ground.placePath('one'), 'mine'))
    for (const [path, code] of [
      [join(ground.base, 'gone'), 'source-missing'],
      [join(ground.placePath('one'), 'mine'), 'source-inside-place'],
    ] as const) {
      const run = await ground.done(ground.client.call('backup.start', { paths: [path], format: 'archive' }))
      expect(run).toMatchObject({ state: 'failed', error: { code } })
    }
    expect(readdirSync(join(ground.home, 'spool'))).toEqual([])
    expect(readdirSync(join(ground.home, 'cache', 'indexes'))).toEqual([])
  })

  test('the same thing twice at once', async () => {
    await ground.addPlace('one')
    writeFileSync(join(ground.source, 'large.bin'), Buffer.alloc(64 * 1024 * 1024, 'abc'))
    const both = await Promise.all([ground.backUp(), ground.backUp()])
    expect(both.map(({ state }) => state).sort()).toEqual(['done', 'failed'])
    expect(both.find(({ state }) => state === 'failed')?.error?.code).toBe('already-running')
  })
})

/** Moves a backup into the past. */
function age({ app }: Ground, id: string, days: number): void {
  const { engine } = app.context
  engine.backups.get(id)
  ageRow(app, id, engine.env.clock.now() - days * 86_400_000)
}

function ageRow(app: Ground['app'], id: string, createdMs: number): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const database = new DatabaseSync(join(app.context.engine.home, 'catalogue.db'))
  database.prepare('UPDATE backups SET created_ms = ? WHERE id = ?').run(createdMs, id)
  database.close()
}
