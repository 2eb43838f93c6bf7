import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiKeys, openApiKeys } from '../../main/engine/api-keys/api-keys.ts'
import { openWorkspace, type Workspace } from '../../main/engine/catalogue/workspace.ts'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { createNodeEnv } from '../../main/engine/env/node/create-node-env.ts'

let home: string
let workspace: Workspace
let keys: ApiKeys
let now: number

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'everstow-keys-'))
  const env = await createNodeEnv({ home, keychain: 'off', logDestination: 'none' })
  now = Date.UTC(2026, 10, 1)
  workspace = await openWorkspace(home, { ...env, clock: { ...env.clock, now: () => now } })
  keys = openApiKeys(workspace)
})
afterEach(() => {
  workspace.close()
  rmSync(home, { recursive: true, force: true })
})

test('a key opens by its token alone, which is kept nowhere', async () => {
  const { key, token } = await keys.add({ name: 'monitor', role: 'read' })
  expect(token.reveal()).toMatch(/^evs_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/)
  expect(await keys.check(token.reveal())).toMatchObject({ id: key.id, name: 'monitor', role: 'read' })
  const path = join(home, 'api-keys.json')
  expect(readFileSync(path, 'utf8')).not.toContain(token.reveal().slice(13))
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(`${token}`).toBe('***')
})

test('whatever is not the token opens nothing', async () => {
  const { key, token } = await keys.add({ name: 'monitor', role: 'admin' })
  const right = token.reveal()
  for (const wrong of [
    '',
    'evs_',
    right.slice(0, -1),
    `${right}A`,
    right.toUpperCase(),
    ` ${right}`,
    right.replace(key.id, '00000000'),
    `evs_${key.id}_${'A'.repeat(43)}`,
    `evs_${key.id}_`,
    '__proto__',
  ])
    expect(await keys.check(wrong), wrong).toBeUndefined()
})

test('an expired and a revoked key open nothing; a name is there once', async () => {
  const day = 86_400_000
  const short = await keys.add({ name: 'short', role: 'operate', expiresMs: now + day })
  await expect(keys.add({ name: 'short', role: 'read' })).rejects.toMatchObject({ code: 'name-taken' })
  expect(await keys.check(short.token.reveal())).toBeDefined()
  now += day
  expect(await keys.check(short.token.reveal())).toBeUndefined()
  const other = await keys.add({ name: 'other', role: 'read' })
  // Another process takes it away.
  await openApiKeys(workspace).revoke('other')
  expect(await keys.check(other.token.reveal())).toBeUndefined()
  await expect(keys.revoke('other')).rejects.toMatchObject({ code: 'invalid-input' })
  expect((await keys.list()).map(({ name }) => name)).toEqual(['short'])
})

test('it is known when a key was last used, to the minute', async () => {
  const { token } = await keys.add({ name: 'monitor', role: 'read' })
  expect((await keys.list())[0]?.lastUsedMs).toBeUndefined()
  await keys.check(token.reveal())
  const first = now
  now += 30_000
  await keys.check(token.reveal())
  expect((await keys.list())[0]?.lastUsedMs).toBe(first)
  now += 31_000
  await keys.check(token.reveal())
  expect((await keys.list())[0]?.lastUsedMs).toBe(now)
})

