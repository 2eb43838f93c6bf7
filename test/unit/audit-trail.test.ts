import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import type { AuditRecord } from '../../main/contract/index.ts'
import { type Ground, layGround } from './app-ground.ts'

const CANARY = 'canary-5f1d-never-in-a-log'

let ground: Ground

beforeAll(async () => {
  ground = await layGround()
})
afterAll(() => ground.close())

/** Newest first, without the entry that introduces the key. */
async function entries(limit = 100): Promise<AuditRecord[]> {
  const { entries: all } = await ground.client.call('audit.list', { limit })
  return all.filter(({ action }) => action !== 'audit.key')
}

test('what changes something is written before and after, by the person and the host', async () => {
  const placeId = await ground.addPlace('one')
  const [done, started] = await entries(2)
  expect(started).toMatchObject({ action: 'place.add', outcome: 'started', host: 'library' })
  expect(started?.actor.kind).toBe('person')
  expect(done).toMatchObject({
    outcome: 'done',
    ends: started?.number,
    targets: { name: 'one', id: placeId },
  })
})

test('a question leaves no trace, a wrong change does', async () => {
  const [before] = await entries(1)
  await ground.client.call('plan.list', {})
  await ground.client.call('status.get', {})
  expect((await entries(1))[0]?.number).toBe(before?.number)
  await expect(ground.client.call('plan.remove', { id: 'nothing' })).rejects.toThrow()
  const [failed] = await entries(1)
  expect(failed).toMatchObject({ action: 'plan.remove', outcome: 'failed', code: 'unknown-plan' })
  await expect(ground.client.call('settings.update', { theme: 'pink' as 'dark' })).rejects.toThrow()
  expect((await entries(1))[0]).toMatchObject({ outcome: 'refused', code: 'invalid-input' })
})

test('long work ends in the log when its run ended', async () => {
  const run = await ground.backUp()
  const [done, started] = await entries(2)
  expect(started).toMatchObject({
    action: 'backup.start',
    outcome: 'started',
    targets: { paths: ground.source },
  })
  expect(done).toMatchObject({
    outcome: 'done',
    ends: started?.number,
    targets: { runId: run.id, backupId: run.backup?.id },
  })
  const into = join(ground.base, 'back')
  await ground.done(ground.client.call('restore.start', { backupId: run.backup?.id ?? '', into }))
  expect((await entries(1))[0]).toMatchObject({ action: 'restore.start', outcome: 'done', targets: { into } })
})

test('contents that were read are named once a file, with who read them', async () => {
  writeFileSync(join(ground.source, 'long.txt'), CANARY.repeat(1_000))
  const { backup } = await ground.done(
    ground.client.call('backup.start', { paths: [ground.source], format: 'snapshot' }),
  )
  const reader = connectInProcess(ground.app.server, 'view', {
    actor: { kind: 'api-key', name: 'reader' },
    host: 'api',
  })
  const id = backup?.id ?? ''
  const path = join(ground.source, 'long.txt').slice(1)
  const { entries: files } = await reader.call('backup.files', { id, search: 'long.txt' })
  const inside = files[0]?.path ?? path
  for (const offset of [0, 100, 200])
    await reader.call('backup.read', { id, path: inside, offset, length: 100 })
  const reads = (await entries()).filter(({ action }) => action === 'backup.read')
  expect(reads).toMatchObject([{ actor: { kind: 'api-key', name: 'reader' }, host: 'api', outcome: 'done' }])
  await expect(reader.call('backup.pin', { id, pinned: true })).rejects.toThrow()
  expect((await entries(1))[0]).toMatchObject({
    action: 'backup.pin',
    outcome: 'refused',
    code: 'permission-denied',
  })
})

test('secrets and contents are not in the log, and the log is in order', async () => {
  await ground.client.call('key.add', { label: 'second', passphrase: CANARY })
  await ground.client
    .call('place.add', {
      name: 'cloud',
      type: 's3',
      bucket: 'b',
      endpoint: 'http://127.0.0.1:9',
      secrets: { accessKeyId: CANARY, secretAccessKey: CANARY },
      test: false,
    })
    .catch(() => {})
  const paths = [`postgres://ada:${CANARY}@localhost/db`, `ftp://x:${CANARY}@h/p ok`]
  await ground.client.call('backup.start', { paths }).catch(() => {})
  const folder = join(ground.home, 'audit')
  const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  expect(text.join('')).toContain('key.add')
  expect(text.join('')).not.toContain(CANARY)
  await ground.restart()
  expect(await ground.client.call('audit.verify', {})).toMatchObject({ ok: true, unsigned: 0 })
})
