import fastify, { type FastifyInstance } from 'fastify'
import type { ServableApp, ServedApi } from '../../app/app-context.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { isLoopback } from '../../engine/model/loopback.ts'
import { createDoorman } from './doorman.ts'
import { listen } from './listen.ts'
import { protect } from './protect.ts'
import { routes } from './routes/index.ts'
import { serveMcp } from './serve-mcp.ts'
import { serveRoutes } from './serve-routes.ts'

/** Where the API listens. */
export interface ApiAddress {
  /** 0 takes a free one. */
  readonly port: number
  /** The address to listen at; this computer alone when absent. */
  readonly bind?: string
  /** Certificate chain and private key (PEM). Needed to listen for other computers. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** The longest a request may take to arrive; 10 s. */
  readonly requestTimeoutMs?: number
}

const LOOPBACK = '127.0.0.1'
const BODY_BYTES = 1024 * 1024
const REQUEST_MS = 10_000
const CHECK_MS = 1_000
const MAX_CONNECTIONS = 500

/** Serves the API of a running application, until `stop`. Refuses to listen for other computers without TLS; throws `port-taken`. */
export async function serveApi(
  app: ServableApp,
  { port: wanted, bind = LOOPBACK, tls, requestTimeoutMs = REQUEST_MS }: ApiAddress,
): Promise<ServedApi> {
  if (!tls && !isLoopback(bind))
    throw new EverstowError('invalid-input', { data: { field: 'bind', value: bind, reason: 'tls' } })
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
  const doorman = createDoorman(app.context.engine, bind, tls?.cert)
  http.addHook('onRequest', async (_request, reply) => protect(reply))
  serveRoutes(http, app, doorman, routes)
  serveMcp(http, app)
  const { port, stop } = await listen(http, { host: bind, port: wanted })
  doorman.listen(port)
  return {
    port,
    url: `${tls ? 'https' : 'http'}://${bind.includes(':') ? `[${bind}]` : bind}:${port}`,
    stop,
  }
}
