import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServedApi } from '../../main/app/app-context.ts'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import { serveApi } from '../../main/hosts/api/serve-api.ts'
import { type HeadlessHost, startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { startChromium } from '../ground/chromium.ts'
import { type OpenDoor, openDoor } from '../ground/open-door.ts'
import { freePort } from '../ground/port.ts'
import { ATTACKS, type Prey } from '../ground/web-attacks.ts'

/** A name of somebody else, which leads here, as one does whose owner changed its address (DNS rebinding). */
const EVIL = 'evil.test'

let base: string
let browser: Browser
let host: HeadlessHost
let api: ServedApi
let client: InProcessClient
let prey: Prey
/** Pages of the evil name, loaded from its own servers; since then others listen at their ports. */
let rebound: Readonly<Record<'window' | 'api' | 'openWindow' | 'openApi', Page>>
let doors: readonly OpenDoor[]
let open: Prey

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'everstow-browser-'))
  browser = await startChromium({ more: [`--host-resolver-rules=MAP ${EVIL} 127.0.0.1`] })
  const servers = await Promise.all([1, 2, 3, 4].map(() => evilServer()))
  const ports = servers.map(portOf)
  const [windowPort = 0, apiPort = 0, openWindowPort = 0, openApiPort = 0] = ports
  const pages = await Promise.all(ports.map((port) => pageAt(`http://${EVIL}:${port}/`)))
  for (const server of servers) await closed(server)
  rebound = { window: pages[0]!, api: pages[1]!, openWindow: pages[2]!, openApi: pages[3]! }

  const rendererFolder = join(base, 'renderer')
  mkdirSync(join(rendererFolder, 'assets'), { recursive: true })
  writeFileSync(join(rendererFolder, 'index.html'), '<!doctype html><title>canary</title>')
  host = await startHeadless({
    ...{ home: join(base, 'home'), port: windowPort, rendererFolder, version: '0', locale: 'en' },
    ...{ keychain: 'off' as const, userHome: base },
  })
  api = await serveApi(host.app, { port: apiPort })
  client = connectInProcess(host.app.server, 'admin')
  const place = await client.call('place.add', { name: 'disk', type: 'local', path: join(base, 'disk') })
  // Its run is over at once: what counts is that somebody could order it.
  const plan = {
    name: 'papers',
    sources: [join(base, 'gone')],
    placeIds: [place.id],
    schedule: 'manual',
    format: 'archive' as const,
  }
  await client.call('plan.add', plan)
  await client.call('settings.update', { serveData: true })
  const { token } = await client.call('apiKeys.add', { name: 'stolen', role: 'admin' })
  // The browser of a person who has the window open, as far as it remembers: its cookie.
  const cookie =
    String((await fetch(host.link(), { redirect: 'manual' })).headers.get('set-cookie')).split(';')[0] ?? ''
  prey = { window: `http://127.0.0.1:${windowPort}`, api: `http://127.0.0.1:${apiPort}`, key: token, cookie }
  doors = [
    await openDoor(windowPort, { cookie }, openWindowPort),
    await openDoor(
      apiPort,
      { authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream' },
      openApiPort,
    ),
  ]
  open = { ...prey, window: `http://127.0.0.1:${openWindowPort}`, api: `http://127.0.0.1:${openApiPort}` }
})
afterAll(async () => {
  await browser?.close()
  for (const door of doors ?? []) await door.close()
  await api?.stop()
  await host?.stop()
  rmSync(base, { recursive: true, force: true })
})

const all = ATTACKS.map(({ name }) => name)
const onWindow = all.filter((name) => !/key|order|sends|models|events|API/.test(name))

describe.each([
  // The browser keeps the cookie back.
  ['a page of another site', `http://${EVIL}`, all],
  // Cookies know no ports: this one comes along.
  ['a page of another program on this computer', 'http://127.0.0.1', onWindow],
])('%s', (_, site, ways) => {
  test('gets nowhere by any way that leads into an unguarded host', async () => {
    const server = await evilServer()
    const page = await pageAt(`${site}:${portOf(server)}/`)
    expect(await waysIn(page, open, ways)).toEqual(ways)
    expect(await waysIn(page, prey, ways)).toEqual([])
    await page.context().close()
    await closed(server)
  })
})

