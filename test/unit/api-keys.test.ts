import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ApiKeys, openApiKeys } from '../../main/engine/api-keys/api-keys.ts'
import { openWorkspace, type Workspace } from '../../main/engine/catalogue/workspace.ts'
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