describe('keys that read data', () => {
  const HOUR = 3_600_000
  const limits = { scope: { paths: ['papers'], from: '2026-01-01' }, bytesPerHour: 10_000 }
  const newKey = async () => (await keys.add({ name: 'agent', role: 'read-data', ...limits })).key

  test('have limits that are kept, and changed one by one', async () => {
    const plain = await keys.add({ name: 'plain', role: 'read-data' })
    expect(plain.key).toMatchObject({ scope: {}, bytesPerHour: 100 * 1024 * 1024, usedBytes: 0 })
    const { id } = await newKey()
    expect(await openApiKeys(workspace).current(id)).toMatchObject(limits)
    await keys.limit('agent', { bytesPerHour: 20_000 })
    expect(await keys.current(id)).toMatchObject({ scope: limits.scope, bytesPerHour: 20_000 })
    await keys.limit(id, { scope: { planIds: ['plan_a'] } })
    expect(await keys.current(id)).toMatchObject({ scope: { planIds: ['plan_a'] }, bytesPerHour: 20_000 })
    expect((await keys.current(id))?.scope).not.toHaveProperty('paths')
    expect(await keys.current('00000000')).toBeUndefined()
  })

  test('and no other key has any', async () => {
    const wrong = { code: 'invalid-input', data: { reason: 'scope-role' } }
    for (const role of ['read', 'operate', 'admin'] as const)
      for (const limit of [{ scope: {} }, { bytesPerHour: 10_000 }])
        await expect(keys.add({ name: 'x', role, ...limit })).rejects.toMatchObject(wrong)
    await keys.add({ name: 'boss', role: 'admin' })
    await expect(keys.limit('boss', { scope: {} })).rejects.toMatchObject(wrong)
    await expect(keys.limit('nobody', { scope: {} })).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(
      keys.add({ name: 'y', role: 'read-data', scope: { paths: ['/etc'] } }),
    ).rejects.toMatchObject({ code: 'invalid-input', data: { field: 'scope.paths', reason: 'scope-path' } })
    expect((await keys.list()).map(({ name }) => name)).toEqual(['boss'])
  })

  test('files of keys that know nothing of limits are read as before', async () => {
    const { key, token } = await keys.add({ name: 'old', role: 'operate' })
    const path = join(home, 'api-keys.json')
    expect(JSON.parse(readFileSync(path, 'utf8')).keys[0]).not.toHaveProperty('scope')
    expect(await keys.check(token.reveal())).toEqual(key)
  })

  test('are given so many bytes in any hour, and no byte more', async () => {
    const key = await newKey()
    keys.take(key, 4_000)
    now += HOUR / 2
    keys.take(key, 6_000)
    const first = 4_000
    try {
      keys.take(key, 1)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'budget-exceeded', retry: 'wait', data: { usedBytes: 10_000 } })
      const { retryAfterMs = 0 } = error as { retryAfterMs?: number }
      now += retryAfterMs - 1
      expect(() => keys.take(key, 1)).toThrow()
      now += 1
    }
    keys.take(key, first)
    expect(() => keys.take(key, 1)).toThrow()
    expect((await keys.current(key.id))?.usedBytes).toBe(10_000)
    now += 2 * HOUR
    expect((await keys.current(key.id))?.usedBytes).toBe(0)
  })

  test('what is more than a whole hour has is never given', async () => {
    const key = await newKey()
    try {
      keys.take(key, 10_001)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'budget-exceeded', retry: 'never', retryAfterMs: undefined })
    }
    keys.take(key, 10_000)
  })

  test('in whatever hour one looks, seeded', async () => {
    const key = await newKey()
    const random = createFakeRandom(7)
    const given: { readonly atMs: number; readonly bytes: number }[] = []
    for (let step = 0; step < 400; step++) {
      now += Math.floor(random.float() * 240_000)
      const bytes = Math.floor(random.float() * 2_500)
      try {
        keys.take(key, bytes)
        given.push({ atMs: now, bytes })
      } catch (error) {
        expect(error).toMatchObject({ code: 'budget-exceeded' })
      }
      const lastHour = given.filter(({ atMs }) => atMs > now - HOUR)
      expect(lastHour.reduce((sum, { bytes: each }) => sum + each, 0)).toBeLessThanOrEqual(10_000)
    }
    expect(given.length).toBeGreaterThan(50)
  })

  test('the next process counts on, a key that is gone leaves nothing, and a clock that was wrong is forgiven', async () => {
    const key = await newKey()
    keys.take(key, 9_000)
    const env = { ...workspace.env }
    workspace.close()
    workspace = await openWorkspace(home, env)
    keys = openApiKeys(workspace)
    expect(() => keys.take(key, 1_001)).toThrow()
    now -= 48 * HOUR
    keys.take(key, 10_000)
    await keys.revoke('agent')
    const left = workspace.database.prepare('SELECT count(*) AS rows FROM data_reads').get()
    expect(left).toEqual({ rows: 0 })
  })
})
