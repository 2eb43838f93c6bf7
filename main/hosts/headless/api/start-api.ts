import type { Socket } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { type App, createApp } from '../../../app/create-app.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { isLoopback } from '../../../engine/model/loopback.ts'
import { protect } from '../gate.ts'
import { type StayingOptions, stayingApp } from '../staying-app.ts'
import { createDoorman } from './doorman.ts'
import { routes } from './routes/index.ts'
import { serveRoutes } from './serve-routes.ts'

/** How the API is started. */
export interface ApiOptions extends StayingOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** The address to listen at; this computer alone when absent. */
  readonly bind?: string
  /** Certificate chain and private key (PEM). Needed to listen for other computers. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** The longest a request may take to arrive; 10 s. */
  readonly requestTimeoutMs?: number
}

/** A running API. */
export interface ApiHost {
  readonly app: App
  readonly port: number
  readonly url: string
  stop(): Promise<void>
}

const LOOPBACK = '127.0.0.1'
const BODY_BYTES = 1024 * 1024
const REQUEST_MS = 10_000
const CHECK_MS = 1_000
const MAX_CONNECTIONS = 500

/** Starts the application and serves the API, until `stop`. Refuses to listen for other computers without TLS. */
export async function startApi(options: ApiOptions): Promise<ApiHost> {
  const bind = options.bind ?? LOOPBACK
  if (!options.tls && !isLoopback(bind))
    throw new EverstowError('invalid-input', { data: { field: 'bind', value: bind, reason: 'tls' } })
  const app = await createApp({ ...stayingApp(options), auditHost: 'daemon' })
  try {
    return await serve(app, options, bind)
  } catch (error) {
    await app.stop()
    throw error
  }
}

async function serve(app: App, options: ApiOptions, bind: string): Promise<ApiHost> {
  const { tls, requestTimeoutMs = REQUEST_MS } = options
  // Who sends too slowly is let go; looked at more often than Node does by itself.
  const server = { connectionsCheckingInterval: CHECK_MS, headersTimeout: requestTimeoutMs }
  const http = fastify({
    bodyLimit: BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    requestTimeout: requestTimeoutMs,
    ...(tls
      ? { https: { ...server, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' } }
      : { http: server }),
  }) as unknown as FastifyInstance
  http.server.maxConnections = MAX_CONNECTIONS
  const connections = new Set<Socket>()
  http.server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  const doorman = createDoorman(app.context.engine, bind, tls?.cert)
  http.addHook('onRequest', async (_request, reply) => protect(reply))
  serveRoutes(http, app, doorman, routes)

  await http.listen({ host: bind, port: options.port })
  const address = http.server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  doorman.listen(port)
  return {
    app,
    port,
    url: `${tls ? 'https' : 'http'}://${bind.includes(':') ? `[${bind}]` : bind}:${port}`,
    async stop() {
      const closed = http.close()
      for (const socket of connections) socket.destroySoon()
      await closed
      await app.stop()
    },
  }
}
