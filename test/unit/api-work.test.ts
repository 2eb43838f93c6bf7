import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { request as secureRequest } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setRestoreRoots } from '../../main/app/restore-roots.ts'
import { routes } from '../../main/hosts/api/routes/index.ts'
import { startEverstow } from '../crash/everstow-command.ts'
import { type Answer, type ApiGround, layApiGround } from './api-ground.ts'

let ground: ApiGround

beforeAll(async () => {
  ground = await layApiGround()
})
afterAll(() => ground.close())

const read = (path: string) => ground.ask(path, { key: ground.keys.read })
const post = (path: string, body: unknown = {}, headers = {}) =>
  ground.ask(path, { method: 'POST', key: ground.keys.operate, body, headers })
const command = (path: string, body: unknown) =>
  ground.ask(path, { method: 'POST', key: ground.keys.admin, body })
const remove = (path: string) => ground.ask(path, { method: 'DELETE', key: ground.keys.admin })

describe('a backup by the API', () => {
  test('is made, listed, checked and brought back', async () => {
    const begun = await post('/api/v1/backup/trigger', { plan: 'papers', tag: 'by the API' })
    expect(begun).toMatchObject({ status: 202, json: { location: begun.headers.location } })
    const made = await ground.ended(begun)
    expect(made.json).toMatchObject({ kind: 'backup', state: 'done', backup: { tag: 'by the API' } })
    const { backups } = (await read('/api/v1/backup/list?limit=5')).json
    const id = made.json.backup_id
    expect(backups).toMatchObject([{ backup_id: id, cloud_sync_status: 'synced', files_backed_up: 3 }])
    expect((await read('/api/cloud/status')).json).toMatchObject({
      success: true,
      statistics: { total_backups: 1 },
      recent_backups: [{ backup_id: id }],
    })
    const checked = await ground.ended(await post(`/api/v1/backup/verify/${id}`))
    expect(checked.json).toMatchObject({ state: 'done', verify: { problems: [] } })
    const back = await ground.ended(await post('/api/v1/backup/restore/files', { backup_id: 'latest' }))
    expect(back.json).toMatchObject({ state: 'done', restore: { restored: 3 } })
    expect(back.json.restore.into).toContain(join(ground.home, 'restored', id))
    expect(readdirSync(back.json.restore.into, { recursive: true }).join()).toContain('a.txt')
    const health = (await read('/api/v1/backup/health')).json
    expect(health).toMatchObject({
      verdict: expect.any(String),
      has_damage: false,
      places: [{ type: 'local' }],
    })
    expect((await read('/api/v1/databases')).json).toEqual({ databases: [] })
    const noDatabase = await ground.ended(
      await command('/api/v1/backup/restore/database', { backup_id: id, into: 'postgres://127.0.0.1:1/x' }),
    )
    expect(noDatabase.json).toMatchObject({ state: 'failed', error: { code: 'postgres-unreachable' } })
    const noCluster = await ground.ended(
      await command('/api/v1/backup/point-in-time-recovery', { database: 'nothing', to: 'latest' }),
    )
    expect(noCluster.json).toMatchObject({ state: 'failed', error: { code: 'unknown-database' } })
    const metrics = await read('/metrics')
    expect(metrics.headers['content-type']).toContain('version=0.0.4')
    expect(metrics.text).toMatch(/^# HELP everstow_/m)
    expect((await read('/api/v1/backup/status')).json.last_backup_at).toEqual(expect.any(String))
    expect(
      (await ground.ended(await remove('/api/v1/backup/cleanup?keep_days=30&dry_run=true'))).json,
    ).toMatchObject({
      state: 'done',
      cleanup: { dry_run: true },
    })
    expect((await remove('/api/v1/outbox')).json).toEqual({ removed: 0, kept: 0 })
    expect((await read('/api/v1/plans/papers')).json).toMatchObject({ name: 'papers', format: 'snapshot' })
    expect((await read('/api/v1/jobs')).json.jobs.length).toBeGreaterThan(3)
  })

  test('what is not there is not found; what makes no sense is said so', async () => {
    for (const [answer, status, code] of [
      [await post('/api/v1/backup/verify/nothing'), 404, 'unknown-backup'],
      [await post('/api/v1/backup/trigger', { plan: 'nothing' }), 404, 'unknown-plan'],
      [await post('/api/v1/backup/trigger', {}), 422, 'invalid-input'],
      [await read('/api/v1/jobs/run_nothing'), 404, 'unknown-job'],
      [await read('/api/v1/plans/nothing'), 404, 'unknown-plan'],
      [await read('/api/v1/backup/list?limit=none'), 400, 'invalid-input'],
      [await read('/api/v1/backup/list?from=2026-13-01'), 400, 'invalid-input'],
    ] as const)
      expect(answer).toMatchObject({ status, json: { code } })
  })

  test('asked twice with one Idempotency-Key is one job, with another body an error', async () => {
    const headers = { 'idempotency-key': 'night-1' }
    const [one, two] = await Promise.all(
      [1, 2].map(() => post('/api/v1/backup/trigger', { plan: 'papers' }, headers)),
    )
    expect(one?.json).toEqual(two?.json)
    expect(await post('/api/v1/backup/trigger', { plan: 'papers', tag: 'x' }, headers)).toMatchObject({
      status: 422,
      json: { code: 'idempotency-key-used' },
    })
    await ground.ended(one as Answer)
  })

  test('asked by many at once, every one that was begun is whole', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map(() => post('/api/v1/backup/trigger', { plan: 'papers' })),
    )
    for (const { status } of answers) expect([202, 409]).toContain(status)
    const jobs = await Promise.all(answers.filter(({ status }) => status === 202).map(ground.ended))
    for (const { json } of jobs) expect(json.state).toBe('done')
    // More than one only where the one before had ended already.
    expect(jobs.length).toBeGreaterThan(0)
  })
})

