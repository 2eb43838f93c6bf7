import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { Clock } from '../../env/clock.ts'
import type { ProxyOf } from '../../env/net.ts'
import { http, https } from '../../env/node/http.ts'
import { createProxyAgents, type ProxyAgents } from '../../env/node/proxy-agents.ts'

/** A request as the SDK hands it over, signed. */
export interface SdkRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface SdkResponse {
  readonly statusCode: number
  readonly reason?: string
  readonly headers: Record<string, string>
  body: IncomingMessage
}

export interface HttpHandlerOptions {
  readonly clock: Clock
  readonly connectTimeoutMs: number
  /** How long a connection may be silent while it is not us who does not read. */
  readonly stallTimeoutMs: number
  /** Absent: every request goes directly. */
  readonly proxyOf?: ProxyOf
}

const MAX_SOCKETS = 64
/** Bodies from here on wait for the place to agree to the headers, so that a refusal does not cost the upload. */
const EXPECT_FROM_BYTES = 1024 * 1024
/** Places that do not know "100-continue" say nothing; RFC 9110 10.1.1 lets the client go on. */
const CONTINUE_WAIT_MS = 1000

/**
 * HTTP for the SDK in place of its own handler, which writes to the console, takes a slow reader for a silent place, and leaves bodies of
 * refused uploads on their way. Bodies are bytes in memory; time-outs are those of the socket, so they follow what really moves.
 */
export class HttpHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' }
  readonly #options: HttpHandlerOptions
  readonly #agents: ProxyAgents

  constructor(options: HttpHandlerOptions) {
    this.#options = options
    this.#agents = createProxyAgents(options.proxyOf, { keepAlive: true, maxSockets: MAX_SOCKETS })
  }

  /** Sends one request; resolves with the head of the answer, whose body is still to be read. */
  async handle(
    request: SdkRequest,
    { abortSignal }: { readonly abortSignal?: AbortSignal } = {},
  ): Promise<{ response: SdkResponse }> {
    const port = request.port === undefined ? '' : `:${request.port}`
    const agent = await this.#agents.agentTo(`${request.protocol}//${request.hostname}${port}/`)
    return this.#send(request, agent, abortSignal)
  }

  #send(
    request: SdkRequest,
    agent: Agent,
    abortSignal: AbortSignal | undefined,
  ): Promise<{ response: SdkResponse }> {
    return new Promise((resolve, reject) => {
      if (abortSignal?.aborted) {
        reject(abortError(abortSignal))
        return
      }
      const body = bytesOf(request.body)
      const waits = body.byteLength >= EXPECT_FROM_BYTES
      const tls = request.protocol === 'https:'
      const outgoing = (tls ? https.request : http.request)({
        method: request.method,
        host: request.hostname.replace(/^\[|\]$/g, ''),
        port: request.port,
        path: request.path + queryString(request.query),
        headers: waits ? { ...request.headers, expect: '100-continue' } : { ...request.headers },
        agent,
        timeout: this.#options.stallTimeoutMs,
      })
      let incoming: IncomingMessage | undefined
      const fail = (error: Error): void => {
        // The body's reader learns the reason too; by itself it would only see the connection end.
        incoming?.destroy(error)
        outgoing.destroy(error)
      }
      const onAbort = (): void => fail(abortError(abortSignal))
      abortSignal?.addEventListener('abort', onAbort, { once: true })
      outgoing.once('close', () => abortSignal?.removeEventListener('abort', onAbort))
      outgoing.on('error', reject)
      outgoing.once('response', (message) => {
        incoming = message
        resolve({ response: responseOf(message) })
      })
      this.#watch(outgoing, () => incoming, fail)
      if (waits) this.#sendWhenAsked(outgoing, body)
      else outgoing.end(body)
    })
  }

  /** Part of the SDK's interface; this handler takes its settings when it is made. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {}
  }

  destroy(): void {
    this.#agents.close()
  }

  #watch(
    outgoing: ClientRequest,
    incoming: () => IncomingMessage | undefined,
    fail: (error: Error) => void,
  ): void {
    const { connectTimeoutMs, stallTimeoutMs } = this.#options
    outgoing.once('socket', (socket) => {
      if (!socket.connecting) return
      socket.setTimeout(connectTimeoutMs)
      socket.once('connect', () => socket.setTimeout(stallTimeoutMs))
    })
    outgoing.on('timeout', () => {
      // Bytes that wait for their reader: the place has done its part, so it gets its time again.
      if ((incoming()?.readableLength ?? 0) > 0) outgoing.socket?.setTimeout(stallTimeoutMs)
      else fail(Object.assign(new Error('The connection was silent'), { code: 'ETIMEDOUT' }))
    })
  }

  #sendWhenAsked(outgoing: ClientRequest, body: Uint8Array): void {
    const settled = new AbortController()
    const send = (): void => {
      if (settled.signal.aborted) return
      settled.abort()
      outgoing.end(body)
    }
    outgoing.once('continue', send)
    outgoing.once('response', (message) => {
      if (settled.signal.aborted) return
      settled.abort()
      // Refused before the body: it is never sent, so this connection can carry nothing else.
      message.once('end', () => outgoing.destroy())
    })
    outgoing.once('close', () => settled.abort())
    this.#options.clock.sleep(CONTINUE_WAIT_MS, settled.signal).then(send, () => {
      // The sleep ends early when the place answered, or the request is over.
    })
  }
}

function responseOf(message: IncomingMessage): SdkResponse {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return {
    statusCode: message.statusCode ?? 0,
    ...(message.statusMessage && { reason: message.statusMessage }),
    headers,
    body: message,
  }
}

/** We give the SDK no streams, so what comes here is bytes or one of its XML documents. */
function bytesOf(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array(0)
  if (body instanceof Uint8Array) return body
  if (typeof body === 'string') return Buffer.from(body, 'utf8')
  throw new TypeError('Only bodies in memory are sent')
}

/** The query exactly as it was signed: sorted, and everything but unreserved characters percent-encoded. */
function queryString(query: SdkRequest['query'] = {}): string {
  const pairs = Object.keys(query)
    .sort()
    .flatMap((name) => {
      const value = query[name]
      if (value === null || value === undefined) return [escapeUri(name)]
      const values = typeof value === 'string' ? [value] : value
      return values.map((each) => `${escapeUri(name)}=${escapeUri(each)}`)
    })
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The request was cancelled', { cause: signal?.reason })
  error.name = 'AbortError'
  return error
}
