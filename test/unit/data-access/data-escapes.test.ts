import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataCaller } from '../../../main/app/data-access/data-caller.ts'
import { connectInProcess } from '../../../main/app/in-process-client.ts'
import { type CallName, calls } from '../../../main/contract/index.ts'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { asEverstowError } from '../../../main/engine/model/errors.ts'
import { type Agent, CANARY, type DataWorld, HIDDEN_FILES, makeDataWorld, SEEN_FILES } from './data-world.ts'

type DataName = Extract<CallName, `data.${string}`>

interface Attempt {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

const ATTEMPTS = 1_500
const AT_ONCE = 20
const random = createFakeRandom('escapes')
const one = <T>(list: readonly T[]): T => list[Math.floor(random.float() * list.length)] as T

let world: DataWorld
let agent: Agent

beforeAll(async () => {
  world = await makeDataWorld()
  agent = await world.agent('agent', world.scope, { bytesPerHour: 1024 ** 3 })
})
afterAll(() => world.close())

/** What is not for this key, by the words that would give it away. */
function forbidden(): string[] {
  const { plans, hidden, late } = world
  return [
    CANARY,
    'closed',
    'open-2',
    'papers/Open',
    'top.json',
    '.env',
    'server.pem',
    'id_rsa',
    'dropped',
    'draft',
    'salary',
    plans.private,
    ...[...hidden, ...late].map(({ id }) => id),
  ]
}

/** Other ways to write a path, most of them ways into somewhere else. */
const SPELLINGS: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => `/${path}`,
  (path) => `//${path}`,
  (path) => `./${path}`,
  (path) => `../${path}`,
  (path) => `papers/open/../../${path}`,
  (path) => `papers/open/..//../${path}`,
  (path) => `papers/open/./../../${path}`,
  (path) => `papers/open/%2e%2e/%2e%2e/${path}`,
  (path) => `papers/open/..%2f..%2f${path}`,
  (path) => `papers/open/..\\..\\${path}`,
  (path) => `papers\\open\\..\\..\\${path.replaceAll('/', '\\')}`,
  (path) => path.replaceAll('/', '\\'),
  (path) => path.replaceAll('/', '//'),
  (path) => path.replaceAll('/', '/./'),
  (path) => path.replaceAll('/', '\u2215'),
  (path) => path.replaceAll('/', '%2f'),
  (path) => encodeURIComponent(path),
  (path) => encodeURIComponent(encodeURIComponent(path)),
  (path) => path.toUpperCase(),
  (path) => path.toLowerCase(),
  (path) => path.replace('papers/', 'Papers/'),
  (path) => path.normalize('NFD'),
  (path) => path.normalize('NFKD'),
  (path) => path.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.codePointAt(0)! + 0xfee0)),
  (path) => path.replace('.', '\uff0e'),
  (path) => path.replace('.', '\u2024'),
  (path) => `${path}.`,
  (path) => `${path} `,
  (path) => `${path}/`,
  (path) => `${path}/.`,
  (path) => `${path}\0`,
  (path) => `${path}\0.json`,
  (path) => `papers/open/prices.json\0/../../${path}`,
  (path) => `${path}::$DATA`,
  (path) => path.replace(/^papers\/open\//, 'papers/open/\u200b'),
  (path) => `file:///${path}`,
  (path) => `~/${path}`,
  (path) => path.slice(path.lastIndexOf('/') + 1),
  (path) => path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, ''),
  (path) => path.replace(/^papers/, '*'),
  (path) => path.replace(/[^/]+$/, '*'),
  (path) => `**/${path.slice(path.lastIndexOf('/') + 1)}`,
  (path) => `{${path},x}*`,
  (path) => `${path.slice(0, -1)}?`,
  (path) => path.replace('papers/open', 'papers/open/away'),
]

const LINKS = [
  'papers/open/z-hard.json',
  'papers/open/soft.json',
  'papers/open/away/prices.json',
  'papers/open/away',
]
const OUTSIDE = [
  'private/salary.json',
  'private/open/prices.json',
  'papers/closed',
  'papers',
  'etc/passwd',
  '',
]

function anyPath(): string {
  const path = one([...Object.keys(HIDDEN_FILES), ...LINKS, ...OUTSIDE, ...Object.keys(SEEN_FILES)])
  const spelled = one(SPELLINGS)(path)
  return random.float() < 0.2 ? one(SPELLINGS)(spelled) : spelled
}

