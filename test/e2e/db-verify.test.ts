import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everstowWords, must, newFolder, runEverstow, type Told } from '../ground/protected-cluster.ts'
import { type Cluster, giveToServer, postgresBin, startCluster } from '../servers/postgres/cluster.ts'
import { whyNoMount } from '../soak/disk-full.ts'

interface Proof {
  readonly ok: boolean
  readonly place: string
  readonly databases: readonly {
    readonly database: string
    readonly tables: number
    readonly rows: number
    readonly compared: boolean
    readonly differing: readonly object[]
  }[]
}

let cluster: Cluster
let folder: string
let home: string
const everstow = (...args: string[]): Promise<Told> => runEverstow(folder, home, args)

/** Numbers of processes whose command line holds a text. */
function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text) ? [Number(pid)] : []
      } catch {
        return []
      }
    })
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !isSo(); await sleep(50))
    if (Date.now() > end) throw new Error(`never: ${what}`)
}

const trials = (): string[] => readdirSync(join(home, 'scratch')).filter((name) => name.startsWith('prove-'))

describe('a trial restore of dumps', () => {
  beforeAll(async () => {
    cluster = await startCluster()
    folder = newFolder()
    home = join(folder, 'home')
    mkdirSync(join(folder, 'nas'))
    mkdirSync('/tmp/everstow-pg-code', { recursive: true })
    giveToServer('/tmp/everstow-pg-code')
    giveToServer(folder)
    await cluster.sql(
      `CREATE ROLE "the seller" LOGIN PASSWORD 'canary-5c81'; CREATE DATABASE shop; CREATE DATABASE "it's"`,
    )
    await cluster.sql(
      `CREATE EXTENSION pg_trgm;
       CREATE SCHEMA "quo""ted";
       CREATE TABLE "quo""ted"."a
table" AS SELECT i FROM generate_series(1, 500) i;
       ALTER TABLE "quo""ted"."a
table" OWNER TO "the seller";
       CREATE UNLOGGED TABLE u AS SELECT i FROM generate_series(1, 7) i;
       CREATE TABLE parent (i int); CREATE TABLE child () INHERITS (parent);
       INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2), (3);
       CREATE TABLE empty ()`,
      'shop',
    )
    // The table loses a row whenever it is restored: what comes back is not what was dumped.
    await cluster.sql(
      `CREATE FUNCTION loses() RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
       CREATE TABLE leaky (i int CHECK (public.loses()));
       INSERT INTO leaky SELECT generate_series(1, 3000);
       CREATE OR REPLACE FUNCTION loses() RETURNS bool LANGUAGE plpgsql
         AS 'BEGIN DELETE FROM public.leaky WHERE i = 1; RETURN true; END'`,
      "it's",
    )
    must(await everstow('place', 'add', 'nas', '--type', 'local', '--path', join(folder, 'nas')))
    must(await everstow('plan', 'add', 'shop', '--source', cluster.url('shop')))
    must(await everstow('backup', 'shop'))
  })
  afterAll(async () => {
    await cluster?.remove()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  test('the newest backup of a plan comes back with the rows it was dumped with, and that is remembered', async () => {
    const proven = await everstow('db', 'verify', 'shop', '--json')
    expect(proven.err + proven.out).toContain('"ok": true')
    expect(proven.status).toBe(0)
    expect(proven.json<Proof>()).toMatchObject({
      place: 'nas',
      databases: [{ database: 'shop', tables: 5, rows: 510, compared: true, differing: [] }],
    })
    expect(proven.out + proven.err).not.toContain('canary')
    const drills = (await everstow('db', 'verify', 'shop')).out
    expect(drills).toContain('the same rows')
    expect(trials()).toEqual([])
    await until('nothing of it runs', () => processesOf(home).length === 0)
    // Told apart from a drill of files, and in the audit log as who did what.
    const log = (await everstow('log', 'list', '--json')).json<{
      entries: { action: string; outcome: string }[]
    }>()
    expect(log.entries).toContainEqual(expect.objectContaining({ action: 'postgres.prove', outcome: 'done' }))
  })

  test('a table with other rows than were dumped is found and named', async () => {
    must(await everstow('plan', 'add', 'both', '--source', cluster.url('*'), '--format', 'archive'))
    must(await everstow('backup', 'both'))
    const told = await everstow('db', 'verify', 'both', '--json')
    expect(told.status).toBe(4)
    const proof = told.json<Proof>()
    expect(proof.ok).toBe(false)
    expect(proof.databases.find(({ database }) => database === "it's")).toMatchObject({
      differing: [{ table: 'public.leaky', recorded: 3000, found: 2999 }],
    })
    expect(proof.databases.find(({ database }) => database === 'shop')).toMatchObject({
      rows: 510,
      differing: [],
    })
    expect((await everstow('db', 'verify', 'both', '--database', 'shop')).status).toBe(0)
    expect((await everstow('db', 'verify', 'both', '--database', 'none', '--json')).out).toContain(
      'no-database-in-backup',
    )
    expect((await everstow('db', 'verify', 'nobody', '--json')).out).toContain('unknown-backup')
  })

  test('killed midway it leaves no server running and nothing of what it had made', async () => {
    const [program, words] = everstowWords(folder, home, ['db', 'verify', 'shop'])
    const command = spawn(program, words, { cwd: folder, stdio: 'ignore' })
    const ended = once(command, 'exit')
    const server = `hba_file=${home}`
    await until('a server for the trial', () => processesOf(server).length > 0)
    expect(trials()).toHaveLength(1)
    command.kill('SIGKILL')
    await ended
    await until('the server ended', () => processesOf(server).length === 0)
    await until('its folders are gone', () => trials().length === 0)
    expect((await everstow('db', 'verify', 'shop')).status).toBe(0)
  })

  test.skipIf(whyNoMount() !== undefined)(
    'without the programs of a server it says which is missing',
    async () => {
      const [program, words] = everstowWords(folder, home, ['db', 'verify', 'shop', '--json'])
      const hide = `mount -t tmpfs tmpfs ${join(postgresBin(), '../..')} && exec "$@"`
      const told = (() => {
        try {
          return execFileSync('unshare', ['--mount', 'sh', '-c', hide, 'sh', program, ...words], {
            encoding: 'utf8',
            stdio: 'pipe',
          })
        } catch (error) {
          return String((error as { stdout?: string }).stdout)
        }
      })()
      expect(JSON.parse(told)).toMatchObject({
        error: { code: 'postgres-programs-missing', data: { program: 'initdb' } },
      })
      expect(trials()).toEqual([])
    },
  )
})
