import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CallInput, Run } from '../../main/contract/index.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { findPostgresProgram } from '../../main/engine/sources/postgres/programs.ts'
import { createSeededRandom } from '../crash/seed.ts'
import { quoted, randomDatabase, randomSchema } from '../ground/random-schema.ts'
import { type Cluster, startCluster } from '../servers/postgres/cluster.ts'
import { type Ground, layGround } from './app-ground.ts'

const run = promisify(execFile)
/** `SEED=… npm test` tries other schemas. */
const seed = Number(process.env.SEED ?? 20_261_121)
const PASSWORD = 'sésame:back\\slash canary-7f3a'

let cluster: Cluster
let ground: Ground
beforeAll(async () => {
  cluster = await startCluster({ password: PASSWORD })
  await cluster.sql(`CREATE ROLE "the reader"; CREATE ROLE plain LOGIN PASSWORD 'secret-of-plain';`)
})
afterAll(() => cluster?.remove())
beforeEach(async () => {
  ground = await layGround()
  await ground.addPlace('nas')
})
afterEach(() => ground.close())

const backUp = (paths: string[], format: 'snapshot' | 'archive' = 'snapshot'): Promise<Run> =>
  ground.done(ground.client.call('backup.start', { paths, format }))
const restore = (input: CallInput<'postgres.restore'>): Promise<Run> =>
  ground.done(ground.client.call('postgres.restore', input))
const databases = async (): Promise<string[]> =>
  JSON.parse(await cluster.sql('SELECT json_agg(datname ORDER BY datname) FROM pg_database'))
const staged = (): string[] =>
  existsSync(join(ground.home, 'staging')) ? readdirSync(join(ground.home, 'staging')) : []

/** The whole of a database as SQL: what two databases of the same content have in common to the letter. */
async function dumpOf(database: string): Promise<string> {
  const conninfo = `host='${cluster.socketFolder}' port=${cluster.port} user=tester dbname='${database.replaceAll("'", "\\'")}'`
  const { stdout } = await run('pg_dump', [`--dbname=${conninfo}`], { maxBuffer: 1 << 28 })
  // A key that is new each time guards psql's own commands in the text.
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '')
}

