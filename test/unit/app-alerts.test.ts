import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AlertKeeper, createAlertKeeper } from '../../main/app/alerts/alert-keeper.ts'
import { sendMail } from '../../main/app/alerts/send-mail.ts'
import { sendRequest } from '../../main/app/alerts/send-request.ts'
import type { AppContext } from '../../main/app/app-context.ts'
import { failingChannels } from '../../main/app/channels/channel-state.ts'
import type { MailChannel } from '../../main/app/channels/channels.ts'
import type { Channel, EventData } from '../../main/contract/index.ts'
import { createFakeClock, type FakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import { createNodeLog } from '../../main/engine/env/node/node-log.ts'
import { type HookServer, startHookServer } from '../servers/hooks/index.ts'
import { startMailServer, startMuteServer } from '../servers/smtp/index.ts'
import { type Ground, layGround } from './app-ground.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const CANARY = 'CANARY-4f1b'

let ground: Ground
let hooks: HookServer
let clock: FakeClock
let notices: EventData<'notice'>[]
let keeper: AlertKeeper

beforeEach(async () => {
  ground = await layGround()
  hooks = await startHookServer()
  clock = createFakeClock(Date.now())
  notices = []
  keeper = createAlertKeeper(context())
  await ground.addPlace('disk')
})
afterEach(async () => {
  await keeper.stop()
  await hooks.close()
  await ground.close()
})

const logPath = () => join(ground.base, 'alerts.log')

/** The application on a clock that the test moves, with a log that the test reads. */
function context(): AppContext {
  const { context: app } = ground.app
  const log = createNodeLog({ default: 'debug' }, { path: logPath() })
  const env = { ...app.engine.env, clock, log }
  return {
    ...app,
    engine: { ...app.engine, env },
    emit: (name, data) => {
      if (name === 'notice') notices.push(data as EventData<'notice'>)
    },
  }
}

/** Time passes, and the keeper looks once; ends when everything that it sends has arrived or not. */
async function look(afterMs = 0): Promise<void> {
  await clock.advance(afterMs)
  await keeper.look()
}

async function restartKeeper(): Promise<void> {
  await keeper.stop()
  keeper = createAlertKeeper(context())
}

const addPlan = (name: string) =>
  ground.app.context.engine.configuration.read().then(({ destinations }) =>
    ground.client.call('plan.add', {
      name,
      sources: [ground.source],
      placeIds: destinations.map(({ id }) => id),
      format: 'archive',
      schedule: 'every:24h',
    }),
  )
const addWebhook = (): Promise<Channel> =>
  ground.client.call('alert.add', {
    type: 'webhook',
    name: 'Team',
    url: `${hooks.url}/hook?token=${CANARY}`,
    secret: CANARY,
  })
const bodies = () =>
  hooks.heard.map(({ body }) => JSON.parse(body) as { event: string; title: string; id: string })

test('a plan without backups is told once, reminded of, and solved, over restarts; the signature is right', async () => {
  const { id: planId } = await addPlan('Documents')
  await addWebhook()
  await look()
  expect(hooks.heard).toEqual([])
  await look(3 * DAY)
  await look(HOUR)
  expect(bodies()).toMatchObject([{ event: 'incident.opened', title: 'Documents has no backup yet.' }])
  expect(notices).toMatchObject([{ level: 'failed', sentence: { key: 'report.never' } }])
  const { body, headers } = hooks.heard[0]!
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['everstow-signature'])) ?? []
  expect(hex).toBe(createHmac('sha256', CANARY).update(`${seconds}.${body}`).digest('hex'))
  expect(Number(seconds)).toBeGreaterThan(0)

  await restartKeeper()
  await look(DAY)
  expect(bodies().map(({ event }) => event)).toEqual(['incident.opened', 'incident.reminder'])

  await ground.done(ground.client.call('backup.start', { plan: planId }))
  // Made by the real clock, four days before what the keeper's clock shows: too old for a daily plan, but no longer never.
  await look(MINUTE)
  const [, , solved, stale] = bodies()
  expect(solved).toMatchObject({ event: 'incident.solved', title: 'Solved: Documents has no backup yet.' })
  expect(stale).toMatchObject({ event: 'incident.opened', title: 'No backup of Documents for 4 days.' })
})

