import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_FRAME_BYTES } from '../../main/contract/index.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { LINKS } from '../../main/hosts/electron/page/links.ts'
import { contentPolicy, WEB_PREFERENCES } from '../../main/hosts/electron/page/security.ts'
import { type HeadlessHost, startHeadless } from '../../main/hosts/headless/start-headless.ts'
import { readFuses } from './fuse-wire.ts'
import { type LaunchedShell, launchShell } from './launch.ts'

/**
 * The security checklist, a block for each of its lines. What concerns the shell runs on Electron's program where it is present, else on the
 * stand-in; the log says which. Each line is looked at from outside here: how it is kept in detail has tests of its own.
 */
let shell: LaunchedShell
let home: string
beforeAll(async () => {
  shell = await launchShell()
  home = shell.page.url()
})
afterAll(() => shell.close())

interface Page {
  readonly everstow: {
    send(frame: unknown): void
    onFrame(listen: (...args: unknown[]) => void): () => void
    pathOf(file: unknown): string
  }
}

/** Sends a call through the page's bridge and gives all that its listener is handed. */
const callFromPage = (name: string): Promise<readonly unknown[]> =>
  shell.page.evaluate(
    (asked) =>
      new Promise<readonly unknown[]>((resolve) => {
        const { everstow } = window as unknown as Page
        const id = 900_000 + Math.floor(performance.now())
        const stop = everstow.onFrame((...args) => {
          if ((args[0] as { id?: number }).id !== id) return
          stop()
          resolve(args)
        })
        everstow.send({ t: 'call', id, name: asked, input: {} })
      }),
    name,
  )

describe('Isolation', () => {
  test('one set of preferences: isolated, sandboxed, without Node and webviews', async () => {
    expect(await shell.webPreferences()).toMatchObject(WEB_PREFERENCES)
    expect(WEB_PREFERENCES).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
    })
  })

  test('a script in the page finds neither Node nor Electron, not through any object it can reach', async () => {
    const found = await shell.page.evaluate(() => {
      const names = ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer', 'webUtils']
      const bridge = (window as unknown as Page).everstow
      const reached = Object.values(bridge).map((member) => {
        // The constructor of a function that came from elsewhere would run code there.
        const made = (member as { constructor: { constructor?: unknown } }).constructor
        return made === Function
      })
      return { globals: names.filter((name) => name in window), ownFunctions: reached.every(Boolean) }
    })
    expect(found).toEqual({ globals: [], ownFunctions: true })
  })
})

describe('Permissions', () => {
  test.each(['geolocation', 'notifications', 'camera', 'microphone'] as const)(
    '%s is denied',
    async (name) => {
      expect(await shell.permission(name)).toBe('denied')
    },
  )
})

describe('CSP', () => {
  test('every answer carries the whole policy, with a nonce of its own', async () => {
    const policies = await shell.page.evaluate(async () => {
      const answers = await Promise.all(['/index.html', '/index.html', '/none', '/'].map((url) => fetch(url)))
      return answers.map((answer) => answer.headers.get('content-security-policy') ?? '')
    })
    const nonces = policies.map((policy) => /'nonce-([^']+)'/.exec(policy)?.[1] ?? '')
    expect(policies).toEqual(nonces.map(contentPolicy))
    expect(new Set(nonces).size).toBe(policies.length)
  })

  test('an inline script does not run, and nothing is read from elsewhere', async () => {
    const ran = await shell.page.evaluate(async () => {
      const script = document.createElement('script')
      script.textContent = 'window.ranInline = true'
      document.body.append(script)
      script.remove()
      const reached = await fetch('https://example.com/').then(
        () => true,
        () => false,
      )
      return { inline: 'ranInline' in window, reached }
    })
    expect(ran).toEqual({ inline: false, reached: false })
  })
})

describe('Custom scheme', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is refused', async (method) => {
    expect(
      await shell.page.evaluate(async (verb) => (await fetch('/', { method: verb })).status, method),
    ).toBe(405)
  })

  test.each([
    '/../package.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/..%5cpackage.json',
    '/assets/',
  ])('%s leads out of the folder to nothing', async (address) => {
    const answer = await shell.page.evaluate(async (url) => {
      const response = await fetch(url)
      return { status: response.status, text: await response.text() }
    }, address)
    expect(answer).toEqual({ status: 404, text: '' })
  })
})

