import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import { type CallName, calls, sliceNames } from '../../main/contract/index.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { routes } from '../../main/hosts/api/routes/index.ts'
import { serveApi } from '../../main/hosts/api/serve-api.ts'
import { type HeadlessHost, startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { CANARIES, canariesIn } from '../ground/canaries.ts'
import { startSealedSecrets } from '../ground/sealed-secrets.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { send } from './api-ground.ts'

let base: string
let home: string
let cloud: S3Server
let host: HeadlessHost
let client: InProcessClient
const heard: { readonly from: string; readonly text: string }[] = []
const hear = (from: string, what: unknown): void => {
  heard.push({ from, text: typeof what === 'string' ? what : (JSON.stringify(what) ?? '') })
}

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'everstow-canaries-'))
  home = join(base, 'home')
  cloud = await startS3Server({ credentials: [{ accessKeyId: 'AKIAPUBLIC', secretAccessKey: CANARIES.s3 }] })
  mkdirSync(join(base, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(base, 'renderer', 'index.html'), '<!doctype html>')
  mkdirSync(join(base, 'papers'))
  writeFileSync(join(base, 'papers', 'a.json'), '{"eur":1}')
  startSealedSecrets(home, CANARIES.passphrase)
  host = await startHeadless({
    ...{ home, port: 0, rendererFolder: join(base, 'renderer'), version: '0', locale: 'en', userHome: base },
    ...{ keychain: 'off' as const, passphrase: new Secret(CANARIES.passphrase) },
  })
  client = connectInProcess(host.app.server, 'admin')
})
afterAll(async () => {
  await host?.stop()
  await cloud?.close()
  rmSync(base, { recursive: true, force: true })
})

/** Calls, and hears the answer or the refusal. */
async function ask(name: CallName, input: unknown): Promise<unknown> {
  try {
    const output = await client.call(name, input as never)
    hear(name, output)
    return output
  } catch (error) {
    const { message, stack, code, data } = error as Error & { code?: string; data?: unknown }
    hear(name, { message, stack, code, data })
    return undefined
  }
}

async function work(name: CallName, input: unknown): Promise<string | undefined> {
  const { runId } = ((await ask(name, input)) ?? {}) as { runId?: string }
  if (runId === undefined) return undefined
  const run = (await ask('run.wait', { id: runId })) as { state: string }
  // What runs is seen by everybody on this computer.
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each)))
    try {
      hear('a process', readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    } catch {
      // It has ended.
    }
  return run.state
}