/** Everything the application wrote below its home, and what everybody on this computer can read of its programs. */
function writtenBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('secrets'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('dump, restore, dump', () => {
  test('30 generated schemas come back to the letter', async () => {
    const names = ['shop', 'Quo"ted', "it's", 'with space', 'été', 'sl/ash']
    const random = createSeededRandom(seed)
    const draw = (below: number): number => Math.floor(random() * below)
    for (const name of names) {
      await cluster.sql(`CREATE DATABASE ${quoted(name)}`)
      const schemas = Array.from({ length: 5 }, (_, at) =>
        randomSchema(`Schema ${at} of ${name}`, 'the reader', draw),
      )
      await cluster.sql([randomDatabase(draw), ...schemas].join('\n'), name)
    }
    const done = await backUp([cluster.url('*')])
    expect(done).toMatchObject({ state: 'done', backup: { state: 'complete' } })
    expect(staged()).toEqual([])
    const backupId = done.backup?.id ?? ''
    for (const name of names) {
      const restored = await restore({ backupId, database: name, into: cluster.url(`${name} again`) })
      expect(restored.error).toBeUndefined()
      expect(restored.database?.tables).toBeGreaterThan(20)
      const [before, after] = [await dumpOf(name), await dumpOf(`${name} again`)]
      expect(before.length).toBeGreaterThan(20_000)
      expect(after === before, name).toBe(true)
    }
  })
})

test('a second dump has nearly all bytes in common with the first', async () => {
  await cluster.sql('CREATE DATABASE large')
  const rows = 'SELECT i, md5(i::text) || md5((i + 1)::text) AS x FROM generate_series(1, 400000) i'
  await cluster.sql(`CREATE TABLE t AS ${rows}`, 'large')
  const first = await backUp([cluster.url('large')])
  await cluster.sql(
    "INSERT INTO t VALUES (0, 'one row more'); UPDATE t SET x = 'changed' WHERE i = 30000",
    'large',
  )
  const second = await backUp([cluster.url('large')])
  expect(first.backup?.sizeBytes).toBeGreaterThan(5_000_000)
  expect(second.backup?.sizeBytes).toBeLessThan((first.backup?.sizeBytes ?? 0) / 3)
})

describe('what goes wrong with a database', () => {
  test('a database that is away does not keep files from their backup, and is named', async () => {
    const away = `postgres://tester@127.0.0.1:1/shop`
    const done = await backUp([ground.source, away])
    expect(done).toMatchObject({
      state: 'incomplete',
      backup: { state: 'incomplete', files: 2, skippedCount: 1 },
    })
    const { skipped } = await ground.client.call('backup.get', { id: done.backup?.id ?? '' })
    expect(skipped).toEqual([{ path: away, reason: 'database', code: 'postgres-unreachable' }])
    // Alone it is an error, and leaves nothing.
    const alone = await backUp([away])
    expect(alone).toMatchObject({
      state: 'failed',
      error: { code: 'postgres-unreachable', data: { host: '127.0.0.1' } },
    })
    expect((await ground.client.call('backup.list', {})).total).toBe(1)
    expect(staged()).toEqual([])
  })

  test('the password is taken from the secrets, shown to nobody, and a wrong one is told apart', async () => {
    await cluster.sql('CREATE DATABASE guarded')
    await cluster.sql('CREATE TABLE t AS SELECT 1 AS x', 'guarded')
    const source = cluster.tcpUrl('guarded')
    const test = (password?: string) =>
      ground.client.call('postgres.test', { source, ...(password === undefined ? {} : { password }) })
    await expect(test()).rejects.toMatchObject({ code: 'postgres-refused' })
    await expect(test('wrong-canary-9c1d')).rejects.toMatchObject({ code: 'postgres-refused' })
    expect(await test(PASSWORD)).toMatchObject({ canReadPasswords: true, source })
    const refused = await backUp([source])
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'postgres-refused' } })
    await ground.client.call('postgres.setPassword', { source, password: PASSWORD })
    for (const format of ['snapshot', 'archive'] as const) {
      const done = await backUp([source], format)
      expect(done, format).toMatchObject({ state: 'done' })
      const restored = await restore({
        backupId: done.backup?.id ?? '',
        into: cluster.tcpUrl(`guarded ${format}`),
      })
      expect(restored.error).toBeUndefined()
      expect(await cluster.sql('SELECT x FROM t', `guarded ${format}`)).toBe('1')
    }
    const written = writtenBelow(ground.home)
    expect(written.length).toBeGreaterThan(10_000)
    expect(written).not.toContain('canary')
    await ground.client.call('postgres.setPassword', { source, password: '' })
    await expect(test()).rejects.toMatchObject({ code: 'postgres-refused' })
  })

  test('a dump that is killed midway makes no backup and leaves nothing', async () => {
    await cluster.sql('CREATE DATABASE locked')
    await cluster.sql('CREATE TABLE t AS SELECT 1 AS x', 'locked')
    // The dump waits for whoever holds the table.
    const holder = cluster.sql('BEGIN; LOCK TABLE t; SELECT pg_sleep(300)', 'locked').catch(() => 'ended')
    const isHeld =
      "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation = 't'::regclass"
    await expect.poll(() => cluster.sql(isHeld, 'locked')).toBe('1')
    const { runId } = await ground.client.call('backup.start', {
      paths: [cluster.url('locked')],
      format: 'snapshot',
    })
    process.kill(await started('pg_dump --format=custom'), 'SIGKILL')
    expect(await ground.done(Promise.resolve({ runId }))).toMatchObject({
      state: 'failed',
      error: { code: 'postgres-failed' },
    })
    expect(staged()).toEqual([])
    expect((await ground.client.call('backup.list', {})).total).toBe(0)
    // And cancelled: the program ends too.
    const second = await ground.client.call('backup.start', {
      paths: [cluster.url('locked')],
      format: 'snapshot',
    })
    const pid = await started('pg_dump --format=custom')
    await ground.client.call('run.cancel', { id: second.runId })
    expect(await ground.done(Promise.resolve(second))).toMatchObject({ state: 'cancelled' })
    expect(() => process.kill(pid, 0)).toThrow()
    expect(staged()).toEqual([])
    await cluster.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)' AND pid <> pg_backend_pid()",
    )
    expect(await holder).toBe('ended')
    // What a killed process staged goes at the next start.
    mkdirSync(join(ground.home, 'staging', 'backup-killed'), { recursive: true })
    writeFileSync(join(ground.home, 'staging', 'backup-killed', 'half.dump'), 'half')
    await ground.restart()
    expect(staged()).toEqual([])
  })

  test('a program older than its server is not trusted with it', async () => {
    await expect(findPostgresProgram(nodeFiles, 'pg_dump', 99, { orNewer: true })).rejects.toMatchObject({
      code: 'postgres-programs-old',
      data: { program: 'pg_dump', server: 99 },
    })
    const old = join(ground.base, 'bin')
    mkdirSync(old)
    writeFileSync(join(old, 'pg_dump'), '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n')
    chmodSync(join(old, 'pg_dump'), 0o755)
    const path = process.env.PATH
    process.env.PATH = `${old}:${path}`
    try {
      // The one that comes first on the PATH is too old: another one that is installed serves.
      const found = await findPostgresProgram(nodeFiles, 'pg_dump', 15, { orNewer: true })
      expect(found).toMatchObject({ path: expect.stringContaining('/usr/lib/postgresql/') })
    } finally {
      process.env.PATH = path
    }
  })

  test('exclusions of a plan are for files, not for dumps', async () => {
    await cluster.sql('CREATE DATABASE excluded')
    await cluster.sql('CREATE TABLE t AS SELECT 7 AS x', 'excluded')
    const { id: placeId } = (await ground.client.call('place.list', {}))[0] ?? { id: '' }
    const plan = await ground.client.call('plan.add', {
      name: 'both',
      sources: [ground.source, cluster.url('excluded')],
      placeIds: [placeId],
      exclude: ['*.dump', '*.sql', '*.json', 'b.txt', 'postgres*'],
    })
    const done = await ground.done(ground.client.call('backup.start', { plan: plan.id }))
    expect(done).toMatchObject({ state: 'done', backup: { files: 4 } })
    const restored = await restore({ backupId: 'latest', into: cluster.url('excluded again') })
    expect(restored).toMatchObject({ state: 'done', database: { tables: 1 } })
  })
})