describe('Navigation, windows', () => {
  test('neither an address, a link, a form, a frame nor a new window leads anywhere', async () => {
    await shell.page.evaluate(() => {
      const add = (tag: string, members: object): HTMLElement => {
        const element = Object.assign(document.createElement(tag), members)
        document.body.append(element)
        return element
      }
      window.open('https://example.com/')
      window.open('about:blank')
      add('a', { href: 'https://example.com/', target: '_blank' }).click()
      add('iframe', { src: 'https://example.com/' })
      add('webview', { src: 'https://example.com/' })
      ;(add('form', { action: 'https://example.com/', method: 'get' }) as HTMLFormElement).submit()
      add('meta', { httpEquiv: 'refresh', content: '0;url=https://example.com/' })
      window.location.assign('https://example.com/')
    })
    // A call and its answer go the same way as a navigation would: by then all of it was refused.
    await callFromPage('status.get')
    expect([shell.page.url(), await shell.windowCount()]).toEqual([home, 1])
    const texts = await Promise.all(
      shell.page.frames().map((frame) => frame.evaluate(() => document.body?.innerText)),
    )
    expect(texts.join()).not.toContain('Example Domain')
  })
})

describe('External links', () => {
  test('only an id of the table opens something, and only its own address', async () => {
    const before = await shell.openedAddresses()
    const addresses = [
      '/link/nowhere',
      '/link/__proto__',
      '/link/https:%2f%2fexample.com',
      'https://example.com/',
    ]
    for (const address of [...addresses, '/link/r2-keys']) {
      await shell.page.evaluate((target) => void window.open(target), address)
      await callFromPage('status.get')
    }
    await expect
      .poll(async () => (await shell.openedAddresses()).slice(before.length))
      .toEqual([LINKS['r2-keys']])
  })
})

describe('Sender', () => {
  test.each(['gone', 'sub-frame', 'other-window'] as const)(
    'a frame from a sender that is %s is not heard',
    async (from) => {
      const heard = await shell.page.evaluateHandle(() => {
        const frames: unknown[] = []
        ;(window as unknown as Page).everstow.onFrame((frame) => frames.push(frame))
        return frames
      })
      await shell.forge(from, JSON.stringify({ t: 'call', id: 77, name: 'status.get', input: {} }))
      await callFromPage('status.get')
      const ids = await heard.evaluate((frames) => frames.map((frame) => (frame as { id?: number }).id))
      expect(ids).not.toContain(77)
      expect(ids.length).toBeGreaterThan(0)
    },
  )

  test('what passes the sender still has to pass the schema', async () => {
    const answered = await shell.page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const { everstow } = window as unknown as Page
          everstow.onFrame((frame) => {
            const { t, id, error } = frame as { t: string; id?: number; error?: { code: string } }
            if (id === 78) resolve(`${t} ${error?.code}`)
          })
          everstow.send({ t: 'call', id: 78, name: 'run.cancel', input: { id: { toString: 1 } } })
        }),
    )
    expect(answered).toBe('fail invalid-input')
  })
})

describe('Bridge', () => {
  test('is one frozen object that moves frames and says where a dropped file lies; no event object crosses', async () => {
    const bridge = await shell.page.evaluate(() => {
      const { everstow } = window as unknown as Page
      return { names: Object.keys(everstow).sort(), frozen: Object.isFrozen(everstow) }
    })
    expect(bridge).toEqual({ names: ['onFrame', 'pathOf', 'send'], frozen: true })
    const args = await callFromPage('status.get')
    expect(args).toHaveLength(1)
    expect(Object.keys(args[0] as object).sort()).toEqual(['id', 'output', 't'])
  })

  test('a file that the page made has no path', async () => {
    expect(
      await shell.page.evaluate(() => (window as unknown as Page).everstow.pathOf(new File(['x'], 'a'))),
    ).toBe('')
  })
})