test('restores go nowhere but below the folders that were allowed', async () => {
  const { base, home } = ground
  const root = join(base, 'allowed')
  const outside = join(base, 'outside')
  for (const folder of [root, outside, join(root, 'inside')]) mkdirSync(folder)
  symlinkSync(outside, join(root, 'link'))
  symlinkSync(join(outside, 'missing'), join(root, 'dangling'))
  symlinkSync('..', join(root, 'up'))
  symlinkSync('/', join(root, 'inside', 'top'))
  writeFileSync(join(root, 'file'), '')
  await setRestoreRoots(ground.host.app.context.engine, [root])
  const tries = [
    outside,
    base,
    '/',
    '/etc',
    home,
    `${root}x`,
    `${root}-2/a`,
    'relative',
    './a',
    '',
    '.',
    '~',
    '~/a',
  ]
  const steps = [
    '..',
    '../outside',
    'inside/../../outside',
    'link',
    'link/a',
    'link/a/b',
    'dangling',
    'dangling/a',
    'up',
    'up/outside',
    'inside/top',
    'inside/top/etc',
    'inside/top/etc/new',
    'up/allowed/../outside',
    './../outside',
    'inside/./../..',
    '..\\outside',
    'a\0b',
    'inside/..%2f..',
    'a/../../b/../../outside',
  ]
  for (const step of steps)
    for (const form of [
      `${root}/${step}`,
      `${root}//${step}`,
      `${root}/./${step}`,
      `${home}/restored/${step}`,
      `${root}/inside/../${step}`,
      `${root}/inside/${step}/../../../outside`,
    ])
      tries.push(form)
  // Plain names that only look odd are not escapes.
  const harmless = (path: string) =>
    !path.split(/[\\/]/).some((part) => part === '..' || part === '.') &&
    /^[^\0]*\/(link|dangling|up|inside)(\/.*)?$/.test(path) &&
    path.startsWith(`${home}/restored`)
  const wanted = tries.filter((path) => !harmless(path) && !path.endsWith('%2f..'))
  expect(wanted.length).toBeGreaterThanOrEqual(100)
  for (const target of wanted) {
    const answer = await post('/api/v1/backup/restore/files', { backup_id: 'latest', target, dry_run: true })
    expect([400, 403], JSON.stringify(target)).toContain(answer.status)
    expect(answer.text).not.toContain('outside')
  }
  const good = await post('/api/v1/backup/restore/files', { backup_id: 'latest', target: `${root}/new/deep` })
  expect((await ground.ended(good)).json.state).toBe('done')
  expect(existsSync(join(root, 'new', 'deep'))).toBe(true)
  expect(readdirSync(outside)).toEqual([])
})

