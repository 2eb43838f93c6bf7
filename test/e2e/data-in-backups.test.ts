import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Everstow, openEverstow } from '../../main/hosts/library/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { quiet } from '../servers/s3/quiet.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'

const VERSIONS = 6
const NOISE_BYTES = 24 * 1024 * 1024

let folder: string
let server: S3Server
let everstow: Everstow
/** The oldest first. */
const ids: string[] = []
const noise = Buffer.allocUnsafe(NOISE_BYTES)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstow-data-'))
  // Nothing that compresses: what is read of it is read from the place.
  for (let at = 0, seed = 1; at < NOISE_BYTES; at += 4) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    noise.writeUInt32LE((seed ^ (seed >>> 15)) >>> 0, at)
  }
  everstow = await openEverstow({ home: join(folder, 'home'), keychain: 'off' })
  server = await startS3Server()
  await everstow.call('place.add', {
    name: 'far',
    type: 's3',
    bucket: TEST_BUCKET,
    endpoint: server.url,
    region: server.region,
    secrets: { ...TEST_CREDENTIAL },
  })
  await mkdir(join(folder, 'work', 'logs'), { recursive: true })
  await put('noise.bin', noise)
  await put('table.csv', 'city,people\n"Saint-Denis, La Réunion",150000\nLyon,520000\n')
  await put('note.txt', 'Crème brûlée\n')
  for (let nth = 0; nth < VERSIONS; nth++) {
    await put('prices.json', JSON.stringify({ eur: 100 + Math.floor(nth / 2), list: [{ id: 'a', n: nth }] }))
    await put('logs/events.ndjson', Array.from({ length: 3 + nth }, (_, at) => `{"at":${at}}\n`).join(''))
    const { runId } = await everstow.call('backup.start', {
      paths: [join(folder, 'work')],
      format: nth % 2 === 0 ? 'archive' : 'snapshot',
    })
    ids.push((await everstow.call('run.wait', { id: runId })).backup!.id)
  }
})
afterAll(async () => {
  await everstow?.close()
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

/** As little of an id as only that backup's begins with. */
function beginningOf(id: string): string {
  let length = 1
  while (ids.filter((other) => other.startsWith(id.slice(0, length))).length > 1) length++
  return id.slice(0, length)
}

const put = (path: string, content: string | Uint8Array) => writeFile(join(folder, 'work', path), content)

describe.each([
  ['an archive', 0],
  ['a snapshot', 1],
])('data by name in %s (B1)', (_, nth) => {
  const open = () => everstow.backups.get(ids[nth]!)

  test('each kind comes parsed', async () => {
    const backup = await open()
    expect(await backup.data('prices')).toEqual({ eur: 100, list: [{ id: 'a', n: nth }] })
    expect(await backup.data('prices', { select: '/list/0/n' })).toBe(nth)
    expect(await backup.data('prices', { select: '$.list[*]["id", "n"]' })).toEqual(['a', nth])
    expect(await Array.fromAsync(await backup.data('events', { as: 'ndjson' }))).toEqual(
      Array.from({ length: 3 + nth }, (_, at) => ({ at })),
    )
    const cities = await Array.fromAsync(await backup.data<{ city: string }>('table', { as: 'csv' }))
    expect(cities.map(({ city }) => city)).toEqual(['Saint-Denis, La Réunion', 'Lyon'])
    expect(await backup.data('work/note.txt')).toBe('Crème brûlée\n')
    expect(await backup.data('work/note.txt', { as: 'bytes' })).toEqual(
      new Uint8Array(Buffer.from('Crème brûlée\n')),
    )
  })

  test('as a map, and as the properties of `data_sources`', async () => {
    const backup = await open()
    const sources = await backup.dataSources()
    expect([...sources.keys()].sort()).toEqual(['events', 'prices', 'table'])
    expect(sources.get('table')).toMatchObject({ kind: 'csv', path: 'work/table.csv' })
    const { prices } = await backup.data_sources()
    expect(await prices).toMatchObject({ eur: 100 })
  })

  test('raw bytes of any size come as a stream', async () => {
    const read: Uint8Array[] = []
    for await (const piece of (await open()).stream('work/noise.bin')) read.push(piece)
    expect(read.length).toBeGreaterThan(1)
    expect(Buffer.concat(read).equals(noise)).toBe(true)
  })

  test('what is not there, and what is not what it should be, says so', async () => {
    const backup = await open()
    await expect(backup.data('nothing')).rejects.toMatchObject({
      code: 'invalid-input',
      data: { reason: 'not-there' },
    })
    await expect(backup.data('work/../work/prices.json')).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(backup.data('work/note.txt', { as: 'json' })).rejects.toMatchObject({
      code: 'data-unreadable',
    })
  })
})

describe('backups and files by date, kind and source (B2)', () => {
  test('backups: all, some, the newest, how it stood, one', async () => {
    const newestFirst = [...ids].reverse()
    const all = await Array.fromAsync(everstow.backups.list())
    expect(all.map(({ id }) => id)).toEqual(newestFirst)
    const archives = await Array.fromAsync(everstow.backups.query({ format: 'archive', limit: 2 }))
    expect(archives.map(({ id }) => id)).toEqual([ids[4], ids[2]])
    expect(await Array.fromAsync(everstow.backups.query({ source: 'elsewhere' }))).toEqual([])
    expect((await everstow.backups.latest()).id).toBe(ids.at(-1))
    const second = all.at(-2)!
    expect((await everstow.backups.at(second.createdAt)).createdAt).toBe(second.createdAt)
    expect((await everstow.backups.get(beginningOf(second.id))).id).toBe(second.id)
    await expect(everstow.backups.get('nope')).rejects.toMatchObject({ code: 'unknown-backup' })
  })

  test('files: of one backup and of all', async () => {
    const backup = await everstow.backups.latest()
    const inBackup = await Array.fromAsync(backup.files({ folder: 'work' }))
    expect(inBackup.map(({ path }) => path).sort()).toEqual([
      'work/logs/events.ndjson',
      'work/noise.bin',
      'work/note.txt',
      'work/prices.json',
      'work/table.csv',
    ])
    const page = await everstow.call('data.files', { backup: backup.id, offset: 3, limit: 1 })
    expect(page.files).toEqual([inBackup[3]])
    expect(page.truncated).toBe(true)
    expect(await everstow.call('data.files', { offset: 1_000 })).toEqual({ files: [], truncated: false })
    const json = await Array.fromAsync(everstow.files({ kind: 'json', name: '*.json' }))
    expect(json.every(({ path }) => path === 'work/prices.json')).toBe(true)
    expect(json.reduce((sum, { backups }) => sum + backups, 0)).toBe(VERSIONS)
    expect(await Array.fromAsync(everstow.files({ modifiedTo: '2001-01-01' }))).toEqual([])
    expect(await Array.fromAsync(everstow.files({ limit: 2 }))).toHaveLength(2)
  })

  test('a text, in names and in contents; a path, in all files of a glob', async () => {
    expect((await everstow.search('EVENTS')).hits.map(({ path }) => path)).toContain(
      'work/logs/events.ndjson',
    )
    const inside = await everstow.search('brûlée', { in: 'contents', backup: ids[0]! })
    expect(inside.hits).toMatchObject([{ path: 'work/note.txt', line: 1, backupId: ids[0] }])
    const found = await everstow.query('work/*.json', '$..n', { backup: ids[3]! })
    expect(found.matches).toEqual([{ path: 'work/prices.json', pointer: '/list/0/n', value: 3 }])
  })
})

describe.each([
  ['an archive', 4],
  ['a snapshot', 5],
])('of %s little is read, and once (B3, B4)', (_, nth) => {
  test('listing asks no place; one file costs far less than all; the second read costs nothing', async () => {
    await everstow.call('data.clearCache', {})
    await quiet(server)
    const { length } = server.requests
    const made = () => server.requests.slice(length)
    const [backup] = (await Array.fromAsync(everstow.backups.list())).filter(({ id }) => id === ids[nth])
    expect(made()).toEqual([])

    const first = await backup!.data('prices')
    const bytes = made().reduce((sum, { contentBytes }) => sum + contentBytes, 0)
    expect(bytes).toBeLessThan(NOISE_BYTES / 4)

    await quiet(server)
    const after = made().length
    expect(await backup!.data('prices')).toEqual(first)
    expect(made().slice(after)).toEqual([])
  })
})

describe('over time (B5)', () => {
  test('a value over the backups is one call', async () => {
    const { points, truncated } = await everstow.series('work/prices.json', { select: '/eur' })
    expect(truncated).toBe(false)
    expect(points.map(({ backupId, value }) => [backupId, value])).toEqual(
      ids.map((id, nth) => [id, 100 + Math.floor(nth / 2)]),
    )
    const changes = await everstow.series('prices', { select: '$.eur', changesOnly: true, limit: 4 })
    expect(changes.points.map(({ value }) => value)).toEqual([101, 102])
    expect(changes.truncated).toBe(true)
  })

  test('what changed in a file, and its versions', async () => {
    const older = await everstow.backups.get(ids[1]!)
    const newer = await everstow.backups.get(ids[5]!)
    const { changes, equal } = await older.diff(newer, 'work/prices.json')
    expect(equal).toBe(false)
    expect(changes.map(({ path, before, after }) => [path, before, after])).toEqual([
      ['/eur', 100, 102],
      ['/list/0/n', 1, 5],
    ])
    expect((await older.diff(newer.id, 'work/note.txt')).equal).toBe(true)
    const archive = await everstow.backups.get(ids[0]!)
    expect((await archive.diff(newer, 'work/prices.json', { pointer: '/eur' })).changes).toHaveLength(1)
    const { versions } = await newer.versions('work/prices.json')
    expect(versions).toHaveLength(VERSIONS)
    expect((await newer.versions('work/note.txt')).versions).toMatchObject([{ backups: VERSIONS }])
  })
})

describe('the newest state in one call (B6)', () => {
  test('all of it, or some; the answer comes when it is there', async () => {
    const into = join(folder, 'back')
    const report = await everstow.restoreLatest({ into, paths: ['work/prices.json'] })
    expect(report).toMatchObject({ backupId: ids.at(-1), restored: 1, failed: [], refused: [] })
    expect(JSON.parse(await readFile(join(into, 'work', 'prices.json'), 'utf8'))).toMatchObject({ eur: 102 })

    const whole = await everstow.restoreLatest({ into: join(folder, 'whole') })
    expect(whole.restored).toBe(5)
    const names = await readdir(join(folder, 'whole'), { recursive: true })
    const large = names.find((name) => name.endsWith('noise.bin'))!
    expect((await stat(join(folder, 'whole', large))).size).toBe(NOISE_BYTES)
  })

  test('of a plan that has none: there is none', async () => {
    const missing = everstow.restoreLatest({ into: join(folder, 'none'), plan: 'no such plan' })
    await expect(missing).rejects.toMatchObject({ code: 'unknown-backup' })
  })

  test('given up before it begins, it does not', async () => {
    const given = everstow.restoreLatest({ into: join(folder, 'never'), signal: AbortSignal.abort() })
    await expect(given).rejects.toMatchObject({ code: 'cancelled' })
    await expect(stat(join(folder, 'never'))).rejects.toThrow()
  })
})

test('`await using` closes', async () => {
  let opened: Everstow
  {
    await using other = await openEverstow({ home: join(folder, 'other'), keychain: 'off' })
    opened = other
    await expect(other.backups.latest()).rejects.toMatchObject({ code: 'unknown-backup' })
  }
  await expect(opened.close()).resolves.toBeUndefined()
})