describe('restoring into a server', () => {
  let backupId: string
  beforeEach(async () => {
    if (!(await databases()).includes('orders')) {
      await cluster.sql('CREATE ROLE seller; CREATE DATABASE orders')
      await cluster.sql('CREATE TABLE t AS SELECT 1 AS x; ALTER TABLE t OWNER TO seller', 'orders')
    }
    backupId = (await backUp([cluster.url('orders')])).backup?.id ?? ''
  })

  test('what is there is not touched, unless it is to make way; then it is kept under another name', async () => {
    await cluster.sql('CREATE DATABASE busy')
    await cluster.sql('CREATE TABLE precious AS SELECT 42 AS answer', 'busy')
    const into = cluster.url('busy')
    expect(await restore({ backupId, into })).toMatchObject({
      state: 'failed',
      error: { code: 'postgres-database-exists', data: { database: 'busy' } },
    })
    expect(await cluster.sql('SELECT answer FROM precious', 'busy')).toBe('42')
    const done = await restore({ backupId, into, replace: true })
    expect(done).toMatchObject({
      state: 'done',
      database: { keptAs: expect.stringMatching(/^busy_before_\d{8}_\d{6}$/) },
    })
    expect(await cluster.sql('SELECT x FROM t', 'busy')).toBe('1')
    expect(await cluster.sql('SELECT answer FROM precious', done.database?.keptAs)).toBe('42')
    // An empty one is as good as none.
    await cluster.sql('CREATE DATABASE fresh')
    expect(await restore({ backupId, into: cluster.url('fresh') })).toMatchObject({ state: 'done' })
  })

  test('roles that the server does not have: named, made, or left out', async () => {
    const other = await startCluster()
    try {
      const into = other.url('orders')
      expect(await restore({ backupId, into })).toMatchObject({
        state: 'failed',
        error: { code: 'postgres-role-missing', data: { role: 'seller' } },
      })
      const names = () =>
        other.sql("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate")
      expect(await names()).toBe('postgres')
      expect(await restore({ backupId, into, noOwners: true })).toMatchObject({ state: 'done' })
      expect(await other.sql("SELECT tableowner FROM pg_tables WHERE tablename = 't'", 'orders')).toBe(
        'tester',
      )
      expect(await restore({ backupId, into: other.url('orders2'), withRoles: true })).toMatchObject({
        state: 'done',
      })
      expect(await other.sql("SELECT tableowner FROM pg_tables WHERE tablename = 't'", 'orders2')).toBe(
        'seller',
      )
      // Roles come with their passwords; those that were there keep theirs.
      expect(
        await other.sql("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'plain'"),
      ).toBe('t')
    } finally {
      await other.remove()
    }
  })

  test('what was set for a database as a whole comes with it, said of its new name', async () => {
    const name = `quo"ted 'x' "y`
    const at = quoted(name)
    await cluster.sql(`CREATE DATABASE ${at}; CREATE ROLE "the ""caller"`)
    await cluster.sql(
      `ALTER DATABASE ${at} SET search_path = 'a b', "c""d"; ALTER DATABASE ${at} SET app.text = E'x\n;''DROP DATABASE orders;\\\\';
       ALTER ROLE "the ""caller" IN DATABASE ${at} SET statement_timeout = '5s'; ALTER DATABASE ${at} CONNECTION LIMIT 7;
       REVOKE ALL ON DATABASE ${at} FROM PUBLIC; GRANT CONNECT ON DATABASE ${at} TO "the ""caller" WITH GRANT OPTION;
       COMMENT ON DATABASE ${at} IS E'it''s;\nALTER DATABASE orders CONNECTION LIMIT 0;\n'`,
    )
    const backup = (await backUp([cluster.url(name)])).backup?.id ?? ''
    const set = (database: string) =>
      cluster.sql(`SELECT datconnlimit, datacl, shobj_description(d.oid, 'pg_database'),
        (SELECT json_agg(json_build_array(setrole::regrole, setconfig) ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid)
        FROM pg_database d WHERE datname = '${database.replaceAll("'", "''")}'`)
    const done = await restore({ backupId: backup, into: cluster.url(`${name} again`) })
    expect(done).toMatchObject({ state: 'done', database: { notTaken: [] } })
    expect(await set(name)).toContain('DROP DATABASE orders')
    expect(await set(`${name} again`)).toBe(await set(name))
    expect(await cluster.sql("SELECT datconnlimit FROM pg_database WHERE datname = 'orders'")).toBe('-1')
    // Without owners: its settings, and nobody's rights.
    await restore({ backupId: backup, into: cluster.url('plain'), noOwners: true })
    expect(await cluster.sql("SELECT datconnlimit, datacl FROM pg_database WHERE datname = 'plain'")).toBe(
      '7|',
    )
  })

  test('what a killed restore left goes with the next one', async () => {
    await cluster.sql('CREATE DATABASE again_everstow_0123abcd; CREATE DATABASE again_everstow_not_ours')
    expect(await restore({ backupId, into: cluster.url('again') })).toMatchObject({ state: 'done' })
    expect((await databases()).filter((name) => name.startsWith('again'))).toEqual([
      'again',
      'again_everstow_not_ours',
    ])
  })

  test('a backup without that database is told apart', async () => {
    const files = await backUp([ground.source])
    expect(await restore({ backupId: files.backup?.id ?? '', into: cluster.url('x') })).toMatchObject({
      state: 'failed',
      error: { code: 'no-database-in-backup' },
    })
    expect(await restore({ backupId, database: 'other', into: cluster.url('x') })).toMatchObject({
      error: { code: 'no-database-in-backup' },
    })
    await expect(
      ground.client.call('postgres.restore', { backupId, into: 'postgres://me:secret@h/x' }),
    ).rejects.toMatchObject({
      code: 'password-in-address',
    })
  })
})

/** Waits for a program of this user whose command line begins with some words, and gives its number. */
async function started(words: string): Promise<number> {
  for (let triesLeft = 20_000; triesLeft > 0; triesLeft--) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      let line = ''
      try {
        line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        continue
      }
      if (line.includes(words) && line.includes(cluster.socketFolder)) return Number(pid)
    }
    await sleep(10)
  }
  throw new Error(`no ${words}`)
}