function anyBackup(): string {
  const all = [...world.hidden, ...world.late, ...world.seen].map(({ id }) => id)
  const id = one(all)
  return one([
    id,
    id,
    id.slice(0, -1),
    id.slice(0, 12),
    id.toUpperCase(),
    `${id} `,
    `../${id}`,
    'latest',
    `${id}\0`,
    '%',
  ])
}

function anyTime(): string {
  const { createdAt } = one([...world.hidden, ...world.late])
  return one([createdAt, '2999-12-31', '9999-12-31T23:59:59Z', createdAt.slice(0, 10), '1970-01-01'])
}

const anyPlan = (): string =>
  one([world.plans.private, 'private', world.plans.papers, 'PRIVATE', 'papers', '*', ''])
const anyWord = (): string =>
  one([
    CANARY,
    'canary',
    'prices',
    'closed',
    'private',
    'salary',
    'env',
    'rsa',
    'json',
    'e',
    '/',
    world.ground.base,
  ])
const perhaps = <T>(share: number, name: string, value: () => T) =>
  random.float() < share ? { [name]: value() } : {}
const range = () => ({
  ...perhaps(0.4, 'plan', anyPlan),
  ...perhaps(0.3, 'source', anyWord),
  ...perhaps(0.3, 'from', anyTime),
  ...perhaps(0.3, 'to', anyTime),
})
const which = () => ({ ...perhaps(0.8, 'backup', anyBackup), ...perhaps(0.3, 'at', anyTime) })
const kind = () => perhaps(0.5, 'as', () => one(['json', 'text', 'bytes', 'csv', 'ndjson']))

const ATTEMPT_OF: Readonly<
  Record<Exclude<DataName, 'data.cache' | 'data.clearCache' | 'data.status'>, () => object>
> = {
  'data.backups': () => ({ ...range(), ...perhaps(0.5, 'search', anyWord), limit: 10_000 }),
  'data.sources': which,
  'data.files': () => ({
    ...range(),
    ...which(),
    ...perhaps(0.5, 'folder', anyPath),
    ...perhaps(0.5, 'name', () => one([anyPath(), anyWord(), '*', '**', '*.*', '**/*', '.*'])),
  }),
  'data.outline': () => ({ ...which(), path: anyPath(), ...kind() }),
  'data.read': () => ({ ...which(), path: anyPath(), ...kind(), ...perhaps(0.3, 'select', () => '$..*') }),
  'data.query': () => ({
    ...which(),
    path: one([anyPath(), '**', '**/*', '*/*', '*']),
    select: '$..*',
    ...kind(),
  }),
  'data.series': () => ({
    ...range(),
    path: anyPath(),
    select: one(['/eur', '$.eur', '', '$..*']),
    ...kind(),
  }),
  'data.versions': () => ({ ...which(), path: anyPath() }),
  'data.diff': () => ({
    from: anyBackup(),
    to: anyBackup(),
    path: anyPath(),
    ...perhaps(0.5, 'toPath', anyPath),
    ...kind(),
  }),
  'data.search': () => ({
    ...range(),
    ...which(),
    text: anyWord(),
    in: one(['names', 'contents']),
    ...perhaps(0.3, 'name', () => one([anyPath(), '*', '**/*'])),
  }),
}

const NOT_THERE = ['invalid-input', 'unknown-backup', 'name-ambiguous', 'data-unreadable', 'data-too-hard']

/** What came of an attempt that should not have; undefined where it came to nothing. */
async function escapeOf({ name, input }: Attempt): Promise<string | undefined> {
  const asked = JSON.stringify(input)
  const isNew = (text: string) => !asked.includes(JSON.stringify(text).slice(1, -1))
  try {
    const output = (await agent.call(name as 'data.read', input as never)) as { path?: string }
    const text = JSON.stringify(output)
    const leak = forbidden().find((word) => text.includes(word))
    if (leak !== undefined) return `${name} ${asked} gave ${leak}`
    const isSeen = output.path === undefined || Object.hasOwn(SEEN_FILES, output.path.normalize('NFC'))
    return isSeen ? undefined : `${name} ${asked} gave ${output.path}`
  } catch (caught) {
    const { code, data } = asEverstowError(caught)
    if (!NOT_THERE.includes(code)) return `${name} ${asked} ended as ${code}`
    const told = Object.values(data).map(String).filter(isNew).join(' ')
    const leak = forbidden().find((word) => told.includes(word))
    return leak === undefined ? undefined : `${name} ${asked} told ${leak} with ${code}`
  }
}

