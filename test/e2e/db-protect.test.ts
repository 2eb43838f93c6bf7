import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lsnText } from '../../main/engine/sources/postgres/wal/lsn.ts'
import { readSegment, spanningEvent } from '../../main/engine/sources/postgres/wal/read-segment.ts'
import {
  archiveStatus,
  handedOver,
  killArchivers,
  type ProtectedCluster,
  protectCluster,
  startRecovered,
} from '../ground/protected-cluster.ts'
import { giveToServer, postgresBin, startCluster } from '../servers/postgres/cluster.ts'
import { mountWith, whyNoMount } from '../soak/disk-full.ts'

interface Coverage {
  readonly places: readonly {
    readonly placeName: string
    readonly waiting: number
    readonly bases: readonly { readonly isUsable: boolean }[]
    readonly timelines: readonly {
      readonly timeline: number
      readonly bands: readonly { readonly state: string; readonly to: string }[]
      readonly missing: readonly { readonly first: string; readonly count: number }[]
    }[]
    readonly restorePoints: readonly { readonly name: string }[]
  }[]
}

let world: ProtectedCluster
let log: string
const volumes: ReturnType<typeof mountWith>[] = []
const insert = (text: string) => world.cluster.sql(`INSERT INTO t (x) VALUES ('${text}')`)
const coverage = async () => (await world.everstow('db', 'coverage', 'main', '--json')).json<Coverage>()
const objects = (place: string): string[] => {
  const [id = ''] = readdirSync(join(place, 'wal'))
  return readdirSync(join(place, 'wal', id, '00000001')).map((name) =>
    join(place, 'wal', id, '00000001', name),
  )
}
/** A copy of a segment of the server's own folder, as it was when it was archived. */
const segmentOf = (name: string, folder = world.folder) => {
  const path = join(folder, name)
  copyFileSync(join(world.cluster.dataFolder, 'pg_wal', name), path)
  giveToServer(path)
  return path
}

/** Puts a place onto a volume that has so little room. */
async function fillUp(place: string): Promise<void> {
  await handedOver(world.cluster)
  await sleep(200)
  volumes.push(mountWith(place, 16 * 1024))
}

