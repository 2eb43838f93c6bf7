import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type CallName,
  calls,
  FRAME_CHANNEL,
  MAX_FRAME_BYTES,
  type ServerFrame,
} from '../../main/contract/index.ts'
import { createFrameTransport, type FrameTransport } from '../../main/hosts/electron/page/ipc.ts'
import { Contents, UI } from './ipc-contents.ts'
import { type ScriptedApp, scriptedApp } from './scripted-app.ts'
import { StandInFrame } from './stand-in/frames.ts'

const callNames = Object.keys(calls) as CallName[]
let app: ScriptedApp
let ipcMain: EventEmitter
let transport: FrameTransport
let contents: Contents
let listening = 0
let tell: ReturnType<FrameTransport['adopt']>

beforeEach(() => {
  app = scriptedApp()
  ipcMain = new EventEmitter()
  listening = 0
  transport = createFrameTransport(ipcMain as never, app.server, app.log)
  contents = new Contents(7)
  tell = transport.adopt(contents as never, () => listening++)
})
afterEach(() => transport.close())

const call = (name: string, id = 1): string => JSON.stringify({ t: 'call', id, name, input: {} })
const say = (senderFrame: StandInFrame | null, ...args: unknown[]): void =>
  void ipcMain.emit(FRAME_CHANNEL, { sender: contents, senderFrame }, ...args)
const refusals = (): unknown[] =>
  app.logged.filter(({ message }) => message === 'refused a frame').map(({ fields }) => fields.reason)

describe('a good frame', () => {
  test.each(callNames)('%s reaches its handler from the top frame of our page', async (name) => {
    say(contents.mainFrame, call(name))
    await expect.poll(() => contents.sent.length).toBe(1)
    const answer = JSON.parse(contents.sent[0] ?? '') as { t: string; error?: { code: string } }
    expect(app.asked.length === 1 || answer.error?.code === 'invalid-input').toBe(true)
    expect(refusals()).toEqual([])
  })

  test('sync brings every slice, and the transport says that the page listens', () => {
    say(contents.mainFrame, JSON.stringify({ t: 'sync' }))
    expect(contents.sent.map((text) => (JSON.parse(text) as { slice: string }).slice).sort()).toEqual([
      'plans',
      'runs',
      'settings',
      'status',
    ])
    expect(listening).toBe(1)
    expect(tell({ t: 'event', name: 'navigate', data: { page: 'places' } })).toBe(true)
    expect(JSON.parse(contents.sent.at(-1) ?? '')).toEqual({
      t: 'event',
      name: 'navigate',
      data: { page: 'places' },
    })
  })
})

/** Every sender that must not be heard, and why. */
const SENDERS: readonly [
  name: string,
  reason: string,
  make: () => { sender: Contents; senderFrame: StandInFrame | null },
][] = [
  [
    'an iframe of ours',
    'sub-frame',
    () => ({
      sender: contents,
      senderFrame: new StandInFrame({ address: () => UI, parent: contents.mainFrame }),
    }),
  ],
  [
    'an about:blank iframe',
    'sub-frame',
    () => ({
      sender: contents,
      senderFrame: new StandInFrame({ address: () => 'about:blank', parent: contents.mainFrame }),
    }),
  ],
  [
    'a top frame that is not the window’s',
    'sub-frame',
    () => ({ sender: contents, senderFrame: new StandInFrame({ address: () => UI }) }),
  ],
  [
    'a foreign origin',
    'foreign-origin',
    () => {
      contents.address = 'https://example.com/'
      return { sender: contents, senderFrame: contents.mainFrame }
    },
  ],
  [
    'an origin that begins like ours',
    'foreign-origin',
    () => {
      contents.address = 'app://ui.evil/index.html'
      return { sender: contents, senderFrame: contents.mainFrame }
    },
  ],
  [
    'another host of the scheme',
    'foreign-origin',
    () => {
      contents.address = 'app://other/index.html'
      return { sender: contents, senderFrame: contents.mainFrame }
    },
  ],
  [
    'a page of data',
    'foreign-origin',
    () => {
      contents.address = 'data:text/html,x'
      return { sender: contents, senderFrame: contents.mainFrame }
    },
  ],
  [
    'a blank page',
    'foreign-origin',
    () => {
      contents.address = 'about:blank'
      return { sender: contents, senderFrame: contents.mainFrame }
    },
  ],
  ['a frame that is gone', 'no-frame', () => ({ sender: contents, senderFrame: null })],
  [
    'a destroyed frame',
    'no-frame',
    () => ({ sender: contents, senderFrame: new StandInFrame({ address: () => UI, gone: () => true }) }),
  ],
  [
    'a detached frame',
    'no-frame',
    () => ({ sender: contents, senderFrame: new StandInFrame({ address: () => UI, detached: true }) }),
  ],
  [
    'an unknown window',
    'unknown-window',
    () => {
      const stranger = new Contents(8)
      return { sender: stranger, senderFrame: stranger.mainFrame }
    },
  ],
  [
    'an unknown window with a known number',
    'unknown-window',
    () => {
      const stranger = new Contents(7)
      return { sender: stranger, senderFrame: stranger.mainFrame }
    },
  ],
]

