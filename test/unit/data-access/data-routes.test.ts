import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi } from '../../../main/hosts/headless/start-api.ts'
import { type Answer, type Ask, send } from '../api-ground.ts'
import { CANARY, type DataWorld, makeDataWorld } from './data-world.ts'

let world: DataWorld
let host: Awaited<ReturnType<typeof startApi>>
let key: string

beforeAll(async () => {
  world = await makeDataWorld()
  host = await startApi({
    home: world.ground.home,
    version: '0.0.0-test',
    locale: 'en',
    keychain: 'off',
    userHome: world.ground.base,
    port: 0,
  })
  key = (await world.agent('agent', world.scope)).token
})
afterAll(async () => {
  await host.stop()
  await world.close()
})

const ask = (path: string, more: Ask = {}): Promise<Answer> =>
  send({ host: '127.0.0.1', port: host.port, path: `/api/v1/data/${path}` }, { key, ...more })
const of = (at: number, rest: string) => `backups/${world.seen[at]!.id}/${rest}`
const PRICES = 'path=papers/open/prices.json'

test('every question has its route, in the names of the API', async () => {
  const { backups, total } = (await ask('backups')).json
  expect(total).toBe(2)
  expect(backups[0]).toMatchObject({
    id: world.seen[1]!.id,
    created_at: world.seen[1]!.createdAt,
    plan: 'papers',
  })
  expect((await ask('backups?format=archive&limit=1')).json.backups).toMatchObject([
    { id: world.seen[0]!.id },
  ])
  const { budget } = (await ask('status')).json
  expect(budget).toEqual({ bytes_per_hour: 100 * 1024 * 1024, used_bytes: expect.any(Number) })
  expect((await ask(of(0, 'sources'))).json.sources).toContainEqual(
    expect.objectContaining({
      name: 'prices',
      path: 'papers/open/prices.json',
      size_bytes: expect.any(Number),
    }),
  )
  const files = await ask('files?backup=latest&name=*.csv&modified_from=2020-01-01')
  expect(files.json.files).toMatchObject([
    { path: 'papers/open/table.csv', kind: 'csv', backup_id: world.seen[1]!.id },
  ])
  expect((await ask(of(0, `outline?${PRICES}&pointer=`))).json.members).toMatchObject([
    { key: 'eur' },
    { key: 'usd' },
  ])
  expect((await ask(of(0, `read?${PRICES}&select=/eur`))).json).toMatchObject({
    value: 1,
    backup_id: world.seen[0]!.id,
  })
  expect((await ask(of(0, 'read?path=log&offset=1&length=1'))).json).toMatchObject({ value: [{ n: 2 }] })
  expect((await ask(`backups/latest/query?${PRICES}&select=$.*`)).json.matches).toMatchObject([
    { pointer: '/eur', value: 2 },
    { pointer: '/usd', value: 2 },
  ])
  const { points } = (await ask(`series?${PRICES}&select=/eur&changes_only=true`)).json
  expect(points).toMatchObject([
    { backup_id: world.seen[0]!.id, value: 1 },
    { backup_id: world.seen[1]!.id, value: 2, changed: true },
  ])
  expect((await ask(`backups/latest/versions?${PRICES}`)).json.versions).toHaveLength(2)
  expect((await ask(`diff?from=${world.seen[0]!.id}&${PRICES}`)).json).toMatchObject({
    changed: 1,
    changes: [{ path: '/eur', before: 1, after: 2 }],
  })
  expect((await ask('search?text=PRICES&in=names')).json.hits.length).toBeGreaterThan(0)
})

test('what is not there, or not for this key, is not found', async () => {
  const wanted = [
    of(0, 'read?path=papers/closed/prices.json'),
    of(0, 'read?path=papers/open/nothing.json'),
    of(0, 'content?path=papers/open/.env'),
    of(0, 'content?path=papers/open/..%2f..%2fprivate/salary.json'),
    of(1, 'content?path=papers/open/z-hard.json'),
    `backups/${world.hidden[0]!.id}/sources`,
    `backups/${world.late[0]!.id}/read?${PRICES}`,
    `diff?from=${world.hidden[0]!.id}&${PRICES}`,
  ]
  for (const path of wanted) {
    const answer = await ask(path)
    expect(answer.status, `${path}: ${answer.text}`).toBe(404)
    expect(answer.text).not.toContain(CANARY)
  }
  // A link has a name that may be seen, and no content of its own.
  const link = await ask(of(1, 'content?path=papers/open/soft.json'))
  expect(link).toMatchObject({ status: 422, json: { code: 'invalid-input', field: 'path' } })
})