test('secrets of every kind are used, refused and mistyped, and are found where secrets lie and nowhere else', async () => {
  for (const slice of sliceNames) client.onState(slice, (state) => hear(`the state of ${slice}`, state))
  client.onEvent('notice', (notice) => hear('a notice', notice))
  await ask('settings.update', { logLevel: 'debug', serveData: true })

  const s3 = { type: 's3', bucket: 'everstow-test', endpoint: cloud.url, region: cloud.region }
  const place = (await ask('place.add', {
    ...{ ...s3, name: 'cloud' },
    secrets: { accessKeyId: 'AKIAPUBLIC', secretAccessKey: CANARIES.s3 },
  })) as { id: string }
  const wrong = {
    accessKeyId: 'AKIAPUBLIC',
    secretAccessKey: CANARIES.wrongS3,
    sessionToken: CANARIES.session,
  }
  await ask('place.add', { ...s3, name: 'refused', secrets: wrong })
  const failing = (await ask('place.add', { ...s3, name: 'wrong', test: false, secrets: wrong })) as {
    id: string
  }
  const nowhere = 'http://127.0.0.1:1'
  const account = { type: 'azure', bucket: 'c', account: 'a', endpoint: nowhere, test: false }
  await ask('place.add', { ...account, name: 'azure', secrets: { accountKey: CANARIES.azure } })
  await ask('place.add', { ...account, name: 'sas', secrets: { sasToken: `sv=1&sig=${CANARIES.sas}` } })
  const serviceAccountJson = JSON.stringify({
    type: 'service_account',
    private_key: CANARIES.google,
    client_email: 'a@b',
  })
  await ask('place.add', {
    type: 'gcs',
    name: 'gcs',
    bucket: 'b',
    endpoint: nowhere,
    test: false,
    secrets: { serviceAccountJson },
  })
  await ask('place.add', { ...s3, name: 'typo', endpoint: `http://user:${CANARIES.mistyped}@127.0.0.1:1` })
  await ask('place.update', { id: failing.id, change: { region: 'x' }, secrets: wrong })
  await ask('place.test', { id: failing.id })

  const hook = {
    type: 'webhook',
    name: 'hook',
    url: `http://127.0.0.1:1/${CANARIES.hook}`,
    secret: CANARIES.webhook,
  }
  const mail = {
    type: 'email',
    name: 'mail',
    host: '127.0.0.1',
    port: 1,
    security: 'none',
    user: 'u',
    password: CANARIES.mail,
  }
  for (const channel of [hook, { ...mail, from: 'a@example.org', to: ['b@example.org'] }])
    await ask('alert.test', {
      id: ((await ask('alert.add', channel)) as { id: string } | undefined)?.id ?? '',
    })
  const source = 'postgres://anna@127.0.0.1:1/shop'
  await ask('postgres.test', { source, password: CANARIES.postgres })
  await ask('postgres.setPassword', { source, password: CANARIES.postgres })
  await ask('postgres.test', { source: source.replace('anna', `anna:${CANARIES.mistyped}`) })
  await ask('env.import', {
    text: `AWS_S3_BUCKET=b\nAWS_ACCESS_KEY_ID=A\nAWS_SECRET_ACCESS_KEY=${CANARIES.env}\n`,
    apply: true,
  })
  await ask('env.import', { text: `AWS_SECRET_ACCESS_KEY="${CANARIES.env}\n` })

  const papers = { sources: [join(base, 'papers')], schedule: 'manual' }
  await ask('plan.add', { ...papers, name: 'good', placeIds: [place.id, failing.id] })
  await ask('plan.add', { ...papers, name: 'base', sources: [source], placeIds: [place.id] })
  const plans = (await client.call('plan.list', {})).map(({ id }) => id)
  const came: (string | undefined)[] = []
  for (const plan of plans) came.push(await work('backup.start', { plan }))
  expect(came).toContain('failed')
  for (const format of ['snapshot', 'archive'])
    expect(await work('backup.start', { paths: papers.sources, format, placeIds: [place.id] })).toBe('done')
  const [newest] = (await client.call('backup.list', {})).backups
  await work('restore.start', { backupId: newest?.id, into: join(base, 'back') })
  await work('backup.verify', { dataPercent: 100 })
  await work('backup.drill', {})
  await work('backup.push', {})
  const invite = (await client.call('sync.invite', { placeId: place.id })).code
  await ask('repository.adopt', { placeId: place.id, secret: CANARIES.mistyped })

  // Whatever can be looked at, by the window and by programs.
  const looks = (Object.keys(calls) as CallName[]).filter((name) => calls[name].access === 'view')
  for (const name of looks) await ask(name, {})
  const { token } = await client.call('apiKeys.add', { name: 'program', role: 'admin' })
  const api = await serveApi(host.app, { port: 0 })
  const gets = routes.filter(({ method, kind }) => method === 'GET' && kind !== 'events')
  for (const { path } of gets) {
    const at = { host: '127.0.0.1', port: api.port, path: path.replace(/\{\w+\}/g, newest?.id ?? '') }
    hear(path, (await send(at, { key: token })).text)
  }
  await send(
    { host: '127.0.0.1', port: api.port, path: '/api/v1/plans' },
    { key: `evs_${CANARIES.mistyped}` },
  )
  await api.stop()

  expect(heard.length).toBeGreaterThan(looks.length + gets.length)
  // Much is said many times.
  const texts = new Map(heard.map(({ from, text }) => [text, from]))
  const found = [...texts].flatMap(([text, from]) => canariesIn(from, text))
  for (const path of filesBelow(home))
    if (!/secrets\.sealed$/.test(path)) {
      const bytes = readFileSync(path).toString('latin1')
      found.push(...canariesIn(path.slice(home.length), bytes))
      // These were given to a person, once.
      for (const [kind, given] of Object.entries({ token, invite }))
        if (bytes.includes(given)) found.push(`${kind} in ${path.slice(home.length)}`)
    }
  expect([...new Set(found)]).toEqual([])
  // Found they would have been.
  for (const text of Object.values(CANARIES))
    for (const form of [text, Buffer.from(`key=${text};`).toString('base64')])
      expect(canariesIn('itself', `...${form}...`)).not.toEqual([])
  const log = readFileSync(join(home, 'logs', 'everstow.log'), 'utf8')
  expect(log.split('\n').length).toBeGreaterThan(20)
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
}