describe.each(SENDERS)('%s', (_name, reason, make) => {
  test.each(callNames)('is not heard with %s', (name) => {
    ipcMain.emit(FRAME_CHANNEL, make(), call(name))
    expect(app.asked).toEqual([])
    expect(refusals()).toEqual([reason])
  })

  test('is not heard with sync or cancel either', () => {
    for (const frame of [{ t: 'sync' }, { t: 'cancel', id: 1 }])
      ipcMain.emit(FRAME_CHANNEL, make(), JSON.stringify(frame))
    expect(contents.sent).toEqual([])
    expect(listening).toBe(0)
    expect(refusals()).toEqual([reason, reason])
  })
})

describe('size and form', () => {
  test.each(callNames)('%s above the limit is refused unread', (name) => {
    const frame = JSON.stringify({ t: 'call', id: 1, name, input: 'x'.repeat(MAX_FRAME_BYTES) })
    say(contents.mainFrame, frame)
    expect(app.asked).toEqual([])
    expect(refusals()).toEqual(['too-large'])
  })

  test('bytes count, not characters', () => {
    // Three bytes a character in UTF-8: under the limit by length, above it by size.
    say(
      contents.mainFrame,
      JSON.stringify({ t: 'call', id: 1, name: 'app.info', input: '€'.repeat(MAX_FRAME_BYTES / 3) }),
    )
    expect(refusals()).toEqual(['too-large'])
  })

  test('a frame of exactly the limit is read', () => {
    const empty = JSON.stringify({ t: 'call', id: 1, name: 'app.info', input: '' })
    say(
      contents.mainFrame,
      JSON.stringify({
        t: 'call',
        id: 1,
        name: 'app.info',
        input: 'x'.repeat(MAX_FRAME_BYTES - empty.length),
      }),
    )
    expect(refusals()).toEqual([])
  })

  test.each([
    [{ t: 'call', id: 1, name: 'app.info', input: {} }],
    [Buffer.from(call('app.info'))],
    [undefined],
    [null],
    [7],
    [[call('app.info')]],
    [new String(call('app.info'))],
  ])('what is not text is refused: %j', (what) => {
    say(contents.mainFrame, what)
    expect(app.asked).toEqual([])
    expect(refusals()).toEqual(['not-text'])
  })

  test('a second argument makes the whole message suspect; so does none', () => {
    say(contents.mainFrame, call('app.info'), call('app.info'))
    say(contents.mainFrame)
    expect(app.asked).toEqual([])
    expect(refusals()).toEqual(['not-text', 'not-text'])
  })

  test('a refusal says why, and nothing of what was sent', () => {
    say(contents.mainFrame, '{"secret":"hunter2"')
    say(
      new StandInFrame({ address: () => 'https://evil.example/hunter2', parent: contents.mainFrame }),
      call('app.info'),
    )
    expect(JSON.stringify(app.logged)).not.toContain('hunter2')
  })

  test('no fuzzed text is taken for a frame', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), (text) => {
        say(contents.mainFrame, text)
        expect(app.asked).toEqual([])
        expect(contents.sent).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('no frame with a wrong part is taken', () => {
    const wrong = fc.oneof(
      fc.record({
        t: fc.constantFrom('call', 'cancel', 'reply', 'event', 'snapshot', '__proto__'),
        id: fc.oneof(
          fc.string(),
          fc.double({ noInteger: true, noNaN: true }),
          fc.integer({ max: -1 }),
          fc.constant(null),
        ),
        name: fc.constantFrom(...callNames),
        input: fc.jsonValue(),
      }),
      fc.record({
        t: fc.constant('call'),
        id: fc.nat(),
        name: fc.oneof(fc.nat(), fc.string({ minLength: 101 }), fc.constant(null), fc.object()),
        input: fc.constant({}),
      }),
      fc.record({
        t: fc.constant('call'),
        id: fc.nat(),
        name: fc.constantFrom(...callNames),
        input: fc.constant({}),
        extra: fc.jsonValue(),
      }),
      fc.record({ t: fc.constantFrom('sync', 'cancel'), id: fc.string(), extra: fc.constant(1) }),
    )
    fc.assert(
      fc.property(wrong, (frame) => {
        say(contents.mainFrame, JSON.stringify(frame))
        expect(app.asked).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'nothing.such', ''])(
    'the unknown call %j runs nothing',
    async (name) => {
      say(contents.mainFrame, call(name))
      await expect.poll(() => contents.sent.length).toBe(1)
      expect(JSON.parse(contents.sent[0] ?? '')).toMatchObject({
        t: 'fail',
        error: { code: 'not-supported' },
      })
      expect(app.asked).toEqual([])
    },
  )
})

describe('the session of a page', () => {
  const sync = JSON.stringify({ t: 'sync' })

  test('ends when the page is left: the next one hears nothing it did not ask for', () => {
    say(contents.mainFrame, sync)
    const before = contents.sent.length
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false, url: UI })
    app.server.emit('notice', { level: 'info', sentence: { key: 'status.empty' } })
    expect(contents.sent.length).toBe(before)
    expect(tell({ t: 'event', name: 'navigate', data: { page: 'status' } })).toBe(false)
  })

  test('a server that answers too late is not heard by the next page', () => {
    let client: { send(frame: ServerFrame): void } | undefined
    const late = {
      connect(given: typeof client) {
        client = given
        return { receive() {}, close() {} }
      },
      emit() {},
    }
    transport.close()
    transport = createFrameTransport(ipcMain as never, late, app.log)
    transport.adopt(contents as never)
    say(contents.mainFrame, sync)
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false, url: UI })
    client?.send({ t: 'reply', id: 1, output: 'of the page before' })
    expect(client).toBeDefined()
    expect(contents.sent).toEqual([])
  })

  test('goes on when only a fragment or a sub-frame changes', () => {
    say(contents.mainFrame, sync)
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true, url: `${UI}#x` })
    contents.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false, url: 'about:blank' })
    expect(tell({ t: 'event', name: 'navigate', data: { page: 'status' } })).toBe(true)
  })

  test('ends with the page’s process, and starts anew with the next frame', () => {
    say(contents.mainFrame, sync)
    contents.emit('render-process-gone', {}, { reason: 'crashed' })
    const before = contents.sent.length
    say(contents.mainFrame, sync)
    expect(contents.sent.length).toBeGreaterThan(before)
    expect(listening).toBe(2)
  })

  test('a window that is gone is no longer heard, and nothing is sent to it', () => {
    say(contents.mainFrame, sync)
    const frame = contents.mainFrame
    contents.destroyed = true
    contents.emit('destroyed')
    app.server.emit('notice', { level: 'info', sentence: { key: 'status.empty' } })
    say(frame, call('app.info'))
    expect(app.asked).toEqual([])
    expect(refusals()).toEqual(['unknown-window'])
  })

  test('after the transport has closed nobody listens', () => {
    transport.close()
    expect(ipcMain.listenerCount(FRAME_CHANNEL)).toBe(0)
  })
})
