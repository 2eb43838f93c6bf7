import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, relative, resolve } from 'node:path'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  type CallName,
  ClientFrame,
  calls,
  type ServerFrame,
  type SliceName,
  SOCKET_PATH,
  sliceNames,
  slices,
} from '../../main/contract/index.ts'
import type { DoubleWorld } from './window-double-world.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

export interface WindowDouble {
  readonly url: string
  /** Every call the window made, oldest first. */
  readonly asked: { readonly name: string; readonly input: unknown }[]
  /** Names of the calls that the window gave up, oldest first. */
  readonly cancelled: readonly string[]
  /** Sends an event to every window. */
  tell(name: string, data: unknown): void
  /** Sends new state as a patch; with `skip`, a patch that is missing its predecessor. */
  patch(slice: SliceName, set: Record<string, unknown>, options?: { skip?: boolean }): void
  /** Cuts every socket, as a broken network would, and refuses new ones until `restore`. */
  cut(): void
  restore(): void
  close(): Promise<void>
}

/**
 * Serves the built window under the real content security policy and answers it from a world of canned state. It stands in for
 * the engine where only the window is looked at, and it is strict: whatever does not fit the contract, in or out, is an error.
 */
export async function startWindowDouble(folder: string, world: DoubleWorld): Promise<WindowDouble> {
  const asked: { name: string; input: unknown }[] = []
  const cancelled: string[] = []
  const seq = new Map<SliceName, number>()
  const instance = randomBytes(6).toString('hex')
  let refusing = false

  const server = createServer((request, response) => {
    serveFile(folder, request.url ?? '/')
      .then(({ body, type, policy }) => {
        response.writeHead(200, { 'content-type': type, 'content-security-policy': policy })
        response.end(body)
      })
      .catch(() => response.writeHead(404).end())
  })
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (refusing || request.url !== SOCKET_PATH) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, (client) => greet(client))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0

  function send(client: WebSocket, frame: ServerFrame): void {
    if (client.readyState === client.OPEN) client.send(JSON.stringify(frame))
  }

  function greet(client: WebSocket): void {
    const names = new Map<number, string>()
    client.on('message', (raw) => {
      const frame = ClientFrame.parse(JSON.parse(String(raw)))
      if (frame.t === 'sync') for (const slice of sliceNames) send(client, snapshotOf(slice))
      if (frame.t === 'cancel') cancelled.push(names.get(frame.id) ?? '')
      if (frame.t !== 'call') return
      names.set(frame.id, frame.name)
      void answer(client, frame.id, frame.name, frame.input)
    })
  }

  function snapshotOf(slice: SliceName): ServerFrame {
    const state = slices[slice].parse(world.state[slice]) as Record<string, unknown>
    return { t: 'snapshot', slice, instance, seq: seq.get(slice) ?? 0, state }
  }

  async function answer(client: WebSocket, id: number, name: string, input: unknown): Promise<void> {
    if (!Object.hasOwn(calls, name)) throw new Error(`the window asked for ${name}, which is no call`)
    const call = calls[name as CallName]
    const parsed = call.input.parse(input)
    asked.push({ name, input: parsed })
    const answered = await world.answer(name as CallName, parsed as never, patch)
    if ('error' in answered) send(client, { t: 'fail', id, error: answered.error })
    else send(client, { t: 'reply', id, output: call.output.parse(answered.output) })
  }

  function patch(slice: SliceName, set: Record<string, unknown>, options: { skip?: boolean } = {}): void {
    world.state[slice] = { ...world.state[slice], ...set } as never
    slices[slice].parse(world.state[slice])
    const next = (seq.get(slice) ?? 0) + (options.skip ? 2 : 1)
    seq.set(slice, next)
    for (const client of sockets.clients) {
      send(client, { t: 'patch', slice, instance, seq: next, set, remove: [] })
    }
  }

  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    cancelled,
    tell: (name, data) => {
      for (const client of sockets.clients) send(client, { t: 'event', name, data })
    },
    patch,
    cut: () => {
      refusing = true
      for (const client of sockets.clients) client.terminate()
    },
    restore: () => {
      refusing = false
    },
    close: async () => {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function serveFile(
  folder: string,
  url: string,
): Promise<{ body: string; type: string; policy: string }> {
  const path = new URL(url, 'http://localhost').pathname
  const file = resolve(folder, `.${path === '/' ? '/index.html' : path}`)
  if (relative(folder, file).startsWith('..')) throw new Error('outside')
  const nonce = randomBytes(16).toString('base64')
  const body = await readFile(join(file), 'utf8')
  return {
    body: body.replace('__CSP_NONCE__', nonce),
    type: TYPES[extname(file)] ?? 'application/octet-stream',
    policy: [
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:`,
      "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ].join('; '),
  }
}