test('bytes come as they are, whole or in a range, and as nothing that a browser opens', async () => {
  const whole = await ask(of(0, 'content?path=papers/open/long.txt'))
  expect(whole).toMatchObject({ status: 200, text: 'x'.repeat(400) })
  expect(whole.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': '400',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'content-disposition': `attachment; filename="long.txt"; filename*=UTF-8''long.txt`,
  })
  const text = '{"eur":1,"usd":2}'
  const ranges: readonly [string, number, string, string?][] = [
    ['bytes=0-4', 206, text.slice(0, 5), `bytes 0-4/${text.length}`],
    ['bytes=5-', 206, text.slice(5), `bytes 5-${text.length - 1}/${text.length}`],
    ['bytes=5-9999', 206, text.slice(5), `bytes 5-${text.length - 1}/${text.length}`],
    ['bytes=-3', 206, text.slice(-3), `bytes ${text.length - 3}-${text.length - 1}/${text.length}`],
    ['bytes=-9999', 206, text, `bytes 0-${text.length - 1}/${text.length}`],
    ['bytes=4-2', 200, text],
    ['bytes=0-1,3-4', 200, text],
    ['lines=1-2', 200, text],
  ]
  for (const [range, status, body, contentRange] of ranges) {
    const answer = await ask(of(0, `content?${PRICES}`), { headers: { range } })
    expect([answer.status, answer.text, answer.headers['content-range']], range).toEqual([
      status,
      body,
      contentRange,
    ])
  }
  for (const range of [`bytes=${text.length}-`, 'bytes=-0']) {
    const answer = await ask(of(0, `content?${PRICES}`), { headers: { range } })
    expect([answer.status, answer.headers['content-range']], range).toEqual([416, `bytes */${text.length}`])
  }
  const named = await ask(of(0, `content?path=${encodeURIComponent('papers/open/caf\u00e9.json')}`))
  expect(named.headers['content-disposition']).toBe(
    `attachment; filename="caf_.json"; filename*=UTF-8''caf%C3%A9.json`,
  )
})

test('a spent budget says when there is more, and what is too large for it never is', async () => {
  const { token } = await world.agent('poor', {}, { bytesPerHour: 1_024 })
  const read = () => ask(of(0, 'content?path=papers/open/long.txt'), { key: token })
  expect([(await read()).status, (await read()).status]).toEqual([200, 200])
  const spent = await read()
  expect(spent).toMatchObject({ status: 429, json: { code: 'budget-exceeded' } })
  const seconds = Number(spent.headers['retry-after'])
  expect(seconds).toBeGreaterThan(3_000)
  expect(seconds).toBeLessThanOrEqual(3_611)
})

test('only such keys come in, as long as they hold and programs may read at all', async () => {
  const { call } = world.ground.client
  const keyOf = async (role: 'read' | 'operate' | 'admin') =>
    (await call('apiKeys.add', { name: role, role })).token
  for (const role of ['read', 'operate'] as const)
    expect(await ask('backups', { key: await keyOf(role) })).toMatchObject({
      status: 403,
      json: { code: 'role' },
    })
  const admin = await keyOf('admin')
  expect((await ask('backups', { key: admin })).json.total).toBe(6)
  expect((await ask(of(0, 'content?path=papers/open/.env'), { key: admin })).status).toBe(404)
  expect((await ask(of(0, 'content?path=papers/closed/prices.json'), { key: admin })).text).toContain(CANARY)

  await call('settings.update', { serveData: false })
  for (const path of ['backups', 'status', of(0, `content?${PRICES}`)])
    for (const each of [key, admin])
      expect(await ask(path, { key: each })).toMatchObject({ status: 403, json: { code: 'data-off' } })
  await call('settings.update', { serveData: true })

  const { token } = await world.agent('gone', world.scope)
  expect((await ask('backups', { key: token })).status).toBe(200)
  await call('apiKeys.revoke', { key: 'gone' })
  expect((await ask('backups', { key: token })).status).toBe(401)
  expect((await send({ host: '127.0.0.1', port: host.port, path: '/api/v1/plans' }, { key })).status).toBe(
    403,
  )
})

test('scopes that make no sense are refused, by what is wrong with them', async () => {
  const { call } = world.ground.client
  const add = (more: object) => call('apiKeys.add', { name: 'wrong', role: 'read-data', ...more })
  const wrong: readonly [object, string][] = [
    [{ scope: { planIds: ['plan_nothing'] } }, 'scope-plan'],
    [{ scope: { paths: ['/etc'] } }, 'scope-path'],
    [{ scope: { paths: ['a/../b'] } }, 'scope-path'],
    [{ scope: { from: '2026-02-02', to: '2026-01-01' } }, 'scope-reversed'],
    [{ scope: { from: 'monday' } }, 'scope-date'],
    [{ role: 'read', scope: {} }, 'scope-role'],
    [{ role: 'admin', bytesPerHour: 2_048 }, 'scope-role'],
  ]
  for (const [more, reason] of wrong)
    await expect(add(more), reason).rejects.toMatchObject({ code: 'invalid-input', data: { reason } })
  await expect(add({ scope: { surprise: 1 } })).rejects.toMatchObject({ code: 'invalid-input' })
  await expect(add({ bytesPerHour: 0 })).rejects.toMatchObject({ code: 'invalid-input' })
  const { key: plain } = await add({ name: 'plain' })
  expect(plain).toMatchObject({ scope: {}, bytesPerHour: 100 * 1024 * 1024, usedBytes: 0 })
  await expect(call('apiKeys.limit', { key: 'plain', scope: { paths: ['..'] } })).rejects.toMatchObject({
    data: { reason: 'scope-path' },
  })
})
