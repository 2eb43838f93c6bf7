import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MAX_FRAME_BYTES } from '../../main/contract/index.ts'
import { WEB_PREFERENCES } from '../../main/hosts/electron/page/security.ts'
import { type LaunchedShell, launchShell } from './launch.ts'
import { untilInPage } from './start-shell.ts'

/** What a script that got into the page could try. Runs on Electron's program where it is present, else on the stand-in. */
let shell: LaunchedShell
let home: string
beforeAll(async () => {
  shell = await launchShell()
  home = shell.page.url()
})
afterAll(() => shell.close())
beforeEach(() => {
  expect(shell.page.url()).toBe(home)
})
const inPage = <T>(run: () => T | Promise<T>): Promise<T> => shell.page.evaluate(run)

describe('isolation', () => {
  test('the window runs with the one set of web preferences', async () => {
    expect(await shell.webPreferences()).toMatchObject(WEB_PREFERENCES)
  })

  test('the page has nothing of Node or Electron', async () => {
    const found = await inPage(() =>
      [
        'require',
        'process',
        'module',
        'Buffer',
        'global',
        '__dirname',
        'electron',
        'ipcRenderer',
        'standInToMain',
      ].filter((name) => name in window),
    )
    expect(found).toEqual([])
  })

  test('the bridge is one frozen object with three functions', async () => {
    const bridge = await inPage(() => {
      const { everstow } = window as unknown as { everstow: Record<string, unknown> }
      return {
        names: Object.keys(everstow).sort(),
        kinds: Object.values(everstow).map((member) => typeof member),
        frozen: Object.isFrozen(everstow),
        replaceable: Object.getOwnPropertyDescriptor(window, 'everstow')?.writable,
      }
    })
    expect(bridge).toEqual({
      names: ['onFrame', 'pathOf', 'send'],
      kinds: ['function', 'function', 'function'],
      frozen: true,
      replaceable: false,
    })
  })

  test('a sub-frame of the page has no bridge', async () => {
    const kind = await inPage(() => {
      const frame = document.createElement('iframe')
      document.body.append(frame)
      const seen = typeof (frame.contentWindow as unknown as { everstow?: unknown }).everstow
      frame.remove()
      return seen
    })
    expect(kind).toBe('undefined')
  })
})

describe('the bridge', () => {
  test('brings an answer: one frame, plain data, and no event object', async () => {
    const received = await inPage(
      () =>
        new Promise<{ count: number; frame: unknown; prototype: boolean }>((resolve) => {
          const { everstow } = window as unknown as {
            everstow: {
              send(frame: unknown): void
              onFrame(listen: (...args: unknown[]) => void): () => void
            }
          }
          const stop = everstow.onFrame((...args) => {
            const frame = args[0] as { t: string; id?: number }
            if (frame.id !== 41) return
            stop()
            resolve({
              count: args.length,
              frame,
              prototype: Object.getPrototypeOf(frame) === Object.prototype,
            })
          })
          everstow.send({ t: 'call', id: 41, name: 'status.get', input: {} })
        }),
    )
    expect(received).toMatchObject({ count: 1, frame: { t: 'reply', id: 41 }, prototype: true })
  })

  test('refuses what is no frame, and one that is too large, where the sender hears it', async () => {
    const errors = await shell.page.evaluate((limit) => {
      const { everstow } = window as unknown as { everstow: { send(frame: unknown): void } }
      const circle: Record<string, unknown> = {}
      circle.self = circle
      return [undefined, circle, { t: 'call', id: 1, name: 'app.info', input: 'x'.repeat(limit) }].map(
        (frame) => {
          try {
            everstow.send(frame)
            return 'sent'
          } catch (error) {
            return String(error)
          }
        },
      )
    }, MAX_FRAME_BYTES)
    expect(errors).toHaveLength(3)
    for (const error of errors) expect(error).toMatch(/Error/)
  })
})

