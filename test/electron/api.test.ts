import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { App } from '../../main/app/create-app.ts'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import type { ApiState } from '../../main/contract/index.ts'
import { freePort, isOpen, occupyPort } from '../ground/port.ts'
import { realApp } from './real-app.ts'
import { english, type StartedShell, startShell, until } from './start-shell.ts'

let started: StartedShell
let folder: string
let app: App
let client: InProcessClient
let port: number
let api: ApiState | undefined

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'everstow-electron-api-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(async () => {
  port = await freePort()
  api = undefined
  started = await startShell({
    startApp: async (hostCan) => {
      const real = await realApp(mkdtempSync(path.join(folder, 'home-')), hostCan)
      app = real.app
      return real.running
    },
  })
  client = connectInProcess(app.server, 'admin')
  client.onState('api', ({ current }) => {
    api = current
  })
})
afterEach(async () => {
  client.close()
  await app.stop()
  await started.close()
})

const becomes = (state: ApiState['state'], at = port): Promise<void> =>
  until(() => api?.state === state && api.port === at)
const plans = (key: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/api/v1/plans`, { headers: { authorization: `Bearer ${key}` } })

test('nothing listens before it is switched on, and nothing after it is switched off', async () => {
  const { token } = await client.call('apiKeys.add', { name: 'monitor', role: 'read' })
  await client.call('settings.update', { apiPort: port })
  await becomes('off')
  expect((await client.call('app.info', {})).can.serveApi).toBe(true)
  expect(await isOpen(port)).toBe(false)

  await client.call('settings.update', { serveApi: true })
  await becomes('listening')
  expect(api).toEqual({ state: 'listening', port, url: `http://127.0.0.1:${port}` })
  const answer = await plans(token)
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ plans: [] })
  expect((await plans('wrong')).status).toBe(401)
  const acts = async () =>
    (await client.call('audit.list', { limit: 20 })).entries.map(({ action, host, actor }) => [
      action,
      host,
      actor.kind,
    ])
  await expect.poll(acts).toEqual(
    expect.arrayContaining([
      ['settings.update', 'window', 'person'],
      ['plan.list', 'api', 'api-key'],
    ]),
  )

  await client.call('settings.update', { serveApi: false })
  await becomes('off')
  await expect.poll(() => isOpen(port)).toBe(false)
})

test('a port that is taken is told in the window and the tray, and another one heals it', async () => {
  const { port: taken, server } = await occupyPort(0)
  await client.call('settings.update', { serveApi: true, apiPort: taken })
  await becomes('failed', taken)
  expect(api?.error).toMatchObject({ code: 'port-taken', data: { port: taken }, retry: 'wait' })
  expect((await client.call('settings.get', {})).serveApi).toBe(true)
  const { problems } = await client.call('status.get', {})
  expect(problems).toContainEqual(
    expect.objectContaining({
      id: 'api',
      level: 'attention',
      sentence: { key: 'status.apiFailed', params: { port: taken } },
    }),
  )
  const sentence = english.text('status.apiFailed', { port: taken })
  await expect.poll(() => started.tray().tooltip).toContain(sentence)

  await client.call('settings.update', { apiPort: port })
  await becomes('listening')
  expect(await isOpen(port)).toBe(true)
  expect((await client.call('status.get', {})).problems.map(({ id }) => id)).not.toContain('api')
  await expect.poll(() => started.tray().tooltip).not.toContain(sentence)
  server.close()
  await once(server, 'close')
})

test('it ends with the program, also while a program listens to events', async () => {
  const { token } = await client.call('apiKeys.add', { name: 'monitor', role: 'read' })
  await client.call('settings.update', { serveApi: true, apiPort: port })
  await becomes('listening')
  const events = await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const ended = events.text().then(
    () => true,
    () => true,
  )
  started.shell?.quitting.now()
  await until(() => started.standIn.app.exitCode !== undefined)
  expect(started.standIn.app.exitCode).toBe(0)
  expect(await ended).toBe(true)
  expect(await isOpen(port)).toBe(false)
})