test(`none of ${ATTEMPTS} attempts leads out of the scope`, async () => {
  const names = Object.keys(ATTEMPT_OF) as (keyof typeof ATTEMPT_OF)[]
  const attempts = Array.from({ length: ATTEMPTS }, (_, at): Attempt => {
    const name = names[at % names.length]!
    return { name, input: ATTEMPT_OF[name]() as Attempt['input'] }
  })
  const escapes: string[] = []
  let next = 0
  const work = async () => {
    for (let attempt = attempts[next++]; attempt; attempt = attempts[next++]) {
      const found = await escapeOf(attempt)
      if (found !== undefined) escapes.push(found)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  expect(escapes).toEqual([])
})

describe('what the scope has is had', () => {
  test('backups, and of them nothing that tells of the rest', async () => {
    const { backups, total } = await agent.call('data.backups', {})
    expect(backups.map(({ id }) => id)).toEqual(world.seen.map(({ id }) => id).reverse())
    expect(total).toBe(2)
    for (const backup of backups) {
      expect(backup).not.toHaveProperty('files')
      expect(backup).not.toHaveProperty('sizeBytes')
    }
    const status = await agent.call('data.status', {})
    expect(status).toMatchObject({
      backups: 2,
      plans: [{ id: world.plans.papers, name: 'papers', backups: 2 }],
    })
    expect(status.budget?.bytesPerHour).toBe(1024 ** 3)
    expect(JSON.stringify(status)).not.toContain('private')
  })

  test.each([0, 1])('files, listed and read (backup %i)', async (at) => {
    const backup = world.seen[at]!.id
    const { files } = await agent.call('data.files', { backup })
    expect(files.map(({ path }) => path.normalize('NFC')).sort()).toEqual(Object.keys(SEEN_FILES).sort())
    expect(await agent.call('data.read', { backup, path: 'prices' })).toMatchObject({
      value: { eur: at + 1, usd: 2 },
    })
    expect(await agent.call('data.read', { backup, path: 'papers/open/caf\u00e9.json' })).toMatchObject({
      value: { is: 'caf\u00e9' },
    })
    expect(
      (await agent.call('data.query', { backup, path: '**/*.json', select: '$.eur' })).matches,
    ).toMatchObject([{ path: 'papers/open/prices.json', value: at + 1 }])
  })

  test('developments, versions and differences', async () => {
    const path = 'papers/open/prices.json'
    const { points } = await agent.call('data.series', { path, select: '/eur' })
    expect(points.map(({ value }) => value)).toEqual([1, 2])
    expect((await agent.call('data.versions', { path })).versions).toHaveLength(2)
    const [from = '', to = ''] = world.seen.map(({ id }) => id)
    expect(await agent.call('data.diff', { from, to, path })).toMatchObject({
      changed: 1,
      added: 0,
      removed: 0,
    })
    expect((await agent.call('data.search', { text: 'prices' })).hits.length).toBeGreaterThan(0)
  })
})

describe('a key that reads data', () => {
  test('does nothing else', async () => {
    const others = Object.keys(calls).filter(
      (name) => !name.startsWith('data.') || ['data.cache', 'data.clearCache'].includes(name),
    ) as CallName[]
    expect(others.length).toBeGreaterThan(100)
    for (const name of others)
      await expect(agent.call(name, {} as never), name).rejects.toMatchObject({ code: 'permission-denied' })
  })

  test('is given nothing while programs may read nothing', async () => {
    await world.ground.client.call('settings.update', { serveData: false })
    await expect(agent.call('data.backups', {})).rejects.toMatchObject({ code: 'data-off' })
    await world.ground.client.call('settings.update', { serveData: true })
    expect((await agent.call('data.backups', {})).total).toBe(2)
  })

  test('sees less from the next call on when its scope shrinks, and nothing when it is gone', async () => {
    const other = await world.agent('other', world.scope)
    const read = () => other.call('data.read', { path: 'papers/open/prices.json' })
    expect(await read()).toMatchObject({ value: { eur: 2 } })
    await world.ground.client.call('apiKeys.limit', { key: 'other', scope: { paths: ['papers/none'] } })
    await expect(read()).rejects.toMatchObject({ code: 'invalid-input', data: { reason: 'not-there' } })
    await world.ground.client.call('apiKeys.limit', { key: 'other', scope: {} })
    expect(await read()).toMatchObject({ value: { eur: CANARY } })
    await world.ground.client.call('apiKeys.revoke', { key: 'other' })
    await expect(read()).rejects.toMatchObject({ code: 'permission-denied' })
  })

  test('is let in until it expires, on an open connection, too', async () => {
    const { engine } = world.ground.app.context
    const expiresMs = engine.env.clock.now() + 2_000
    const { key } = await engine.apiKeys.add({ name: 'short', role: 'read-data', expiresMs })
    const { call } = connectInProcess(world.ground.app.server, 'view', dataCaller(key, 'test'))
    const said = async () =>
      call('data.status', {}).then(
        () => 'let in',
        (error) => asEverstowError(error).code,
      )
    await expect.poll(said, { timeout: 60_000, interval: 100 }).toBe('permission-denied')
    expect(engine.env.clock.now()).toBeGreaterThanOrEqual(expiresMs)
  })

  test('of another role reads no data, whatever connection it was given', async () => {
    const { engine } = world.ground.app.context
    for (const role of ['read', 'operate'] as const) {
      const { key } = await engine.apiKeys.add({ name: role, role })
      const { call } = connectInProcess(world.ground.app.server, 'admin', dataCaller(key, 'test'))
      await expect(call('data.backups', {})).rejects.toMatchObject({ code: 'permission-denied' })
    }
  })

  test('that administers sees everything but what is secret', async () => {
    const { engine } = world.ground.app.context
    const { key } = await engine.apiKeys.add({ name: 'boss', role: 'admin' })
    const { call } = connectInProcess(world.ground.app.server, 'view', dataCaller(key, 'test'))
    expect((await call('data.backups', {})).total).toBe(6)
    const backup = world.seen[1]!.id
    const paths = (await call('data.files', { backup })).files.map(({ path }) => path)
    expect(paths).toContain('papers/closed/prices.json')
    expect(paths).toContain('papers/open/dropped/a.json')
    for (const path of [
      'papers/open/.env',
      'papers/open/server.pem',
      'papers/open/.ssh/id_rsa',
      'papers/open/ID_RSA.json',
    ]) {
      expect(paths).not.toContain(path)
      await expect(call('data.read', { backup, path, as: 'text' })).rejects.toMatchObject({
        code: 'invalid-input',
      })
    }
  })
})

describe('a budget', () => {
  const path = 'papers/open/long.txt'

  test('raced for by twenty reads in two processes gives what it has, and no more after a restart', async () => {
    const { key, token: _ } = await world.ground.client.call('apiKeys.add', {
      name: 'poor',
      role: 'read-data',
      bytesPerHour: 1_024,
    })
    const beside = await world.ground.beside()
    const callsOf = [world.ground.app, beside].map(
      ({ server }) => connectInProcess(server, 'view', dataCaller(key, 'test')).call,
    )
    const reads = Array.from({ length: 20 }, (_, at) =>
      callsOf[at % 2]!('data.read', { path, as: 'bytes', backup: world.seen[at % 2]!.id }).then(
        ({ base64 = '' }) => Buffer.from(base64, 'base64').length,
        (error) => asEverstowError(error).code,
      ),
    )
    const said = await Promise.all(reads)
    expect(said.filter((each) => each === 400)).toHaveLength(2)
    expect(said.filter((each) => each === 'budget-exceeded')).toHaveLength(18)
    await beside.stop()
    await world.ground.restart()
    const { call } = connectInProcess(world.ground.app.server, 'view', dataCaller(key, 'test'))
    await expect(call('data.read', { path, as: 'bytes', backup: world.seen[0]!.id })).rejects.toMatchObject({
      code: 'budget-exceeded',
      data: { bytesPerHour: 1_024, usedBytes: 800, retryAfterMs: expect.any(Number) },
    })
    expect((await call('data.status', {})).budget).toEqual({ bytesPerHour: 1_024, usedBytes: 800 })
    const [listed] = (await world.ground.client.call('apiKeys.list', {})).filter(
      ({ name }) => name === 'poor',
    )
    expect(listed).toMatchObject({ usedBytes: 800, bytesPerHour: 1_024, scope: {} })
  })
})

test('everything that was asked is in the log, what was refused, too, and none of what it holds', async () => {
  const { entries } = await world.ground.client.call('audit.list', { limit: 10_000 })
  const asked = entries.filter(
    ({ actor, action }) => actor.name.startsWith('agent (') && action.startsWith('data.'),
  )
  expect(asked.length).toBeGreaterThanOrEqual(ATTEMPTS)
  expect(new Set(asked.map(({ outcome }) => outcome))).toEqual(new Set(['done', 'failed', 'refused']))
  const found = asked.filter(({ action, outcome }) => action === 'data.read' && outcome === 'done')
  expect(found.length).toBeGreaterThan(0)
  for (const { targets } of found) expect(targets.backupId).toBeOneOf(world.seen.map(({ id }) => id))
  expect((await world.ground.client.call('audit.verify', {})).ok).toBe(true)
})
