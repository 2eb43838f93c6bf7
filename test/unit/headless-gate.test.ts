import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { type HeadlessHost, startHeadless } from '../../main/hosts/headless/start-headless.ts'

let base: string
let host: HeadlessHost
let session: string

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'everstow-gate-'))
  const rendererFolder = join(base, 'renderer')
  mkdirSync(join(rendererFolder, 'assets'), { recursive: true })
  writeFileSync(
    join(rendererFolder, 'index.html'),
    '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__">',
  )
  writeFileSync(join(rendererFolder, 'assets', 'a.js'), 'export {}')
  writeFileSync(join(base, 'secret.txt'), 'canary')
  host = await startHeadless({
    home: join(base, 'home'),
    port: 0,
    rendererFolder,
    version: '0',
    locale: 'en',
    keychain: 'off',
    userHome: base,
  })
  const opened = await ask('/', { path: new URL(host.link()).search })
  expect(opened.status).toBe(303)
  session = String(opened.headers['set-cookie']).split(';')[0] ?? ''
})

afterAll(async () => {
  await host.stop()
  expect(existsSync(join(base, 'home', 'serve.json'))).toBe(false)
  rmSync(base, { recursive: true, force: true })
})

describe('nobody comes in without a session or the token', () => {
  test.each(['/', '/assets/a.js', '/socket', '/api/cloud/status', '/nothing'])('%s', async (path) => {
    const attempts: Record<string, string>[] = [
      {},
      { cookie: 'everstow_session=wrong' },
      { authorization: 'Bearer wrong' },
    ]
    for (const headers of attempts) {
      const answer = await ask(path, { headers })
      expect(answer.status).toBe(401)
      expect(answer.body).not.toContain('csp-nonce')
    }
  })

  test('a link opens once; its cookie is out of reach of scripts and of other sites', async () => {
    const link = new URL(host.link())
    const first = await ask('/', { path: link.search })
    expect(first.status).toBe(303)
    expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/)
    expect((await ask('/', { path: link.search })).status).toBe(401)
    expect(host.link()).not.toBe(link.href)
  })

  test('the token opens the API only, and lies in a file that only the owner can read', async () => {
    const authorization = `Bearer ${host.apiToken}`
    const answer = await ask('/api/cloud/status', { headers: { authorization } })
    expect(JSON.parse(answer.body)).toMatchObject({
      success: true,
      statistics: { total_backups: 0 },
      recent_backups: [],
    })
    expect((await ask('/', { headers: { authorization } })).status).toBe(401)
    const note = join(base, 'home', 'serve.json')
    expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({
      api_token: host.apiToken,
      port: host.port,
    })
    expect(statSync(note).mode & 0o777).toBe(0o600)
  })
})

describe('a session does not help a foreign site', () => {
  test.each([
    'evil.example',
    'evil.example:80',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil.example',
    '0.0.0.0',
    'localhost',
    '[::1]',
    '127.1',
    '2130706433',
    'user@127.0.0.1',
  ])('Host: %s', async (name) => {
    const answer = await ask('/api/cloud/status', { headers: { cookie: session, host: name } })
    expect(answer.status).toBe(421)
  })

  test.each([
    'http://evil.example',
    'https://127.0.0.1',
    'null',
    'http://localhost',
    'file://',
    'http://127.0.0.1:1',
    'app://ui',
    'http://evil.example:80',
  ])('Origin: %s', async (origin) => {
    expect((await ask('/api/cloud/status', { headers: { cookie: session, origin } })).status).toBe(403)
    await expect(connect({ cookie: session, origin })).rejects.toThrow(/403/)
  })

  test('nor one of another port of this computer, to which the browser gives the cookie', async () => {
    for (const site of ['cross-site', 'same-site', 'cross-origin', ''])
      for (const path of ['/', '/assets/a.js', '/api/cloud/status'])
        expect((await ask(path, { headers: { cookie: session, 'sec-fetch-site': site } })).status).toBe(403)
    for (const site of ['same-origin', 'none'])
      expect((await ask('/', { headers: { cookie: session, 'sec-fetch-site': site } })).status).toBe(200)
  })
})

describe('what a session gets', () => {
  test('the page under a strict policy with a nonce of its own', async () => {
    const [one, two] = [
      await ask('/', { headers: { cookie: session } }),
      await ask('/', { headers: { cookie: session } }),
    ]
    const policy = String(one.headers['content-security-policy'])
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[^']+'; /)
    expect(policy).not.toContain('unsafe')
    expect(one.body).toContain(/'nonce-([^']+)'/.exec(policy)?.[1])
    expect(two.headers['content-security-policy']).not.toBe(policy)
    expect(one.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    })
  })

  test.each([
    '/assets/',
    '/assets/../secret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '//etc/passwd',
  ])('nothing outside of the window: %s', async (path) => {
    const answer = await ask(path, { headers: { cookie: session } })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.body).not.toContain('canary')
  })

  test('frames that are none end the connection or are ignored; unknown calls are refused without detail', async () => {
    const socket = await connect({ cookie: session })
    const answers: unknown[] = []
    socket.on('message', (data) => answers.push(JSON.parse(String(data))))
    for (const frame of [
      { t: 'call', id: 1, name: 'constructor' },
      { t: 'call', id: 2, name: '__proto__' },
      { t: 'call', id: 3, name: 'backup.get', input: { id: 5 } },
      { t: 'else' },
      [],
      7,
    ])
      socket.send(JSON.stringify(frame))
    await expect.poll(() => answers.length).toBe(3)
    expect(answers).toMatchObject([
      { t: 'fail', error: { code: 'not-supported' } },
      { t: 'fail', error: { code: 'not-supported' } },
      { t: 'fail', error: { code: 'invalid-input' } },
    ])
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.send('{not json')
    expect(await closed).toBe(1007)
  })
})

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

/** A request whose Host and path are exactly what is given; browsers' clients would tidy them. */
function ask(
  path: string,
  options: { headers?: Record<string, string>; path?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: host.port,
        path: path + (options.path ?? ''),
        headers: options.headers ?? {},
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        )
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

function connect(headers: Record<string, string>): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/socket`, { headers })
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}
