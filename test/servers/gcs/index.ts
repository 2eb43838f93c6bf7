import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from './api-error.ts'
import { createFaults, type Fault, type Faults, sendBent } from './faults.ts'
import { type Answer, json } from './objects.ts'
import { operationOf, type Route, routeOf, serveRoute } from './routes.ts'
import { type BucketConfig, createState, type StoredObject } from './state.ts'
import { createTokenOffice, type ServiceAccount } from './token.ts'
import type { UploadSession } from './uploads.ts'

export type { Fault, Faults } from './faults.ts'
export type { BucketConfig } from './state.ts'
export type { ServiceAccount } from './token.ts'

export interface GcsServerOptions {
  readonly buckets?: readonly (string | BucketConfig)[]
  /** At most this many objects a page of a listing. */
  readonly pageLimit?: number
  readonly seed?: number
}

/** One request as it was answered; `status` 0 where the connection was cut. */
export interface GcsRequest {
  readonly method: string
  readonly operation: string
  readonly path: string
  readonly bucket: string | undefined
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  status: number
}

export interface GcsServer {
  /** The API's base, for `endpoint`. */
  readonly endpoint: string
  /** A key file's content whose token endpoint is this server. */
  readonly serviceAccount: ServiceAccount
  readonly faults: Faults
  readonly requests: GcsRequest[]
  /** IAM permissions that the account lacks, for example `storage.objects.delete`. */
  readonly denied: Set<string>
  /** The server's clock minus ours, milliseconds. */
  clockOffsetMs: number
  createBucket(bucket: string | BucketConfig): void
  /** The live object, to look behind the API. */
  object(bucket: string, name: string): StoredObject | undefined
  keys(bucket: string): string[]
  /** Uploads that were begun and neither finished nor cancelled. */
  openUploads(): number
  /** Forgets every upload that was begun, as Google does after a week. */
  expireUploads(): void
  revokeTokens(): void
  close(): Promise<void>
}

/** A loopback server of Google Cloud Storage's JSON API, strict enough that a client that passes here behaves there. */
export async function startGcsServer(options: GcsServerOptions = {}): Promise<GcsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'everstow-gcs-'))
  let offsetMs = 0
  const now = (): number => Date.now() + offsetMs
  const state = createState(folder, now)
  const sessions = new Map<string, UploadSession>()
  const denied = new Set<string>()
  const faults = createFaults(options.seed ?? 1)
  const requests: GcsRequest[] = []

  // As long as real ones keep a connection: Node's own five seconds end while a client begins to use it again.
  const http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.headersSent && !request.socket.destroyed) response.writeHead(500).end(String(error))
      else request.socket.destroy()
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const tokens = createTokenOffice(`${endpoint}/token`, now)
  const context = { state, sessions, denied, endpoint, tokens, pageLimit: options.pageLimit ?? 1000 }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // The Date header is part of what is tested (clock offsets), so it is ours.
    response.sendDate = false
    response.setHeader('date', new Date(now()).toUTCString())
    const route = routeOf(request.method ?? 'GET', request.url ?? '/')
    const entry = logged(request, route)
    requests.push(entry)
    const fault = faults.strike({ method: entry.method, key: entry.key, operation: entry.operation })
    if (fault?.kind === 'latency') await sleep(fault.amount ?? 50)
    if (fault?.kind === 'reset-before') {
      request.socket.destroy()
      return
    }
    const answer =
      fault?.kind === 'status' ? await refusal(request, fault) : await answerOf(request, route, fault)
    if (!answer) return
    entry.status = fault?.kind === 'reset-after' ? 0 : answer.status
    await sendBent(request, response, answer, fault)
  }

  const answerOf = async (
    request: IncomingMessage,
    route: Route,
    fault: Fault | undefined,
  ): Promise<Answer | undefined> => {
    try {
      const lengthBytes = Number(request.headers['content-length'] ?? 0)
      const dieAfterBytes = fault?.kind === 'reset-midway' ? Math.ceil(lengthBytes / 2) : undefined
      return await serveRoute(context, route, request, dieAfterBytes)
    } catch (error) {
      // The client is gone in the middle of its body: there is nobody to answer.
      if (!(error instanceof ApiError) && request.socket.destroyed) return undefined
      if (!(error instanceof ApiError)) throw error
      request.resume()
      return errorAnswer(error)
    }
  }

  const createBucket = (bucket: string | BucketConfig): void => {
    const config = typeof bucket === 'string' ? { name: bucket } : bucket
    state.buckets.set(config.name, { config, createdMs: now(), live: new Map(), noncurrent: [] })
  }
  for (const bucket of options.buckets ?? []) createBucket(bucket)

  return {
    endpoint,
    serviceAccount: tokens.serviceAccount,
    faults,
    requests,
    denied,
    get clockOffsetMs() {
      return offsetMs
    },
    set clockOffsetMs(value) {
      offsetMs = value
    },
    createBucket,
    object: (bucket, name) => state.buckets.get(bucket)?.live.get(name),
    keys: (bucket) => [...(state.buckets.get(bucket)?.live.keys() ?? [])].sort(),
    openUploads: () => [...sessions.values()].filter((session) => !session.finished).length,
    expireUploads: () => sessions.clear(),
    revokeTokens: () => tokens.revokeAll(),
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function logged(request: IncomingMessage, route: Route): GcsRequest {
  return {
    method: request.method ?? 'GET',
    operation: operationOf(route, request),
    path: request.url ?? '/',
    bucket: route.bucket,
    key: route.key,
    headers: request.headers,
    status: 0,
  }
}

/** The body is read to its end first, so that the client hears the answer and not a broken pipe. */
async function refusal(request: IncomingMessage, fault: Fault): Promise<Answer> {
  for await (const _ of request) {
    // Thrown away: the fault says that nothing is done.
  }
  const status = fault.status ?? 503
  const reason = status === 429 ? 'rateLimitExceeded' : status >= 500 ? 'backendError' : 'invalid'
  const headers: Record<string, string> =
    fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }
  return errorAnswer(new ApiError(status, reason, 'Injected by the test.', headers))
}

function errorAnswer(error: ApiError): Answer {
  if (error.status === 304) return { status: 304, headers: {}, body: Buffer.alloc(0) }
  const { headers, body } = json({})
  const text = error.body()
  return {
    status: error.status,
    headers: { ...headers, 'content-length': text.length, ...error.headers },
    body: text.length > 0 ? text : body,
  }
}
