import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { App } from '../../main/app/create-app.ts'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import { type CallName, calls, FRAME_CHANNEL, ServerFrame } from '../../main/contract/index.ts'
import { createFrameTransport, type FrameTransport } from '../../main/hosts/electron/page/ipc.ts'
import { Contents, UI } from './ipc-contents.ts'
import { realApp } from './real-app.ts'
import { StandInFrame } from './stand-in/frames.ts'

const seed = Number(process.env.SEED ?? 20_260_310)
const root = path.resolve(import.meta.dirname, '../..')
const SECRET = 'canary-4f1c-secret'
const callNames = Object.keys(calls) as CallName[]
/** Calls that answer only when something ends, or that a person would have to end. */
const PATIENT = new Set<CallName>(['run.wait', 'host.pickFolder'])

let home: string
let app: App
let ipcMain: EventEmitter
let transport: FrameTransport
let contents: Contents
const logged: string[] = []
const crashes: unknown[] = []
const onCrash = (error: unknown): void => void crashes.push(error)

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'everstow-fuzz-'))
  const write = (message: string, fields: object = {}): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`)
  const real = await realApp(path.join(home, 'home'), {})
  app = real.app
  ipcMain = new EventEmitter()
  transport = createFrameTransport(ipcMain as never, app.server, { info: write, warn: write, error: write })
  contents = new Contents(7)
  transport.adopt(contents as never)
  process.on('uncaughtException', onCrash)
  process.on('unhandledRejection', onCrash)
  const place = await connectInProcess(app.server, 'admin').call('place.add', {
    ...{ name: 'Bucket', type: 's3', bucket: 'b', endpoint: 'http://127.0.0.1:1', test: false },
    secrets: { accessKeyId: 'AKIA', secretAccessKey: SECRET },
  })
  expect(place.name).toBe('Bucket')
})
afterAll(async () => {
  transport.close()
  await app.stop()
  process.off('uncaughtException', onCrash)
  process.off('unhandledRejection', onCrash)
  await rm(home, { recursive: true, force: true })
})
afterEach(() => {
  expect(crashes).toEqual([])
  contents.sent.length = 0
})

let lastId = 0
const say = (...args: unknown[]): void =>
  void ipcMain.emit(FRAME_CHANNEL, { sender: contents, senderFrame: contents.mainFrame }, ...args)
const answers = (): ServerFrame[] => contents.sent.map((text) => ServerFrame.parse(JSON.parse(text)))
const answered = (): Set<number> =>
  new Set(answers().flatMap((frame) => (frame.t === 'reply' || frame.t === 'fail' ? [frame.id] : [])))

async function answerTo(name: string, input: unknown): Promise<ServerFrame> {
  const id = ++lastId
  say(JSON.stringify({ t: 'call', id, name, input }))
  await expect.poll(() => answered().has(id)).toBe(true)
  return answers().find((frame) => 'id' in frame && frame.id === id)!
}

/** Sends calls a few at a time and waits until each has its answer: none may be left without one. */
async function allAnswered(
  frames: readonly { readonly name: string; readonly input: unknown }[],
): Promise<void> {
  for (let at = 0; at < frames.length; at += 50) {
    const ids = frames.slice(at, at + 50).map(({ name, input }) => {
      const id = ++lastId
      say(JSON.stringify({ t: 'call', id, name, input }))
      return id
    })
    await expect.poll(() => ids.filter((id) => !answered().has(id)), { interval: 20 }).toEqual([])
    for (const text of contents.sent) harmless(text)
    contents.sent.length = 0
  }
}

/** An answer holds no secret; a refusal holds no stack, and nothing of where the program or its data lie. */
function harmless(text: string): void {
  expect(text).not.toContain(SECRET)
  const frame = ServerFrame.parse(JSON.parse(text))
  if (frame.t !== 'fail') return
  expect(text).not.toContain(home)
  expect(text).not.toContain(root)
  expect(text).not.toMatch(/\bat .*:\d+:\d+|node:internal|node_modules|\.ts\b/)
}

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    '',
    '\0',
    '../../etc/everstow',
    '__proto__',
    'latest',
    '%s%n',
    '{{count}}',
    '\u202e\ud800',
    'x'.repeat(40_000),
    [],
    {},
    [[[]]],
    { toString: 'x' },
    { length: 1e9 },
  ),
  fc.jsonValue({ maxDepth: 4 }),
)

/** Fields of a call's own schema, filled with what does not belong there. */
function inputOf(name: CallName): fc.Arbitrary<unknown> {
  const schema: unknown = calls[name].input
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  if (fields.length === 0) return hostile
  const some = fc
    .subarray(fields, { minLength: 1 })
    .chain((names) => fc.tuple(...names.map((field) => fc.tuple(fc.constant(field), hostile))))
    .map((entries) => Object.fromEntries(entries))
  return fc.oneof({ weight: 4, arbitrary: some }, { weight: 1, arbitrary: hostile })
}

describe(`frames of a page gone wild (seed ${seed})`, () => {
  test('inputs of wrong types, for every call: each is answered, and answers give nothing away', async () => {
    const frames = callNames
      .filter((name) => !PATIENT.has(name))
      .flatMap((name) => fc.sample(inputOf(name), { seed, numRuns: 20 }).map((input) => ({ name, input })))
    expect(frames.length).toBeGreaterThan(1_500)
    await allAnswered(frames)
  })

  test('keys of prototypes change nothing, neither in a frame nor in an input', async () => {
    const inputs = ['__proto__', 'constructor', 'prototype'].flatMap((key) => [
      `{"${key}":{"polluted":true}}`,
      `{"id":"x","${key}":{"polluted":true,"access":"admin"}}`,
      `{"${key}":{"${key}":{"polluted":true}}}`,
    ])
    for (const name of callNames.filter((each) => !PATIENT.has(each)))
      for (const input of inputs) say(`{"t":"call","id":${++lastId},"name":"${name}","input":${input}}`)
    for (const input of inputs) say(`{"t":"sync","__proto__":${input}}`)
    await expect.poll(() => answered().has(lastId)).toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(Object.prototype).not.toHaveProperty('access')
    for (const text of contents.sent) harmless(text)
  })

  test('unknown calls, with any name', async () => {
    const names = fc.sample(
      fc.oneof(
        fc.string({ maxLength: 100 }),
        fc.constantFrom(
          '__proto__',
          'constructor',
          'toString',
          'app',
          'app.',
          '.info',
          'app.info ',
          'APP.INFO',
        ),
      ),
      { seed, numRuns: 600 },
    )
    const unknown = names.filter((name) => !(callNames as string[]).includes(name) && name.isWellFormed())
    await allAnswered(unknown.map((name) => ({ name, input: {} })))
  })

  test('deep and huge frames', async () => {
    const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
    for (const levels of [100, 5_000, 50_000, 1_000_000]) {
      say(deep(levels))
      say(`{"t":"call","id":${++lastId},"name":"app.info","input":${deep(levels)}}`)
      say(`{"t":"call","id":${++lastId},"name":"plan.add","input":{"sources":${deep(levels)}}}`)
    }
    say(`{"t":"call","id":1,"name":"app.info","input":"${'x'.repeat(5_000_000)}"}`)
    say('x'.repeat(20_000_000))
    say(`{"t":"call","id":1,"name":"app.info","input":{${'"a":1,'.repeat(500_000)}"a":1}}`)
    expect(await answerTo('app.info', {})).toMatchObject({ t: 'reply' })
    for (const text of contents.sent) harmless(text)
  })

  test('what is no frame at all: no answer, no crash', () => {
    const anything = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withTypedArray: true,
        withNullPrototype: true,
      }),
      fc.string({ unit: 'binary' }),
      fc.json(),
    )
    for (const what of fc.sample(anything, { seed, numRuns: 3_000 })) say(what)
    for (const many of fc.sample(fc.array(anything, { maxLength: 4 }), { seed, numRuns: 500 })) say(...many)
    expect(contents.sent).toEqual([])
  })

  test('a thousand calls at once, some given up: nobody waits for ever, and the next one is answered', async () => {
    const first = lastId + 1
    for (let index = 0; index < 1_000; index++) {
      say(JSON.stringify({ t: 'call', id: ++lastId, name: 'source.suggest', input: {} }))
      if (index % 3 === 0) say(JSON.stringify({ t: 'cancel', id: lastId }))
      if (index % 7 === 0) say(JSON.stringify({ t: 'cancel', id: lastId + 5_000 }))
    }
    const isDone = (): boolean => {
      const done = answered()
      return Array.from({ length: 1_000 }, (_, index) => first + index).every((id) => done.has(id))
    }
    await expect.poll(isDone).toBe(true)
    const refused = answers().filter((frame) => frame.t === 'fail' && frame.error.code === 'throttled')
    expect(refused.length).toBeGreaterThan(0)
    expect(await answerTo('status.get', {})).toMatchObject({ t: 'reply' })
  })

  test('from frames that are not ours: not one is heard', () => {
    const frames = [
      null,
      new StandInFrame({ address: () => UI, parent: contents.mainFrame }),
      new StandInFrame({ address: () => UI }),
      new StandInFrame({ address: () => 'https://evil.example/' }),
      new StandInFrame({ address: () => UI, detached: true }),
      new StandInFrame({ address: () => UI, gone: () => true }),
    ]
    const stranger = new Contents(7)
    for (const name of callNames)
      for (const input of fc.sample(inputOf(name), { seed, numRuns: 3 })) {
        const text = JSON.stringify({ t: 'call', id: ++lastId, name, input })
        for (const senderFrame of frames) ipcMain.emit(FRAME_CHANNEL, { sender: contents, senderFrame }, text)
        ipcMain.emit(FRAME_CHANNEL, { sender: stranger, senderFrame: stranger.mainFrame }, text)
      }
    expect([...contents.sent, ...stranger.sent]).toEqual([])
  })

  test('after all of it the engine answers, and neither its log nor its settings hold the secret', async () => {
    expect(await answerTo('status.get', {})).toMatchObject({ t: 'reply' })
    expect(logged.join('\n')).not.toContain(SECRET)
    expect(readFileSync(path.join(home, 'home', 'settings.json'), 'utf8')).not.toContain(SECRET)
  })
})