test('a webhook that fails is tried again later, over restarts, and a dead one is shown in the status and the report', async () => {
  await addPlan('Documents')
  const { id } = await addWebhook()
  await look()
  hooks.answer({ kind: 'status', status: 503 })
  await look(3 * DAY)
  expect(hooks.heard.length).toBe(1)
  expect((await ground.client.call('alert.list', {}))[0]).toMatchObject({ state: 'failing', waiting: 1 })
  await look(20_000)
  expect(hooks.heard.length).toBe(1)
  await restartKeeper()
  await look(MINUTE)
  expect(hooks.heard.length).toBe(2)
  await look(HOUR)
  const app = context()
  expect(failingChannels(app.engine, await app.engine.configuration.read())).toMatchObject([{ id }])
  hooks.answer({ kind: 'status', status: 410 })
  await look(5 * HOUR)
  const status = await ground.client.call('status.get', {})
  expect(status.problems.map((problem) => problem.id)).toContain(`channel/${id}`)
  const report = await ground.client.call('health.report', {})
  expect(report.findings.map((finding) => finding.id)).toContain(`channel/${id}`)
  hooks.answer({ kind: 'status', status: 200 })
  await look(5 * HOUR)
  const heard = bodies()
  expect(new Set(heard.map((one) => one.id)).size).toBe(1)
  expect((await ground.client.call('alert.list', {}))[0]).toMatchObject({ state: 'ok', waiting: 0 })
})

test('redirects are not followed, silence and a cut line end in time, and a big answer holds nothing up', async () => {
  const target = await startHookServer()
  try {
    const { signal } = new AbortController()
    const direct = async (): Promise<undefined> => undefined
    const send = (timeoutMs?: number) =>
      sendRequest(
        { url: `${hooks.url}/${CANARY}`, method: 'POST', body: '{}' },
        { signal, proxyOf: direct },
        timeoutMs,
      )
    await send()
    hooks.answer({ kind: 'redirect', to: `${target.url}/elsewhere` })
    await expect(send()).rejects.toMatchObject({
      code: 'alert-refused',
      data: { reason: 'redirect', status: 302 },
    })
    expect(target.heard).toEqual([])
    hooks.answer({ kind: 'hang' })
    const error = await send(150).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'timed-out' })
    expect(JSON.stringify([error, String(error)])).not.toContain(CANARY)
    hooks.answer({ kind: 'cut' })
    await expect(send()).rejects.toMatchObject({ code: 'alert-refused', retry: 'retry' })
  } finally {
    await target.close()
  }
})

test('a watcher outside hears of every backup, of failure under /fail, and nothing of what was before', async () => {
  const { id: planId } = await addPlan('Documents')
  const run = () => ground.done(ground.client.call('backup.start', { plan: planId }))
  await run()
  await ground.client.call('alert.add', {
    type: 'ping',
    name: 'Watch',
    url: `${hooks.url}/ping/${CANARY}`,
    planId,
  })
  await look()
  expect(hooks.heard).toEqual([])
  await run()
  await look(1)
  expect(hooks.heard).toMatchObject([{ method: 'GET', path: `/ping/${CANARY}` }])
  await ground.client.call('plan.update', { id: planId, change: { sources: [join(ground.base, 'gone')] } })
  await run()
  await restartKeeper()
  await look(1)
  expect(hooks.heard.at(-1)).toMatchObject({ path: `/ping/${CANARY}/fail` })
  expect(hooks.heard.length).toBe(2)
})

test('a summary goes out every week from when it was asked for, and no more once it is not', async () => {
  const { id: planId } = await addPlan('Documents')
  await ground.done(ground.client.call('backup.start', { plan: planId }))
  await ground.client.call('plan.update', { id: planId, change: { schedule: 'manual' } })
  await addWebhook()
  await ground.client.call('settings.update', { weeklyDigest: true })
  await look()
  await look(6 * DAY)
  expect(hooks.heard).toEqual([])
  await look(DAY)
  await look(HOUR)
  expect(bodies()).toMatchObject([
    { event: 'digest', title: expect.stringMatching(/^This week: All is well/) },
  ])
  await ground.client.call('settings.update', { weeklyDigest: false })
  await look(8 * DAY)
  expect(hooks.heard.length).toBe(1)
})