describe('Fuses', () => {
  const wire = (states: string): Buffer =>
    Buffer.from(
      `\x7fELF…dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01${String.fromCharCode(states.length)}${states}…`,
      'latin1',
    )

  test('are read back from a program as they stand in it', () => {
    expect(readFuses(wire('010011r0'))).toEqual({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      nodeCliInspect: false,
      embeddedAsarIntegrity: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    })
    expect(() => readFuses(Buffer.from('something else'))).toThrow('no program of Electron')
  })

  // Set by whoever packaged the program; there is none where Electron's own cannot be downloaded.
  const packaged = process.env.EVERSTOW_PACKAGED_PROGRAM
  test.skipIf(!packaged)('of the packaged program stand as they must', () => {
    expect(readFuses(readFileSync(packaged ?? ''))).toMatchObject({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      nodeCliInspect: false,
      embeddedAsarIntegrity: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    })
  })
})

describe('Loopback host', () => {
  let base: string
  let host: HeadlessHost
  beforeAll(async () => {
    base = mkdtempSync(path.join(tmpdir(), 'everstow-checklist-'))
    mkdirSync(path.join(base, 'renderer/assets'), { recursive: true })
    writeFileSync(path.join(base, 'renderer/index.html'), '<!doctype html>')
    host = await startHeadless({
      ...{ home: path.join(base, 'home'), port: 0, rendererFolder: path.join(base, 'renderer') },
      ...{ version: '0', locale: 'en', keychain: 'off', userHome: base },
    })
  })
  afterAll(async () => {
    await host.stop()
    await rm(base, { recursive: true, force: true })
  })

  const ask = (
    address: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const { body, ...rest } = options
      const asked = request({ host: '127.0.0.1', port: host.port, path: address, ...rest }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        // A body that is too large is answered while it is still being sent.
        answer.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  const token = (): Record<string, string> => ({ authorization: `Bearer ${host.apiToken}` })

  test('stands at 127.0.0.1 and a port of its own, and opens to its token alone', async () => {
    expect(new URL(host.link()).hostname).toBe('127.0.0.1')
    expect(host.port).toBeGreaterThan(1_023)
    expect(host.apiToken.length).toBeGreaterThanOrEqual(43)
    expect((await ask('/api/cloud/status', { headers: token() })).status).toBe(200)
    const wrong: Record<string, string>[] = [
      {},
      { authorization: `Bearer ${'x'.repeat(43)}` },
      { authorization: 'Bearer ' },
    ]
    for (const headers of wrong) expect((await ask('/api/cloud/status', { headers })).status).toBe(401)
  })

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0'])(
    'the Host %s is refused, whatever the token',
    async (name) => {
      const { status } = await ask('/api/cloud/status', {
        headers: { ...token(), host: `${name}:${host.port}` },
      })
      expect([400, 403, 421]).toContain(status)
    },
  )

  test.each(['https://evil.example', 'null', 'http://127.0.0.1:1'])(
    'the Origin %s is refused',
    async (origin) => {
      const { status } = await ask('/api/cloud/status', { headers: { ...token(), origin } })
      expect(status).toBe(403)
    },
  )

  test('folders are not listed, and files beside the window are not there', async () => {
    for (const address of ['/assets', '/assets/', '/..%2fhome%2fsettings.json', '/home/settings.json'])
      expect([401, 404]).toContain((await ask(address, { headers: token() })).status)
  })

  test('a body above the limit is refused', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(MAX_FRAME_BYTES) })
    const headers = { ...token(), 'content-type': 'application/json' }
    const outcome = await ask('/api/backup/create', { method: 'POST', headers, body }).then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    )
    expect([413, 404, 'EPIPE', 'ECONNRESET']).toContain(outcome)
  })
})

describe('Secrets', () => {
  const secret = new Secret('canary-value')

  test.each([
    ['printed', () => `${secret}`],
    ['joined', () => ['a', secret].join()],
    ['inspected', () => inspect({ secret }, { showHidden: true, depth: 9 })],
    ['made JSON', () => JSON.stringify({ secret })],
    ['in an error', () => String(new Error(`refused ${secret}`))],
  ])('%s, one shows stars', (_how, show) => {
    expect(show()).not.toContain('canary-value')
    expect(show()).toContain('***')
  })

  test('none is among the arguments of this program, and none is taken from there', () => {
    const commands = readFileSync(path.join(import.meta.dirname, '../../docs/cli.md'), 'utf8')
    expect(commands).not.toMatch(/--(password|passphrase|secret-key|account-key)[ =](?!-)/)
  })
})