test('the description says every route, with the schemas that check it', async () => {
  const described = (await read('/api/openapi.json')).json
  expect(described.openapi).toBe('3.1.0')
  for (const { method, path, role } of routes) {
    const operation = described.paths[path]?.[method.toLowerCase()]
    expect(operation?.['x-role'], `${method} ${path}`).toBe(role)
    const named = operation.parameters.filter((each: { in: string }) => each.in === 'path')
    expect(named.map((each: { name: string }) => `{${each.name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
  }
  const body =
    described.paths['/api/v1/backup/restore/files'].post.requestBody.content['application/json'].schema
  expect(body).toMatchObject({ additionalProperties: false, required: ['backup_id'] })
})

test('events tell of jobs while they run', async () => {
  const heard: string[] = []
  const headers = { authorization: `Bearer ${ground.keys.read}` }
  const stream = get(
    { host: '127.0.0.1', port: ground.host.port, path: '/api/v1/events', headers },
    (response) => response.setEncoding('utf8').on('data', (text: string) => heard.push(text)),
  )
  stream.on('error', () => {})
  await once(stream, 'response')
  const job = await ground.ended(await post('/api/v1/backup/trigger', { plan: 'papers' }))
  await expect.poll(() => heard.join('')).toContain(`"id":"${job.json.id}"`)
  expect(heard.join('')).toMatch(/^event: job\ndata: \{/m)
  stream.destroy()
})

test('every request is in the audit log, which is in order, and no key or content is anywhere', async () => {
  const canary = 'canary-77aa-secret'
  writeFileSync(join(ground.base, 'papers', 'a.txt'), canary)
  await ground.ended(await post('/api/v1/backup/trigger', { plan: 'papers' }))
  await ground.ask(`/api/v1/plans?token=${canary}`, { key: ground.keys.read })
  await ground.ask(`/api/v1/${canary}`, { key: ground.keys.read })
  await ground.ask('/api/v1/audit', { key: ground.keys.read })
  const answers = await Promise.all(
    ['/api/v1/plans', '/api/v1/places', '/api/v1/backup/status', '/api/v1/jobs', '/api/v1/outbox'].map(read),
  )
  const audit = await ground.ask('/api/v1/audit?limit=5000', { key: ground.keys.admin })
  const done = audit.json.entries as {
    action: string
    outcome: string
    actor: { name: string }
    code?: string
  }[]
  const by = (name: string) => done.filter(({ actor }) => actor.name.startsWith(name))
  for (const action of ['plan.list', 'place.list', 'status.get', 'run.list', 'outbox.list', 'backup.records'])
    expect(by('reader').map((entry) => entry.action)).toContain(action)
  expect(by('worker').map((entry) => entry.action)).toContain('restore.start')
  expect(by('reader')).toContainEqual(
    expect.objectContaining({ action: 'GET /api/v1/audit', outcome: 'refused', code: 'role' }),
  )
  const { engine } = ground.host.app.context
  expect((await engine.audit.verify()).problem).toBeUndefined()
  const written = ['logs', 'audit'].flatMap((folder) =>
    readdirSync(join(ground.home, folder)).map((name) =>
      readFileSync(join(ground.home, folder, name), 'utf8'),
    ),
  )
  const secrets = [canary, ...Object.values(ground.keys).map((key) => key.slice(13))]
  for (const secret of secrets)
    for (const text of [...written, ...answers.map((each) => each.text), audit.text])
      expect(text).not.toContain(secret)
})

describe('as a real process', () => {
  test('everstow serve --api answers whoever has a key, and ends cleanly', async () => {
    const home = join(ground.base, 'served')
    const key = JSON.parse(
      (await startEverstow(home, ['api-key', 'add', 'm', '--role', 'read', '--json']).ended).stdout,
    ).key
    const child = spawn(process.execPath, ['bin/everstow.mjs', '--home', home, 'serve', '--api', '--json'], {
      env: { ...process.env, EVERSTOW_KEYCHAIN: 'off' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    await expect.poll(() => out).toContain('}')
    const { url } = JSON.parse(out)
    const answer = await fetch(`${url}/api/v1/plans`, { headers: { authorization: `Bearer ${key}` } })
    expect(await answer.json()).toEqual({ plans: [] })
    expect((await fetch(`${url}/api/v1/plans`)).status).toBe(401)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test('listens for other computers only with TLS', async () => {
    const refused = await startEverstow(join(ground.base, 'served'), ['serve', '--api', '--bind', '0.0.0.0'])
      .ended
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('TLS')
    const [cert, key] = [join(ground.base, 'cert.pem'), join(ground.base, 'key.pem')]
    const subject = ['-subj', '/CN=backup.example', '-addext', 'subjectAltName=DNS:backup.example']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        cert,
        ...subject,
      ],
      { stdio: 'ignore' },
    )
    const pem = readFileSync(cert, 'utf8')
    const secure = await layApiGround({
      bind: '127.0.0.2',
      tls: { cert: pem, key: readFileSync(key, 'utf8') },
    })
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) =>
        secureRequest(
          {
            host: '127.0.0.2',
            port: secure.host.port,
            path: '/api/v1/plans',
            ca: pem,
            servername: 'backup.example',
            headers: { host: `${host}:${secure.host.port}`, authorization: `Bearer ${secure.keys.read}` },
          },
          (response) => {
            response.resume()
            resolve(response.statusCode)
          },
        )
          .on('error', reject)
          .end(),
      )
    expect(await ask('backup.example')).toBe(200)
    expect(await ask('127.0.0.2')).toBe(200)
    expect(await ask('evil.example')).toBe(421)
    await secure.close()
  })
})
