import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiRole } from '../../main/contract/index.ts'
import { routes } from '../../main/hosts/api/routes/index.ts'
import { foreignHosts, foreignOrigins } from '../ground/foreign-senders.ts'
import { type Answer, type ApiGround, type Ask, layApiGround } from './api-ground.ts'

let ground: ApiGround

beforeAll(async () => {
  ground = await layApiGround()
})
afterAll(() => ground.close())

const all = [
  ...routes.map(({ method, path, role }) => ({ method, path: path.replace(/\{\w+\}/g, 'nothing'), role })),
  // Says nothing of this computer: whoever has a key may know what can be asked.
  { method: 'GET', path: '/api/openapi.json', role: undefined },
] as const
/** Asked without harm: nothing runs, and streams are not opened. */
const isStream = (path: string) => path.endsWith('/events')

function expectProblem(answer: Answer, statuses: readonly number[]): void {
  expect(statuses).toContain(answer.status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(answer.json).toMatchObject({ status: answer.status, type: expect.stringMatching(/^urn:/) })
  expect(answer.json.detail).toEqual(expect.any(String))
  expect(answer.text).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b|\/main\//)
}

describe('nobody comes in without a key that may', () => {
  test('every route, with no key, a wrong, a revoked and an expired one', async () => {
    const { engine } = ground.host.app.context
    const revoked = await ground.newKey('revoked', 'admin')
    await engine.apiKeys.revoke('revoked')
    const expired = await ground.newKey('expired', 'admin', engine.env.clock.now() - 1)
    const changed = ground.keys.admin.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const first = await ground.ask('/api/v1/plans')
    expect(first.status).toBe(401)
    expect(first.headers['www-authenticate']).toMatch(/^Bearer/)
    for (const { method, path } of all)
      for (const key of [undefined, 'wrong', changed, revoked, expired])
        expectProblem(await ground.ask(path, { method, ...(key === undefined ? {} : { key }) }), [401, 429])
    // The minute may have ended meanwhile.
    await expect.poll(async () => (await ground.ask('/api/v1/plans')).status).toBe(429)
    // Whoever has a key is not held up by those who have none.
    expect((await ground.ask('/api/v1/plans', { key: ground.keys.read })).status).toBe(200)
  })

  test('nor where nothing is, nor by another method', async () => {
    for (const path of [
      '/',
      '/api',
      '/api/v1/nothing',
      '/api/v1/plans/',
      '//',
      '/socket',
      '/%2e%2e/etc/passwd',
    ])
      expectProblem(await ground.ask(path), [401, 429])
    expectProblem(await ground.ask('/api/v1/nothing', { key: ground.keys.admin }), [404])
  })

  test('a key does what its role may, and no more', async () => {
    const held = Object.keys(ground.keys) as ApiRole[]
    const refused: Record<ApiRole, readonly ApiRole[]> = {
      'read-data': ['read', 'operate'],
      read: ['read-data'],
      operate: ['read-data', 'read'],
      admin: ['read-data', 'read', 'operate'],
    }
    expect(new Set(all.map(({ role }) => role))).toEqual(new Set([...held, undefined]))
    for (const { method, path, role } of all)
      for (const each of role === undefined ? [] : refused[role]) {
        const ask = { method, key: ground.keys[each], headers: { 'content-type': 'application/json' } }
        const answer = await ground.ask(path, ask)
        expectProblem(answer, [403])
        expect(answer.json.code).toBe('role')
      }
    for (const each of held)
      expect((await ground.ask('/api/openapi.json', { key: ground.keys[each] })).status).toBe(200)
    const own = { method: 'POST', key: ground.keys.operate, body: { paths: ['/etc'] } }
    expectProblem(await ground.ask('/api/v1/backup/trigger', own), [403])
  })

  test('by names that are not ours', async () => {
    for (const { method, path } of all)
      for (const host of foreignHosts(ground.host.port))
        expectProblem(await ground.ask(path, { method, key: ground.keys.admin, headers: { host } }), [421])
  })

  test('from web pages', async () => {
    for (const { method, path } of all)
      for (const origin of foreignOrigins(ground.host.port))
        expectProblem(await ground.ask(path, { method, key: ground.keys.admin, headers: { origin } }), [403])
    const headers = { 'sec-fetch-site': 'cross-site' }
    expectProblem(await ground.ask('/api/v1/plans', { key: ground.keys.admin, headers }), [403])
  })
})

describe('what cannot be understood is refused', () => {
  test('methods, with those that are allowed', async () => {
    const methods = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'TRACE']
    for (const { path } of all) {
      const allowed: string[] = all.filter((each) => each.path === path).map(({ method }) => method)
      for (const method of methods.filter((each) => !allowed.includes(each))) {
        const answer = await ground.ask(path, { method, key: ground.keys.admin })
        expectProblem(answer, [405])
        for (const each of allowed) expect(answer.headers.allow).toContain(each)
      }
      expect((await ground.ask(path, { method: 'HEAD', key: ground.keys.admin })).status).toBe(405)
    }
  })

  test('bodies that are no JSON, too large, or of another kind', async () => {
    const large = JSON.stringify({ plan: 'x'.repeat(10 * 1024 * 1024) })
    for (const { path } of all.filter(({ method }) => method === 'POST')) {
      const ask = (body: string, type: string) =>
        ground.ask(path, { method: 'POST', key: ground.keys.admin, body, headers: { 'content-type': type } })
      expectProblem(await ask('{"plan":', 'application/json'), [400])
      for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])
        expectProblem(await ask('{}', type), [415])
      // The connection may be gone before all of it was sent.
      const answer = await ask(large, 'application/json').catch(() => undefined)
      if (answer) expectProblem(answer, [413])
    }
  })

  test('fields that nobody knows, by name', async () => {
    for (const { method, path } of all.filter(
      (each) => !isStream(each.path) && each.path !== '/api/openapi.json',
    )) {
      const query = await ground.ask(`${path}?surprise=1`, { method, key: ground.keys.admin })
      expectProblem(query, [400])
      // Or what it needs and was not told.
      expect(['surprise', 'path', 'text', 'from']).toContain(query.json.field)
      if (method !== 'POST') continue
      const body = await ground.ask(path, { method, key: ground.keys.admin, body: { surprise: 1 } })
      expectProblem(body, [400])
      expect(['surprise', 'backup_id', 'database', 'keep', 'path']).toContain(body.json.field)
    }
  })

  test('clients that are too slow are let go', async () => {
    const hurried = await layApiGround({ requestTimeoutMs: 1_500 })
    const { port } = hurried.host
    const answers = await Promise.all(
      [
        'GET /api/v1/plans HTT',
        `POST /api/v1/backup/trigger HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${hurried.keys.admin}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      ].map(
        (text) =>
          new Promise<string>((resolve) => {
            let got = ''
            const socket = connect(port, '127.0.0.1', () => socket.write(text))
            socket.setEncoding('utf8').on('data', (part) => {
              got += part
            })
            socket.on('error', () => resolve(got)).on('close', () => resolve(got))
          }),
      ),
    )
    for (const answer of answers) expect(answer).not.toMatch(/^HTTP\/1.1 2/)
    await hurried.close()
  })

  test('whatever is sent, no answer is an error of ours', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        'latest',
        'papers',
        'true',
        '0',
        '-1',
        '../..',
        '__proto__',
        '\u0000',
        'x'.repeat(5_000),
      ),
      fc.jsonValue({ maxDepth: 2 }),
    )
    const names = [
      'plan',
      'paths',
      'backup_id',
      'target',
      'limit',
      'offset',
      'from',
      'heal',
      'keep_days',
      '__proto__',
    ]
    const request = fc.record({
      at: fc.nat({ max: routes.length - 1 }),
      id: fc
        .string({ unit: 'binary', minLength: 1, maxLength: 30 })
        .map((text) => encodeURIComponent(text.toWellFormed())),
      query: fc.dictionary(fc.constantFrom(...names), fc.string({ maxLength: 20 }), { maxKeys: 2 }),
      body: fc.oneof(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 }), value),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ at, id, query, body }) => {
        const route = routes[at] as (typeof routes)[number]
        if (isStream(route.path)) return
        const search = new URLSearchParams(query).toString()
        const path = route.path.replace(/\{\w+\}/g, id) + (search ? `?${search}` : '')
        const ask: Ask = { method: route.method, key: ground.keys.admin }
        const answer = await ground.ask(path, route.method === 'POST' ? { ...ask, body } : ask)
        expect(answer.status).toBeLessThan(500)
        if (answer.status >= 400) expectProblem(answer, [answer.status])
      }),
      { numRuns: 400 },
    )
  })
})
