import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SyncStrategy } from '../../main/contract/index.ts'
import { type Ground, layGround } from './app-ground.ts'

/** Two computers that sync one folder through one place; the second came in by an invite. */
let ada: Ground
let ben: Ground

beforeEach(async () => {
  ada = await layGround()
  ben = await layGround()
})
afterEach(async () => {
  await ada.close()
  await ben.close()
})

const fileOf = (ground: Ground) => join(ground.base, 'docs', 'list.txt')
const read = (ground: Ground) => readFileSync(fileOf(ground), 'utf8')

/** Syncs until nothing is left to do, which takes files that rest. */
async function sync(ground: Ground): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    await ground.done(ground.client.call('sync.run', {}))
    const [folder] = await ground.client.call('sync.list', {})
    if (folder?.state === 'synced') return
    await sleep(200)
  }
  throw new Error('it does not come to rest')
}

async function begin(strategy: SyncStrategy): Promise<void> {
  for (const ground of [ada, ben]) mkdirSync(join(ground.base, 'docs'))
  writeFileSync(fileOf(ada), 'milk\n')
  const placeId = await ada.addPlace('nas')
  const folder = { name: 'docs', strategy, auto: false }
  await ada.client.call('sync.add', { ...folder, folder: join(ada.base, 'docs'), placeId })
  await sync(ada)
  const there = await ben.client.call('place.add', { name: 'nas', type: 'local', path: ada.placePath('nas') })
  const { code } = await ada.client.call('sync.invite', { placeId })
  await ben.client.call('repository.adopt', { placeId: there.id, secret: ` ${code.toLowerCase()}` })
  await ben.client.call('sync.add', { ...folder, folder: join(ben.base, 'docs'), placeId: there.id })
  for (let tries = 0; tries < 100 && (await ben.client.call('sync.list', {}))[0]?.files !== 1; tries++)
    await sync(ben)
  expect(read(ben)).toBe('milk\n')
}

it('says of a version that was taken over another when it was written, and by which device; of the other the same', async () => {
  await begin('local_preferred')
  const before = Date.now()
  writeFileSync(fileOf(ada), 'oat milk\n')
  await sync(ada)
  writeFileSync(fileOf(ben), 'soy milk\n')
  for (let tries = 0; tries < 100; tries++) {
    await sync(ben)
    if ((await ben.client.call('sync.conflicts', {})).length > 0) break
  }
  const [conflict] = await ben.client.call('sync.conflicts', {})
  const [known] = (await ben.client.call('repository.list', {})).map(({ deviceName }) => deviceName)
  expect(conflict).toMatchObject({ kind: 'sent', path: 'list.txt' })
  for (const side of [conflict?.here, conflict?.there]) {
    expect(side?.device).toBe(known)
    expect(Date.parse(side?.modifiedAt ?? '')).toBeGreaterThan(before - 2_000)
    expect(Date.parse(side?.modifiedAt ?? '')).toBeLessThanOrEqual(Date.now() + 2_000)
  }
  expect(Date.parse(conflict?.here.modifiedAt ?? '')).toBeGreaterThan(
    Date.parse(conflict?.there.modifiedAt ?? ''),
  )

  const { days, folders, places, endings, devices } = await ben.client.call('sync.figures', {})
  const total = (of: (day: (typeof days)[number]) => number) => days.reduce((sum, day) => sum + of(day), 0)
  expect(days).toHaveLength(30)
  expect(total((day) => day.sentBytes)).toBe('soy milk\n'.length)
  expect(total((day) => day.fetchedBytes)).toBe('milk\n'.length)
  expect(total((day) => day.conflicts)).toBe(1)
  const rates = { syncs: expect.any(Number), failures: 0, averageMs: expect.any(Number) }
  expect(folders).toMatchObject([{ name: 'docs', ...rates }])
  expect(places).toMatchObject([{ placeName: 'nas', ...rates }])
  expect(folders[0]?.syncs).toBeGreaterThan(1)
  expect([endings, devices]).toEqual([[{ name: 'txt', conflicts: 1 }], [{ name: known, conflicts: 1 }]])
})

it('an invite leaves a trace without its code, and none where there is nothing to open', async () => {
  const placeId = await ada.addPlace('nas')
  mkdirSync(join(ada.base, 'docs'))
  await ada.client.call('sync.add', { name: 'docs', folder: join(ada.base, 'docs'), placeId, auto: false })
  const before = Date.now()
  const { code, inviteId, until, qr } = await ada.client.call('sync.invite', { placeId, hours: 2 })
  const madeMs = Date.parse(until) - 2 * 3_600_000
  expect(madeMs).toBeGreaterThan(before - 60_000)
  expect(madeMs).toBeLessThan(Date.now() + 60_000)
  expect(qr).toMatch(/^<svg /)
  expect(await ada.client.call('sync.invites', { placeId })).toMatchObject([{ inviteId, until }])
  const { entries } = await ada.client.call('audit.list', {})
  expect(entries.some(({ action }) => action === 'sync.invite')).toBe(true)
  expect(JSON.stringify(entries)).not.toContain(code.slice(0, 9))
  const empty = await ben.addPlace('empty')
  await expect(ben.client.call('repository.adopt', { placeId: empty, invite: code })).rejects.toMatchObject({
    code: 'repository-missing',
  })
  expect(await ada.client.call('sync.revokeInvites', { placeId, inviteId })).toEqual({ revoked: 1 })
  expect(await ada.client.call('sync.invites', { placeId })).toEqual([])
})

it('has news of others to bring also after something else has read them: tidying, a check, a look at old versions', async () => {
  await begin('server_preferred')
  const [folder] = await ada.client.call('sync.list', {})
  const id = folder?.id ?? ''
  const { syncs } = ada.app.context.engine
  const { signal } = new AbortController()
  await sync(ada)
  expect(await syncs.hasNews(id, signal)).toBe(false)
  const readers: Readonly<Record<string, () => Promise<unknown>>> = {
    tidying: () => syncs.tidy(id, { signal }),
    'what would be tidied': () => syncs.tidy(id, { dryRun: true, signal }),
    'a check': () => ada.client.call('sync.check', { id }),
    'old versions': () => ada.client.call('sync.versions', { id, path: 'list.txt' }),
  }
  for (const [name, look] of Object.entries(readers)) {
    writeFileSync(fileOf(ben), `${name}\n`)
    await sync(ben)
    await look()
    expect(await syncs.hasNews(id, signal), name).toBe(true)
    await sync(ada)
    expect(read(ada)).toBe(`${name}\n`)
    expect(await syncs.hasNews(id, signal), name).toBe(false)
  }
})