describe('a protected cluster', () => {
  beforeAll(async () => {
    world = await protectCluster()
    log = join(world.folder, 'log')
    mkdirSync(log)
  })
  afterAll(async () => {
    await world?.cluster.stop()
    for (const volume of volumes) volume.end()
    await world?.remove()
  })

  test('what its log says is what pg_waldump says', async () => {
    await world.cluster.sql(
      "INSERT INTO t (x) SELECT repeat(md5(g::text), 20) FROM generate_series(1, 2000) g; SELECT pg_create_restore_point('tested')",
    )
    const many = Array.from({ length: 300 }, () => "INSERT INTO t (x) VALUES ('many');").join('')
    await world.cluster.sql(`${many}BEGIN; INSERT INTO t (x) VALUES ('never'); ROLLBACK;`)
    const last = await world.archiveAll()
    const folder = join(world.cluster.dataFolder, 'pg_wal')
    const names = readdirSync(folder).filter((name) => /^[0-9A-F]{24}$/.test(name) && name <= last)
    expect(names.length).toBeGreaterThan(2)
    const said = execFileSync(join(postgresBin(), 'pg_waldump'), ['-p', folder, names[0]!, names.at(-1)!], {
      encoding: 'utf8',
      env: { TZ: 'UTC', LC_ALL: 'C' },
      maxBuffer: 1 << 28,
    })
    const theirs = said.split('\n').flatMap((line) => {
      const [, lsn = '', kind = '', rest = ''] =
        /lsn: (\S+), .*desc: (COMMIT|ABORT|RESTORE_POINT) (.*)/.exec(line) ?? []
      const [whole = '', part = ''] = lsn.split('/')
      const at = `${whole}/${part.replace(/^0+/, '')}`
      return kind === ''
        ? []
        : [kind === 'RESTORE_POINT' ? `${at} ${rest.trim()}` : `${at} ${rest.slice(0, 26)}`]
    })
    const ours: string[] = []
    let tail: { readonly bytes: Uint8Array; readonly lsn: bigint } | undefined
    for (const name of names) {
      const facts = readSegment(readFileSync(join(folder, name)))
      expect(facts).toMatchObject({ isWhole: true, systemId: expect.stringMatching(/^\d{15,20}$/) })
      const spanning = tail && facts?.head ? spanningEvent(tail.bytes, facts.head, tail.lsn) : undefined
      for (const event of [...(spanning ? [spanning] : []), ...(facts?.events ?? [])]) {
        const micros = String(event.timeUs % 1_000_000).padStart(6, '0')
        const time = `${new Date(Math.floor(event.timeUs / 1000)).toISOString().slice(0, 19).replace('T', ' ')}.${micros}`
        ours.push(`${lsnText(event.lsn)} ${event.kind === 'end' ? time : event.name}`)
      }
      tail =
        facts?.tail && facts.lastLsn !== undefined ? { bytes: facts.tail, lsn: facts.lastLsn } : undefined
    }
    expect(theirs.length).toBeGreaterThan(300)
    expect(ours.map((line) => line.slice(0, 30))).toEqual(theirs.map((line) => line.slice(0, 30)))
  })

  test('every moment is covered, in both places', async () => {
    const { places } = await coverage()
    expect(places.map(({ placeName }) => placeName)).toEqual(['a', 'b'])
    for (const { bases, timelines, restorePoints } of places) {
      expect(bases).toMatchObject([{ isUsable: true }])
      expect(timelines).toMatchObject([{ timeline: 1, bands: [{ state: 'covered' }], missing: [] }])
      expect(restorePoints).toMatchObject([{ name: 'tested' }])
    }
  })

  test('the same file again is a success, also for two at once; another content is refused', async () => {
    const name = await world.archiveAll()
    const path = segmentOf(name, log)
    const again = await Promise.all([1, 2].map(() => world.everstow('db', 'archive-wal', path, 'main')))
    expect(again.map(({ status }) => status)).toEqual([0, 0])
    const bytes = readFileSync(path)
    bytes.writeUInt32LE(0xdeadbeef, bytes.length - 4)
    writeFileSync(path, bytes)
    const other = await world.everstow('db', 'archive-wal', path, 'main', '--json')
    expect(other.status).toBe(1)
    expect(other.json<{ error: { code: string } }>().error.code).toBe('wal-differs')
    expect((await coverage()).places.map(({ waiting }) => waiting)).toEqual([0, 0])
  })

  test('another cluster’s segment, one under a wrong name, and what is no segment are refused', async () => {
    const code = async (path: string) =>
      (await world.everstow('db', 'archive-wal', path, 'main', '--json')).json<{ error: { code: string } }>()
        .error.code
    const stranger = await startCluster({ segmentMiB: 1, password: 'another one' })
    try {
      const [name = ''] = readdirSync(join(stranger.dataFolder, 'pg_wal')).filter((each) =>
        /^[0-9A-F]{24}$/.test(each),
      )
      const path = join(log, name)
      copyFileSync(join(stranger.dataFolder, 'pg_wal', name), path)
      giveToServer(log)
      expect(await code(path)).toBe('wal-foreign')
    } finally {
      await stranger.remove()
    }
    const wrong = join(log, '0000000100000000000000FF')
    copyFileSync(segmentOf(await world.archiveAll(), log), wrong)
    giveToServer(log)
    expect(await code(wrong)).toBe('wal-unfit')
    writeFileSync(wrong, 'no segment')
    expect(await code(wrong)).toBe('wal-unfit')
    writeFileSync(join(log, 'x.txt'), 'no log')
    giveToServer(log)
    expect(await code(join(log, 'x.txt'))).toBe('invalid-input')
    expect(await code(join(log, '000000010000000000000099'))).toBe('source-missing')
  })

  test('a removed segment is noticed, and comes back from the other place', async () => {
    const [first = ''] = objects(world.places[0])
      .filter((path) => /[0-9A-F]{24}$/.test(path))
      .slice(1)
    rmSync(first)
    const holed = await world.everstow('db', 'coverage', 'main', '--json')
    expect(holed.status).toBe(3)
    const [a, b] = holed.json<Coverage>().places
    expect(a?.timelines[0]?.missing).toMatchObject([{ first: first.slice(-24), count: 1 }])
    expect(b?.timelines[0]?.missing).toEqual([])
    expect((await world.everstow('push')).status).toBe(0)
    expect((await world.everstow('db', 'coverage', 'main')).status).toBe(0)
    expect(existsSync(first)).toBe(true)
  })

  test('with one place away the archiver goes on, and what waits is brought later', async () => {
    const [, b] = world.places
    renameSync(b, `${b}.away`)
    await insert('b is away')
    await world.archiveAll()
    const { places } = await coverage()
    expect(places.find(({ placeName }) => placeName === 'b')?.waiting).toBeGreaterThan(0)
    const waiting = [{ database: 'main', place: 'b', files: expect.any(Number) }]
    expect((await world.everstow('status', '--json')).json<object>()).toMatchObject({ logs_waiting: waiting })
    expect((await world.everstow('outbox')).out).toMatch(/^b: \d+ files? of the log of main waits? on/m)
    renameSync(`${b}.away`, b)
    expect((await world.everstow('push')).status).toBe(0)
    expect((await world.everstow('outbox', '--json')).json<object>()).toMatchObject({ logs: [] })
    expect((await coverage()).places.map(({ waiting }) => waiting)).toEqual([0, 0])
  })

  test('with no place at all it says so below 126, and the server keeps its log', async () => {
    for (const place of world.places) renameSync(place, `${place}.away`)
    await insert('nobody is there')
    const name = await world.cluster.sql('SELECT pg_walfile_name(pg_current_wal_lsn())')
    await world.cluster.sql('SELECT pg_switch_wal()')
    const refused = await world.everstow('db', 'archive-wal', segmentOf(name, log), 'main')
    expect(refused.status).toBe(1)
    expect(readdirSync(join(world.cluster.dataFolder, 'pg_wal', 'archive_status'))).toContain(`${name}.ready`)
    killArchivers(world.home)
    for (const place of world.places) renameSync(`${place}.away`, place)
    await world.archiveAll()
    expect((await coverage()).places.every(({ timelines }) => timelines[0]?.missing.length === 0)).toBe(true)
  })

  test('a damaged object is found, and the other place has it whole', async () => {
    const path = objects(world.places[0]).find((each) => /[0-9A-F]{24}$/.test(each)) ?? ''
    const name = path.slice(-24)
    const bytes = readFileSync(path)
    const whole = Buffer.from(bytes)
    bytes[bytes.length - 40]! ^= 1
    writeFileSync(path, bytes)
    const other = objects(world.places[1]).find((each) => each.endsWith(name)) ?? ''
    const into = join(world.folder, 'fetched')
    expect((await world.everstow('db', 'fetch-wal', 'main', name, into)).status).toBe(0)
    expect(readFileSync(into).length).toBe(1 << 20)
    renameSync(other, `${other}.gone`)
    expect((await world.everstow('db', 'fetch-wal', 'main', name, into)).status).toBe(4)
    renameSync(`${other}.gone`, other)
    writeFileSync(path, whole)
  })

  test('a check reads the log back: a flipped byte is named and mended; what is whole nowhere is called lost', async () => {
    const paths = world.places.map((place) => objects(place).find((each) => /[0-9A-F]{24}$/.test(each)) ?? '')
    const [a = '', b = ''] = paths
    const name = a.slice(-24)
    const whole = readFileSync(a)
    const flip = (path: string) => {
      const bytes = readFileSync(path)
      bytes[bytes.length - 40]! ^= 1
      writeFileSync(path, bytes)
    }
    flip(a)
    const found = await world.everstow('verify', '--all', '--json')
    expect(found.status).toBe(4)
    expect(found.json<{ logs: object[] }>().logs).toMatchObject([
      { database: 'main', place: 'a', damaged: [name], healed: 0, lost: [], sound: false },
      { database: 'main', place: 'b', damaged: [], sound: true },
    ])
    expect((await world.everstow('status')).out).toContain('1 file of the log of main is damaged in a')
    const healed = await world.everstow('verify', '--all', '--heal', '--json')
    expect(healed.status).toBe(0)
    expect(healed.json<{ logs: object[] }>().logs[0]).toMatchObject({
      damaged: [name],
      healed: 1,
      sound: true,
    })
    expect(readFileSync(a)).toEqual(whole)
    const clean = await world.everstow('verify', '--all', '--json')
    expect(clean.status).toBe(0)
    expect(clean.json<{ logs: object[] }>().logs).toMatchObject([{ damaged: [] }, { damaged: [] }])
    flip(a)
    flip(b)
    const lost = await world.everstow('verify', '--all', '--heal')
    expect(lost.status).toBe(4)
    expect(lost.out.match(new RegExp(`${name} – whole nowhere`, 'g'))).toHaveLength(2)
    expect(lost.out).toContain('everstow db base "main"')
    for (const path of paths) writeFileSync(path, whole)
  })

  test.skipIf(whyNoMount() !== undefined)(
    'full places: one waits for room, all refuse below 126; nothing half-written counts, and no segment is missing after',
    async () => {
      const [a, b] = world.places
      const fill = () =>
        world.cluster.sql('INSERT INTO t (x) SELECT md5(random()::text) FROM generate_series(1, 4000)')
      await world.archiveAll()
      await fillUp(a)
      await fill()
      await world.archiveAll()
      const waiting = (await coverage()).places.find(({ placeName }) => placeName === 'a')?.waiting
      expect(waiting).toBeGreaterThan(0)
      await fillUp(b)
      await fill()
      const name = await world.cluster.sql('SELECT pg_walfile_name(pg_current_wal_lsn())')
      await world.cluster.sql('SELECT pg_switch_wal()')
      const refused = await world.everstow('db', 'archive-wal', segmentOf(name, log), 'main', '--json')
      expect([refused.status, refused.json<{ error: { code: string } }>().error.code]).toEqual([
        1,
        'disk-full',
      ])
      expect(archiveStatus(world.cluster)).toContain(`${name}.ready`)
      for (const place of world.places)
        expect(objects(place).filter((path) => path.includes(name))).toEqual([])
      for (const volume of volumes) volume.grow()
      await world.archiveAll()
      expect((await world.everstow('push')).status).toBe(0)
      const whole = await coverage()
      expect(whole.places.map((place) => [place.waiting, place.timelines[0]?.missing])).toEqual([
        [0, []],
        [0, []],
      ])
      expect(objects(b).some((path) => path.endsWith(name))).toBe(true)
      expect((await world.everstow('verify', '--all')).status).toBe(0)
    },
  )

  test('a trial restore reads every table and is remembered; repository checks leave the log alone', async () => {
    await world.archiveAll()
    const proven = await world.everstow('db', 'verify', 'main', '--json')
    expect(proven.err + proven.out).toContain('"ok": true')
    const rows = Number(await world.cluster.sql('SELECT count(*) FROM t'))
    expect(proven.json<{ tables: number; rows: number }>()).toMatchObject({ tables: 1, rows })
    const shown = (await world.everstow('db', 'show', 'main', '--json')).json<{
      last_proven: object
      guard: object
    }>()
    expect(shown.last_proven).toMatchObject({ ok: true, rows })
    expect(shown.guard).toMatchObject({ isArchiving: true, failedCount: 0 })
    const before = objects(world.places[0]).length
    expect((await world.everstow('verify', '--all')).status).toBe(0)
    expect((await world.everstow('prune')).status).toBe(0)
    expect((await world.everstow('db', 'tidy', 'main', '--dry-run')).out).toContain('nothing is old enough')
    expect(objects(world.places[0])).toHaveLength(before)
  })

  test('a new computer with one place and the passphrase gets everything back', async () => {
    await world.archiveAll()
    const home = join(world.folder, 'other-home')
    const rows = await world.cluster.sql('SELECT count(*) FROM t')
    await world.everstowAt(home, 'place', 'add', 'a', '--type', 'local', '--path', world.places[0])
    const into = join(world.folder, 'other')
    const told = await world.everstowAt(home, 'db', 'pitr', 'main', '--to', 'latest', '--into', into)
    expect(told.err).toBe('')
    const recovered = await startRecovered(into)
    try {
      expect(await recovered.sql('SELECT count(*) FROM t')).toBe(rows)
      expect(await recovered.sql('SHOW archive_mode')).toBe('off')
    } finally {
      await recovered.remove()
    }
  })

  test('moments that cannot be had are refused with the nearest ones, and nothing is written', async () => {
    const code = async (...args: string[]) => {
      const told = await world.everstow('db', 'pitr', ...args, '--json')
      return [told.status, told.json<{ error: { code: string } }>().error.code]
    }
    const into = join(world.folder, 'refused')
    expect(await code('main', '--to', '2001-01-01', '--into', into)).toEqual([1, 'recovery-not-covered'])
    expect(await code('main', '--to', '2101-01-01', '--into', into)).toEqual([1, 'recovery-not-covered'])
    expect(await code('main', '--to', 'never', '--into', into)).toEqual([1, 'recovery-point-unknown'])
    expect(await code('main', '--to', '2026-02-31', '--into', into)).toEqual([2, 'invalid-input'])
    expect(await code('other', '--to', 'latest', '--into', into)).toEqual([1, 'unknown-database'])
    expect(await code('main', '--to', 'latest', '--into', log)).toEqual([1, 'target-not-empty'])
    expect(existsSync(into)).toBe(false)
  })

  test('what no kept moment needs any more goes, once a base backup old enough stands for it', async () => {
    expect((await world.everstow('db', 'base', 'main')).status).toBe(0)
    await insert('after the second base backup')
    await world.archiveAll()
    expect((await coverage()).places.map(({ bases }) => bases.length)).toEqual([2, 2])
    const before = objects(world.places[0]).length
    // What is remembered of them is made older than it is: one of 50 days, one of 40.
    const folder = join(world.home, 'cache', 'bases')
    const remembered = readdirSync(folder).map((name) => {
      const path = join(folder, name)
      return { path, facts: JSON.parse(readFileSync(path, 'utf8')) as { endMs: number } }
    })
    remembered.sort((a, b) => a.facts.endMs - b.facts.endMs)
    for (const [at, { path, facts }] of remembered.entries())
      writeFileSync(path, JSON.stringify({ ...facts, endMs: facts.endMs - (50 - 10 * at) * 86_400_000 }))
    const would = (await world.everstow('db', 'tidy', 'main', '--dry-run', '--json')).json<{
      places: { bases: string[]; objects: number }[]
    }>()
    expect(would.places.map(({ bases }) => bases.length)).toEqual([1, 1])
    expect(objects(world.places[0])).toHaveLength(before)
    expect((await world.everstow('db', 'tidy', 'main')).status).toBe(0)
    expect(objects(world.places[0])).toHaveLength(before - would.places[0]!.objects)
    const left = await world.everstow('db', 'coverage', 'main', '--json')
    expect(left.status).toBe(0)
    expect(left.json<Coverage>().places.map(({ bases }) => bases)).toMatchObject([
      [{ isUsable: true }],
      [{ isUsable: true }],
    ])
  })

  test('a recovered cluster that takes over archives on a timeline of its own', async () => {
    await insert('kept')
    await world.cluster.sql("SELECT pg_create_restore_point('fork')")
    await insert('left behind')
    await world.archiveAll()
    const settings = await world.cluster.sql('SHOW archive_command')
    await world.cluster.stop()
    const into = join(world.folder, 'taken-over')
    expect((await world.everstow('db', 'pitr', 'main', '--to', 'fork', '--into', into)).err).toBe('')
    const first = await startRecovered(into)
    await first.sql('ALTER SYSTEM RESET archive_mode')
    await first.sql("INSERT INTO t (x) VALUES ('new life')")
    await first.stop()
    // It was promoted while it did not archive: PostgreSQL itself never hands over the history of its timeline.
    const second = await startCluster({
      dataFolder: into,
      settings: { archive_mode: 'on', archive_command: settings, wal_level: 'replica' },
    })
    try {
      await second.sql('SELECT pg_switch_wal()')
      const name = await second.sql('SELECT pg_walfile_name(pg_current_wal_lsn())')
      expect(name.slice(0, 8)).toBe('00000002')
      for (const end = Date.now() + 300_000; Date.now() < end; ) {
        const found = (await coverage()).places[0]?.timelines.find(({ timeline }) => timeline === 2)
        if (found?.bands.length && found.missing.length === 0) break
        await second.sql('SELECT txid_current(); SELECT pg_switch_wal()')
      }
      const later = join(world.folder, 'later')
      expect((await world.everstow('db', 'pitr', 'main', '--to', 'latest', '--into', later)).err).toBe('')
      const older = join(world.folder, 'older')
      expect(
        (await world.everstow('db', 'pitr', 'main', '--to', 'latest', '--timeline', '1', '--into', older))
          .err,
      ).toBe('')
      const rowsOf = async (folder: string) => {
        const cluster = await startRecovered(folder)
        try {
          return await cluster.sql(
            "SELECT string_agg(x, ',' ORDER BY i) FROM t WHERE x IN ('kept', 'left behind', 'new life')",
          )
        } finally {
          await cluster.remove()
        }
      }
      expect(await rowsOf(later)).toBe('kept,new life')
      expect(await rowsOf(older)).toBe('kept,left behind')
    } finally {
      await second.remove()
      await first.remove()
    }
  })
})
