import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOfLink, LINKS, linkIdOf, openLink } from '../../main/hosts/electron/page/links.ts'
import { answerUiRequest } from '../../main/hosts/electron/page/protocol.ts'
import { contentPolicy, isUiAddress, WEB_PREFERENCES } from '../../main/hosts/electron/page/security.ts'
import { StandInShell } from './stand-in/desktop.ts'
import { type StartedShell, startShell } from './start-shell.ts'

const quiet = { info() {}, warn() {}, error() {} }
/** Addresses that look like ours and are not. */
const STRANGERS = [
  'app://ui.evil/',
  'app://ui.evil.example/index.html',
  'app://UI@evil/',
  'app://user@ui/',
  'app://ui:81/',
  'app://uix/',
  'app:ui',
  'app:///ui',
  'apps://ui/',
  'https://ui/',
  'https://ui.app/',
  'http://app//ui/',
  'file:///app/ui/index.html',
  'data:text/html,app://ui/',
  'javascript:location="app://ui/"',
  'blob:app://ui/1',
  'about:blank',
  'about:srcdoc',
  'null',
  '',
]

describe('isolation', () => {
  test('one frozen set of web preferences, each as the checklist says', () => {
    expect(WEB_PREFERENCES).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
    })
    expect(Object.isFrozen(WEB_PREFERENCES)).toBe(true)
  })

  test('the sandbox is on and the scheme declared before Electron is ready', async () => {
    const started = await startShell()
    expect(started.standIn.app.sandboxEnabled).toBe(true)
    expect(started.standIn.session.protocol.schemes.get('app')).toEqual({
      standard: true,
      secure: true,
      supportFetchAPI: true,
      codeCache: true,
    })
    await started.close()
  })
})

describe('permissions', () => {
  let started: StartedShell
  beforeAll(async () => {
    started = await startShell()
  })
  afterAll(() => started.close())

  test.each([
    'media',
    'geolocation',
    'notifications',
    'clipboard-read',
    'clipboard-sanitized-write',
    'display-capture',
    'fullscreen',
    'hid',
    'idle-detection',
    'midi',
    'midiSysex',
    'openExternal',
    'pointerLock',
    'serial',
    'usb',
    'fileSystem',
    'unknown',
  ] as const)('%s is denied, asked for and checked', async (permission) => {
    expect(await started.standIn.session.asksFor({} as never, permission as never)).toBe(false)
    expect(started.standIn.session.checks(null, permission as never)).toBe(false)
  })

  test.each(['hid', 'serial', 'usb'] as const)('a %s device is denied', (deviceType) => {
    expect(
      started.standIn.session.allowsDevice({ deviceType, origin: 'app://ui', device: {} as never }),
    ).toBe(false)
  })
})

describe('downloads', () => {
  test('only what our own page made is offered to be kept', async () => {
    const started = await startShell()
    const { session } = started.standIn
    expect(session.offersDownload('blob:app://ui/0f8fad5b-d9cb-469f-a165-70867728950e')).toBe(true)
    for (const url of [
      'https://example.com/a.exe',
      'data:text/html,x',
      'app://ui/index.html',
      'file:///etc/passwd',
      'blob:https://example.com/1',
      'blob:app://ui.evil/1',
      'blob:null/1',
      'blob:',
      '',
    ])
      expect(session.offersDownload(url), url).toBe(false)
    await started.close()
  })
})