const message = {
  id: 'd1',
  message: { kind: 'test' },
  text: { title: 'Essai : « ça arrive »', lines: ['line'] },
  createdMs: 0,
  nowMs: 0,
  computer: 'box',
  proxyOf: async () => undefined,
} as const
const mailTo = (port: number, security: 'tls' | 'starttls' | 'plain', user?: string) =>
  ({
    id: 'alert_1',
    name: 'Ada',
    type: 'email',
    host: '127.0.0.1',
    port,
    security,
    from: 'everstow@example.org',
    to: ['ada@example.org', 'bob@example.org'],
    hasSecret: true,
    ...(user ? { user } : {}),
  }) satisfies MailChannel

test.each(['plain', 'starttls', 'tls'] as const)(
  'mail arrives over %s, encrypted where it should be',
  async (security) => {
    const login = { user: 'ada', password: CANARY }
    const server = await startMailServer({
      tls: security === 'tls',
      offersStartTls: security === 'starttls',
      ...(security === 'plain' ? {} : { login }),
    })
    const { signal } = new AbortController()
    const channel = mailTo(server.port, security, security === 'plain' ? undefined : 'ada')
    try {
      await sendMail(channel, { password: CANARY }, { ...message, signal }, { ca: server.ca })
      expect(server.mails).toMatchObject([
        {
          from: 'everstow@example.org',
          to: ['ada@example.org', 'bob@example.org'],
          isEncrypted: security !== 'plain',
        },
      ])
      expect(server.mails[0]?.text).toMatch(/^Subject: =\?UTF-8\?/m)
      if (security === 'plain') return
      // Nobody vouches for the certificate; then the password is wrong.
      const unknown = sendMail(channel, { password: CANARY }, { ...message, signal })
      await expect(unknown).rejects.toMatchObject({ code: 'alert-refused' })
      const wrong = await sendMail(
        channel,
        { password: `${CANARY}-wrong` },
        { ...message, signal },
        { ca: server.ca },
      ).catch((caught: unknown) => caught)
      expect(wrong).toMatchObject({ code: 'alert-refused', data: { reason: 'login' } })
      expect(JSON.stringify([wrong, String(wrong)])).not.toContain(CANARY)
      expect(server.mails.length).toBe(1)
    } finally {
      await server.close()
    }
  },
)

test('mail is never sent in the open where encryption was asked for, and a mute or refusing server ends in time', async () => {
  const { signal } = new AbortController()
  const open = await startMailServer()
  const refusing = await startMailServer({ refuses: 554 })
  const mute = await startMuteServer()
  const send = (port: number, security: 'starttls' | 'plain', patience = {}) =>
    sendMail(mailTo(port, security), {}, { ...message, signal }, patience)
  try {
    await expect(send(open.port, 'starttls')).rejects.toMatchObject({ code: 'alert-refused' })
    expect(open.mails).toEqual([])
    await expect(send(refusing.port, 'plain')).rejects.toMatchObject({
      code: 'alert-refused',
      retry: 'never',
    })
    await expect(send(mute.port, 'plain', { timeoutMs: 400 })).rejects.toMatchObject({ code: 'timed-out' })
  } finally {
    await Promise.all([open.close(), refusing.close(), mute.close()])
  }
})

test('what is secret of a channel lies where secrets lie and nowhere else', async () => {
  const port = 1
  await addWebhook()
  await ground.client.call('alert.add', {
    type: 'email',
    name: 'Ada',
    host: '127.0.0.1',
    port,
    security: 'tls',
    user: 'ada',
    password: CANARY,
    from: 'a@example.org',
    to: ['b@example.org'],
  })
  await addPlan('Documents')
  hooks.answer({ kind: 'status', status: 500 })
  await look()
  await look(3 * DAY)
  for (const { id } of await ground.client.call('alert.list', {})) {
    const tested = await ground.client.call('alert.test', { id })
    expect(tested.ok).toBe(false)
    expect(JSON.stringify(tested)).not.toContain(CANARY)
  }
  await expect(
    ground.client.call('alert.add', { type: 'webhook', name: 'x', url: `http://evil.example/${CANARY}` }),
  ).rejects.toMatchObject({ code: 'invalid-input' })
  expect(JSON.stringify(await ground.client.call('alert.list', {}))).not.toContain(CANARY)
  expect(readFileSync(logPath(), 'utf8')).toMatch(/alert not sent/)
  writeFileSync(join(ground.home, 'probe'), '')
  const holding = [...filesBelow(ground.home), logPath()].filter((path) =>
    readFileSync(path, 'latin1').includes(CANARY),
  )
  expect(holding).toEqual([join(ground.home, 'secrets.json')])
})

/** Files below a folder, with their whole paths. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
}