describe('the content policy holds', () => {
  /** Adds something to the page and says which directive stopped it. */
  const violation = (add: string): Promise<string> =>
    shell.page.evaluate(
      (source) =>
        new Promise<string>((resolve) => {
          const timer = setTimeout(() => resolve('nothing stopped it'), 60_000)
          document.addEventListener(
            'securitypolicyviolation',
            (event) => {
              clearTimeout(timer)
              resolve(event.effectiveDirective)
            },
            { once: true },
          )
          const holder = document.createElement('div')
          document.body.append(holder)
          const [tag, attributes, text] = JSON.parse(source) as [string, Record<string, string>, string]
          const element = document.createElement(tag)
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
          element.textContent = text
          holder.append(element)
          if (tag === 'form') (element as HTMLFormElement).submit()
        }),
      add,
    )

  test.each([
    ['an inline script', ['script', {}, 'window.ran = 1'], 'script-src-elem'],
    ['a script from elsewhere', ['script', { src: 'https://example.com/x.js' }, ''], 'script-src-elem'],
    ['an event handler', ['img', { src: 'data:,', onerror: 'window.ran = 1' }, ''], 'script-src-attr'],
    ['a style without the nonce', ['style', {}, 'body{}'], 'style-src-elem'],
    [
      'a style from elsewhere',
      ['link', { rel: 'stylesheet', href: 'https://example.com/x.css' }, ''],
      'style-src-elem',
    ],
    ['a picture from elsewhere', ['img', { src: 'https://example.com/x.png' }, ''], 'img-src'],
    ['a frame', ['iframe', { src: 'https://example.com/' }, ''], 'frame-src'],
    ['a plug-in', ['object', { data: 'https://example.com/x' }, ''], 'object-src'],
    ['another base', ['base', { href: 'https://example.com/' }, ''], 'base-uri'],
    ['a form', ['form', { action: 'https://example.com/', method: 'post' }, ''], 'form-action'],
    ['a film', ['video', { src: 'https://example.com/x.mp4' }, ''], 'media-src'],
  ])('against %s', async (_what, element, directive) => {
    expect(await violation(JSON.stringify(element))).toBe(directive)
    expect(await inPage(() => 'ran' in window)).toBe(false)
  })

  test('against connections to elsewhere', async () => {
    const outcomes = await inPage(() =>
      Promise.all([
        fetch('https://example.com/').then(
          () => 'connected',
          () => 'refused',
        ),
        new Promise<string>((resolve) => {
          try {
            const socket = new WebSocket('wss://example.com/')
            socket.onerror = () => resolve('refused')
            socket.onopen = () => resolve('connected')
          } catch {
            resolve('refused')
          }
        }),
      ]),
    )
    expect(outcomes).toEqual(['refused', 'refused'])
  })
})

describe('the page stays where it is', () => {
  test.each([
    'https://example.com/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'data:text/html,<h1>x</h1>',
    'https://ui.app.stand-in.invalid.evil.example/',
  ])('a script cannot go to %s', async (address) => {
    await shell.page.evaluate((target) => {
      window.location.href = target
    }, address)
    await shell.page.waitForTimeout(150)
    expect(shell.page.url()).toBe(home)
  })

  test.each(['https://example.com/', 'about:blank', '/index.html', 'file:///etc/passwd'])(
    'window.open(%j) opens nothing',
    async (address) => {
      await shell.page.evaluate((target) => void window.open(target), address)
      await shell.page.waitForTimeout(200)
      expect(await shell.windowCount()).toBe(1)
    },
  )

  test('a link in a new window opens nothing', async () => {
    await inPage(() => {
      const link = document.createElement('a')
      link.href = 'https://example.com/'
      link.target = '_blank'
      document.body.append(link)
      link.click()
      link.remove()
    })
    await shell.page.waitForTimeout(200)
    expect(await shell.windowCount()).toBe(1)
  })

  test('it may load itself again, and speaks to the engine as before', async () => {
    await inPage(() => {
      ;(window as unknown as { before?: boolean }).before = true
      window.location.reload()
    })
    await untilInPage(shell.page, '!window.before && document.readyState === "complete"')
    const answered = await inPage(
      () =>
        new Promise<boolean>((resolve) => {
          const { everstow } = window as unknown as {
            everstow: {
              send(frame: unknown): void
              onFrame(listen: (frame: { t: string }) => void): () => void
            }
          }
          everstow.onFrame(({ t }) => {
            if (t === 'snapshot') resolve(true)
          })
          everstow.send({ t: 'sync' })
        }),
    )
    expect(answered).toBe(true)
  })
})

describe('app://ui', () => {
  test.each(['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/assets/', '/none.js'])(
    'gives nothing for %s',
    async (address) => {
      expect(await shell.page.evaluate(async (target) => (await fetch(target)).status, address)).toBe(404)
    },
  )

  test.each(['POST', 'PUT', 'DELETE'])('refuses %s', async (method) => {
    expect(
      await shell.page.evaluate(
        async (verb) => (await fetch('/index.html', { method: verb })).status,
        method,
      ),
    ).toBe(405)
  })

  test('sends the policy and forbids guessing types', async () => {
    const headers = await inPage(async () => {
      const response = await fetch('/index.html')
      return ['content-security-policy', 'x-content-type-options', 'cache-control'].map((name) =>
        response.headers.get(name),
      )
    })
    expect(headers[0]).toContain("default-src 'none'")
    expect(headers.slice(1)).toEqual(['nosniff', 'no-store'])
  })
})
