import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance } from 'fastify'
import type { App } from '../../app/create-app.ts'
import { createApp } from '../../app/create-app.ts'
import { MAX_FRAME_BYTES } from '../../contract/index.ts'
import { listen } from '../api/listen.ts'
import { createGate } from './gate.ts'
import { servePage } from './page.ts'
import { serveSocket } from './socket.ts'
import { type StayingOptions, stayingApp } from './staying-app.ts'
import { serveOlderCalls } from './window-api.ts'

/** How a headless host is started. */
export interface HeadlessOptions extends StayingOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** The built window (`dist/renderer`). */
  readonly rendererFolder: string
  /** Told the new link whenever one was used up. */
  readonly onLink?: (url: string) => void
}

/** A running headless host. */
export interface HeadlessHost {
  readonly app: App
  readonly port: number
  /** Opens the window once; a new one is made when it was used. */
  link(): string
  /** For programs: `Authorization: Bearer …`. Also in `serve.json` of the home folder. */
  readonly apiToken: string
  stop(): Promise<void>
}

const LOOPBACK = '127.0.0.1'

/** Serves the window, the socket and the REST calls on loopback. */
export async function startHeadless(options: HeadlessOptions): Promise<HeadlessHost> {
  const app = await createApp(stayingApp(options))
  try {
    return await serve(app, options)
  } catch (error) {
    await app.stop()
    throw error
  }
}

async function serve(app: App, options: HeadlessOptions): Promise<HeadlessHost> {
  const apiToken = randomBytes(32).toString('base64url')
  const http: FastifyInstance = fastify({ bodyLimit: MAX_FRAME_BYTES, forceCloseConnections: true })
  const gate = createGate({ apiToken, onLinkUsed: () => publish() })
  http.addHook('onRequest', gate.check)
  http.setErrorHandler((error, _request, reply) => {
    // What went wrong inside is for the log, not for the other side.
    app.context.engine.env.log.area('headless').error('request failed', { error })
    const status = (error as { statusCode?: number }).statusCode ?? 500
    void reply
      .code(status < 500 ? status : 500)
      .send({ success: false, error: { code: status < 500 ? 'invalid-input' : 'internal' } })
  })
  http.setNotFoundHandler((_request, reply) => {
    void reply.code(404).send({ success: false, error: { code: 'object-missing' } })
  })
  await http.register(websocket, { options: { maxPayload: MAX_FRAME_BYTES } })
  await http.register(staticFiles, {
    root: join(options.rendererFolder, 'assets'),
    prefix: '/assets/',
    index: false,
    list: false,
  })
  servePage(http, options.rendererFolder)
  serveSocket(http, app.server)
  serveOlderCalls(http, app.server)

  const { port, stop } = await listen(http, { host: LOOPBACK, port: options.port })
  gate.listen(port)

  const link = () => `http://${LOOPBACK}:${port}/?token=${gate.linkToken()}`
  const note = join(options.home, 'serve.json')
  function publish(): void {
    writeFileSync(
      note,
      `${JSON.stringify({ pid: process.pid, port, link: link(), api_token: apiToken }, null, 2)}\n`,
      { mode: 0o600 },
    )
    options.onLink?.(link())
  }
  publish()

  return {
    app,
    port,
    link,
    apiToken,
    async stop() {
      await stop()
      rmSync(note, { force: true })
      await app.stop()
    },
  }
}