describe('the content policy', () => {
  test('is the one of the checklist, with a nonce for styles only', () => {
    expect(contentPolicy('N')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-N'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
  })
})

describe('whose address it is', () => {
  test.each(['app://ui/', 'app://ui', 'app://ui/index.html#/places', 'APP://ui/x?y'])(
    '%s is ours',
    (address) => {
      expect(isUiAddress(address)).toBe(true)
    },
  )

  test.each(STRANGERS)('%j is not', (address) => {
    expect(isUiAddress(address)).toBe(false)
  })

  test('no made-up host is taken for ours', () => {
    fc.assert(
      fc.property(fc.webAuthority({ withPort: true, withUserInfo: true }), (authority) => {
        expect(isUiAddress(`app://${authority}/`)).toBe(authority === 'ui')
      }),
    )
  })
})

describe('app://ui', () => {
  let outer: string
  let folder: string
  beforeAll(() => {
    outer = mkdtempSync(path.join(tmpdir(), 'everstow-ui-'))
    folder = path.join(outer, 'renderer')
    mkdirSync(path.join(folder, 'assets'), { recursive: true })
    mkdirSync(path.join(outer, 'renderer-secret'))
    writeFileSync(path.join(outer, 'secret.json'), '"outside"')
    writeFileSync(path.join(outer, 'renderer-secret/secret.json'), '"beside"')
    writeFileSync(path.join(folder, 'index.html'), '<meta content="__CSP_NONCE__"><p>__CSP_NONCE__</p>')
    writeFileSync(path.join(folder, 'assets/main.js'), 'export {} // __CSP_NONCE__')
    writeFileSync(path.join(folder, 'assets/notes.exe'), 'MZ')
    symlinkSync(path.join(outer, 'secret.json'), path.join(folder, 'link.json'))
    symlinkSync(outer, path.join(folder, 'up'))
  })
  afterAll(() => rmSync(outer, { recursive: true, force: true }))
  const get = (url: string, method = 'GET') => answerUiRequest({ url, method }, folder)

  test('serves the page with a fresh nonce in header and text', async () => {
    const nonces = await Promise.all(
      ['app://ui/', 'app://ui/index.html'].map(async (address) => {
        const response = await get(address)
        expect(response.status).toBe(200)
        expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
        expect(response.headers.get('cache-control')).toBe('no-store')
        const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1]
        expect(nonce).toMatch(/^[\w+/]{22}==$/)
        expect(await response.text()).toBe(`<meta content="${nonce}"><p>${nonce}</p>`)
        return nonce
      }),
    )
    expect(nonces[0]).not.toBe(nonces[1])
  })

  test('serves other files as they are, with their type and the same policy', async () => {
    const response = await get('app://ui/assets/main.js?v=1#x')
    expect(await response.text()).toBe('export {} // __CSP_NONCE__')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'])('%s is refused', async (method) => {
    const response = await get('app://ui/index.html', method)
    expect(response.status).toBe(405)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test.each([
    'app://ui/../secret.json',
    'app://ui/%2e%2e/secret.json',
    'app://ui/..%2fsecret.json',
    'app://ui/assets/..%2f..%2fsecret.json',
    'app://ui/%2e%2e%2frenderer-secret/secret.json',
    'app://ui/..%5csecret.json',
    'app://ui/link.json',
    'app://ui/up/secret.json',
    'app://ui/up',
    'app://ui/assets',
    'app://ui/assets/',
    'app://ui/missing.js',
    'app://ui/index.html/x.js',
    'app://ui/assets/notes.exe',
    'app://ui/index.html%00.png',
    'app://ui/%',
    'app://ui/%ff',
    `app://ui/${'a'.repeat(5_000)}.js`,
    'app://ui//etc/passwd',
    'app://ui/%2fetc%2fpasswd',
    ...STRANGERS,
  ])('%j gives nothing', async (address) => {
    const response = await get(address)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('')
  })

  test('no path at all leads out of the folder', async () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2f',
      '/',
      '\\',
      '%5c',
      'up',
      'assets',
      'secret.json',
      'link.json',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const response = await get(`app://ui/${parts.join('/')}`)
        const text = await response.text()
        expect(text).not.toContain('outside')
        expect(text).not.toContain('beside')
      }),
    )
  })
})

