import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { get } from 'node:http'
import { join, resolve } from 'node:path'
import WebSocket from 'ws'
import {
  type CallInput,
  type CallName,
  type CallOutput,
  type ServerFrame,
  SOCKET_PATH,
} from '../../main/contract/index.ts'
import type { Held, Order } from './long-run-child.ts'

/** A computer that is on for weeks: the real host in a process of its own, with a clock that is moved and a window that asks. */
export interface Computer {
  readonly folder: string
  readonly home: string
  readonly host: string
  /** Sets the clock so far ahead of the real one, and lets the computer look for what is due, as one does that woke up. */
  move(aheadMs: number): Promise<void>
  held(): Promise<Held>
  running(): Promise<number>
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>
  /** Starts work, waits for its end and gives how it ended. */
  done(started: Promise<{ runId: string }>): Promise<string>
  /** Opens another window, waits until it was told everything, and closes it. */
  lookIn(): Promise<void>
  stop(): Promise<void>
}

const HERE = import.meta.dirname

/** Switches a computer on. `rendererFolder` holds the page of its window. */
export async function startComputer(folder: string, rendererFolder: string): Promise<Computer> {
  const home = join(folder, 'home')
  const temporary = join(folder, 'tmp')
  for (const each of [home, temporary, join(folder, 'person')]) mkdirSync(each, { recursive: true })
  const child = spawn(
    process.execPath,
    [
      ...[
        '--disable-warning=ExperimentalWarning',
        '--expose-gc',
        '--import',
        resolve(HERE, 'moved-clock.ts'),
      ],
      resolve(HERE, 'long-run-child.ts'),
      JSON.stringify({ home, rendererFolder, userHome: join(folder, 'person') }),
    ],
    {
      // Pools of memory as services have them (packaging/systemd).
      env: { ...process.env, EVERSTOW_SOAK_AHEAD_MS: '0', TMPDIR: temporary, MALLOC_ARENA_MAX: '2' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  const { ask, first } = channelOf(child)
  const link = new URL(await first)
  const cookie = await sessionOf(link)
  const open = () => openWindow(link, cookie)
  const window = await open()
  return {
    folder,
    home,
    host: link.host,
    move: async (aheadMs) => void (await ask({ say: 'move', aheadMs })),
    held: () => ask({ say: 'held' }) as Promise<Held>,
    running: () => ask({ say: 'running' }) as Promise<number>,
    call: window.call,
    async done(started) {
      return (await window.call('run.wait', { id: (await started).runId })).state
    },
    async lookIn() {
      const second = await open()
      await second.told()
      await second.close()
    },
    async stop() {
      await window.close()
      const ended = once(child, 'exit')
      await ask({ say: 'stop' })
      await ended
    },
  }
}

type Said = { readonly say: 'move'; readonly aheadMs: number } | { readonly say: 'held' | 'running' | 'stop' }

/** Orders and their answers. A child that ends breaks all that waits. */
function channelOf(child: ChildProcess) {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  let lastId = 0
  const answer = (id: number) =>
    new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }))
  const first = answer(0) as Promise<string>
  child.on('message', ({ id, answer: what }: { id: number; answer: unknown }) => {
    waiting.get(id)?.resolve(what)
    waiting.delete(id)
  })
  child.on('exit', (status) => {
    for (const { reject } of waiting.values()) reject(new Error(`the computer ended with ${status}`))
  })
  const ask = (said: Said): Promise<unknown> => {
    const id = ++lastId
    const answered = answer(id)
    child.send({ id, ...said } satisfies Order)
    return answered
  }
  return { ask, first }
}

/** The cookie that a one-time link gives. */
function sessionOf(link: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    get(link, (answer) => {
      answer.resume()
      resolve(String(answer.headers['set-cookie']).split(';')[0] ?? '')
    }).on('error', reject)
  })
}

async function openWindow(link: URL, cookie: string) {
  const socket = new WebSocket(`ws://${link.host}${SOCKET_PATH}`, { headers: { cookie } })
  await once(socket, 'open')
  const waiting = new Map<number, { resolve(output: unknown): void; reject(error: unknown): void }>()
  let lastId = 0
  let heard: (frame: ServerFrame) => void = () => {}
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as ServerFrame
    if (frame.t === 'reply') waiting.get(frame.id)?.resolve(frame.output)
    if (frame.t === 'fail') waiting.get(frame.id)?.reject(new Error(JSON.stringify(frame.error)))
    if (frame.t === 'reply' || frame.t === 'fail') waiting.delete(frame.id)
    heard(frame)
  })
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the window was closed'))
  })
  return {
    call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>> {
      const id = ++lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (output: unknown) => void, reject })
        socket.send(JSON.stringify({ t: 'call', id, name, input }))
      })
    },
    /** Asks for all state, and waits for the last slice of it. */
    told: () =>
      new Promise<void>((resolve) => {
        heard = (frame) => {
          if (frame.t === 'snapshot' && frame.slice === 'mirrors') resolve()
        }
        socket.send(JSON.stringify({ t: 'sync' }))
      }),
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}