test('what a page leaves behind in the browser gets nowhere either', async () => {
  const server = await evilServer()
  // Names below `localhost` lead here by themselves, and pages of theirs may have a worker.
  const page = await pageAt(`http://evil.localhost:${portOf(server)}/`)
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js')
    const { active } = await navigator.serviceWorker.ready
    if (!navigator.serviceWorker.controller)
      await new Promise((resolve) => {
        navigator.serviceWorker.addEventListener('controllerchange', resolve)
        active?.postMessage('claim')
      })
  })
  for (const [to, isOpen] of [
    [open, true],
    [prey, false],
  ] as const) {
    const through = `/through-the-worker?${to.window}/api/cloud/status`
    const seen = await page.evaluate(async (url) => (await fetch(url)).text(), through)
    expect(seen.includes('total_backups')).toBe(isOpen)
  }
  await page.context().close()
  await closed(server)
})

describe('a page whose name leads here since it was loaded', () => {
  const WINDOW = onWindow.filter((name) => !/frame|loads/.test(name))
  const API = all.filter((name) => /key|order|sends|models|events/.test(name))

  test.each([
    ['window', 'openWindow', WINDOW],
    ['api', 'openApi', API],
  ] as const)(
    'gets nowhere at the %s, though the browser takes it for one of ours',
    async (guarded, unguarded, names) => {
      for (const [page, ways] of [
        [rebound[unguarded], names],
        [rebound[guarded], []],
      ] as const) {
        const here = await page.evaluate(() => window.origin)
        const own: Prey = { ...prey, window: here, api: here }
        expect(await waysIn(page, own, names)).toEqual(ways)
      }
    },
  )

  test('nor with a cookie that was stolen', async () => {
    const [name = '', value = ''] = prey.cookie.split('=')
    await rebound.window.context().addCookies([{ name, value, domain: EVIL, path: '/' }])
    const here = await rebound.window.evaluate(() => window.origin)
    expect(await waysIn(rebound.window, { ...prey, window: here, api: here }, WINDOW)).toEqual([])
  })
})

/** Which attacks came to anything: something was read or acted upon, or the host answered as if all were well. */
async function waysIn(page: Page, to: Prey, names: readonly string[]): Promise<string[]> {
  const ways: string[] = []
  let answered = 0
  const ports = [to.window, to.api].map((url) => Number(new URL(url).port))
  // Browsers hide answers that a page may not have: what was answered is heard where it is sent.
  const hear = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    const isTheirs = ports.includes(request.socket.localPort ?? 0) && request.method !== 'OPTIONS'
    if (isTheirs && response.statusCode < 400) answered++
  }
  subscribe('http.server.response.finish', hear)
  for (const attack of ATTACKS.filter(({ name }) => names.includes(name))) {
    answered = 0
    const before = runIds()
    const read = await attack.run(page, to)
    const acted = runIds().some((id) => !before.includes(id)) || (await isPaused())
    if (read !== undefined || acted || answered > 0) ways.push(attack.name)
    await settle()
  }
  unsubscribe('http.server.response.finish', hear)
  return ways
}

const runIds = (): string[] => host.app.context.runs.list().map(({ id }) => id)
const isPaused = async (): Promise<boolean> => (await client.call('status.get', {})).level === 'paused'

/** As before the attack. */
async function settle(): Promise<void> {
  for (const { id, state } of host.app.context.runs.list())
    if (state === 'running') await client.call('run.wait', { id })
  if (await isPaused()) await client.call('automation.resume', {})
}

/** A browser of its own, which has the cookie, at a page. */
async function pageAt(url: string): Promise<Page> {
  const context: BrowserContext = await browser.newContext()
  const [name = '', value = ''] = (prey?.cookie ?? '').split('=')
  if (name !== '')
    await context.addCookies([
      { name, value, domain: '127.0.0.1', path: '/', httpOnly: true, sameSite: 'Strict' },
    ])
  const page = await context.newPage()
  await page.goto(url)
  return page
}

/** A server of somebody who means harm. */
async function evilServer(): Promise<Server> {
  const worker = `onmessage = () => clients.claim()
onactivate = (event) => event.waitUntil(clients.claim())
onfetch = (event) => {
  const [, url] = event.request.url.split('/through-the-worker?')
  if (url) event.respondWith(fetch(url, { credentials: 'include' }).catch(() => new Response('')))
}`
  const server = createServer(({ url }, answer) => {
    if (url === '/worker.js') answer.setHeader('content-type', 'text/javascript').end(worker)
    else answer.setHeader('content-type', 'text/html').end('<!doctype html><title>harmless</title>')
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