describe('navigation, windows and webviews', () => {
  test('every page is guarded from the moment it exists', async () => {
    const started = await startShell()
    const contents = guardedContents()
    started.standIn.app.emit('web-contents-created', {}, contents.emitter)

    for (const url of [...STRANGERS, 'https://example.com/', 'app://ui/'])
      expect(contents.frameNavigation(url, false), `frame to ${url}`).toBe('prevented')
    for (const url of [...STRANGERS, 'https://example.com/'])
      expect(contents.frameNavigation(url, true), `top to ${url}`).toBe('prevented')
    expect(contents.frameNavigation('app://ui/index.html', true)).toBe('allowed')
    for (const url of [...STRANGERS, 'https://example.com/'])
      expect(contents.event('will-navigate', url), url).toBe('prevented')
    for (const url of ['app://ui/', 'https://example.com/']) {
      expect(contents.event('will-redirect', url)).toBe('prevented')
      expect(contents.event('will-attach-webview', url)).toBe('prevented')
      expect(contents.open(url)).toEqual({ action: 'deny' })
    }
    expect(started.standIn.shell.openedAddresses).toEqual([])
    await started.close()
  })

  test('a link of the table opens in the browser, by its id', async () => {
    const started = await startShell()
    const contents = guardedContents()
    started.standIn.app.emit('web-contents-created', {}, contents.emitter)
    expect(contents.open('app://ui/link/r2-keys')).toEqual({ action: 'deny' })
    expect(contents.open('app://ui/link/nowhere')).toEqual({ action: 'deny' })
    expect(contents.open('https://ui/link/r2-keys')).toEqual({ action: 'deny' })
    expect(started.standIn.shell.openedAddresses).toEqual([LINKS['r2-keys']])
    await started.close()
  })
})

describe('external links', () => {
  test('the whole table is https', () => {
    for (const id of Object.keys(LINKS)) expect(addressOfLink(id)).toMatch(/^https:\/\//)
  })

  test.each(['', 'https://example.com', '__proto__', 'constructor', 'toString', 'R2-KEYS', '../r2-keys'])(
    '%j is no id',
    async (id) => {
      const shell = new StandInShell()
      expect(await openLink(shell, id, quiet)).toBe(false)
      expect(shell.openedAddresses).toEqual([])
    },
  )

  test('an address that is not plain https is never opened, even from the table', () => {
    const table = {
      http: 'http://example.com/',
      file: 'file:///etc/passwd',
      script: 'javascript:alert(1)',
      user: 'https://user:word@example.com/',
      none: 'not an address',
      good: 'https://example.com/',
    }
    const opened = Object.keys(table).filter((id) => addressOfLink(id, table) !== undefined)
    expect(opened).toEqual(['good'])
  })

  test('only the table’s own entries count', () => {
    expect(addressOfLink('inherited', Object.create({ inherited: 'https://evil.example/' }))).toBeUndefined()
  })

  test('only an id under /link/ of our own page counts', () => {
    expect(linkIdOf('app://ui/link/s3-keys', isUiAddress)).toBe('s3-keys')
    for (const address of [
      'app://ui/link/',
      'app://ui/link/a/b',
      'app://ui/links/a',
      'app://evil/link/s3-keys',
    ])
      expect(linkIdOf(address, isUiAddress)).toBeUndefined()
  })

  test('a browser that does not start is reported, not thrown', async () => {
    const shell = { openExternal: () => Promise.reject(new Error('no browser')) }
    expect(await openLink(shell, 's3-keys', quiet)).toBe(false)
  })
})

/** Contents that only record what the guard listens to. */
function guardedContents() {
  const listeners = new Map<string, (details: object) => void>()
  let onOpen: ((details: { url: string }) => unknown) | undefined
  const tell = (name: string, details: object): 'prevented' | 'allowed' => {
    let prevented = false
    const listener = listeners.get(name)
    if (!listener) throw new Error(`nobody guards ${name}`)
    listener({ ...details, preventDefault: () => (prevented = true) })
    return prevented ? 'prevented' : 'allowed'
  }
  return {
    emitter: {
      on: (name: string, listener: (details: object) => void) => listeners.set(name, listener),
      setWindowOpenHandler: (handler: (details: { url: string }) => unknown) => {
        onOpen = handler
      },
    },
    frameNavigation: (url: string, isMainFrame: boolean) => tell('will-frame-navigate', { url, isMainFrame }),
    event: (name: string, url: string) => tell(name, { url }),
    open: (url: string) => onOpen?.({ url }),
  }
}
