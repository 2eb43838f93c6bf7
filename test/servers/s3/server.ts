import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { authenticate } from './authenticate.ts'
import { createBlobStore } from './blobs.ts'
import type { Answer, Call, World } from './call.ts'
import { codeOfStatus, S3Error, s3Error } from './errors.ts'
import { createFaultPlan, type Fault, type Faults } from './faults.ts'
import { OPERATIONS } from './operations/operations.ts'
import { type S3ServerOptions, TEST_BUCKET, TEST_CREDENTIAL } from './options.ts'
import { createPermissions, type Permissions } from './permissions.ts'
import { receiveBody } from './receive.ts'
import { type Route, routeOf } from './route.ts'
import { type AnswerStamp, answerOfError, send } from './send.ts'
import { createBucket, currentVersion, findBucket, sortedKeys } from './state.ts'

/** One request that was answered; status 0 where a fault left it without an answer. */
export interface LoggedRequest {
  readonly operation: string
  readonly method: string
  readonly key: string | undefined
  readonly status: number
  readonly code: string | undefined
  /** Bytes of objects that the answer was to hold. */
  readonly contentBytes: number
}

/** What lies in a bucket, for tests to look at past the interface. */
export interface HeldObject {
  readonly sizeBytes: number
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
  readonly contentType: string
  readonly storageClass: string | undefined
  readonly encryption: { readonly kind: string; readonly kmsKeyId: string | undefined } | undefined
  readonly checksums: Readonly<Record<string, string>>
  bytes(): Promise<Buffer>
}

export interface S3Server {
  /** `http://127.0.0.1:PORT`, or `https:` with TLS. */
  readonly url: string
  readonly region: string
  readonly faults: Faults
  readonly permissions: Pick<Permissions, 'deny'>
  /** Everything that was asked since the start, oldest first. */
  readonly requests: readonly LoggedRequest[]
  /** How often an operation was asked for. */
  count(operation: string): number
  /** Current objects of a bucket by key. */
  objects(bucket?: string): ReadonlyMap<string, HeldObject>
  /** Versions and delete markers a bucket holds. */
  versionCount(bucket?: string): number
  /** Keys of uploads that were begun and neither completed nor aborted. */
  openUploads(bucket?: string): readonly string[]
  /** Forgets all unfinished uploads, as a lifecycle rule would. */
  expireUploads(bucket?: string): void
  /** Moves the server's clock to this distance from real time. */
  setClockOffset(offsetMs: number): void
  close(): Promise<void>
}

/** Starts the server on 127.0.0.1 and a free port. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const credentials = options.credentials ?? [TEST_CREDENTIAL]
  let clockOffsetMs = options.clockOffsetMs ?? 0
  let lastId = 0
  const world: World = {
    buckets: new Map(
      (options.buckets ?? [TEST_BUCKET]).map((name) => [
        name,
        createBucket(name, { versioning: options.versioning, objectLock: options.objectLock ?? false }),
      ]),
    ),
    blobs: createBlobStore(options.spillBytes ?? 1024 * 1024),
    region: options.region ?? 'us-east-1',
    conditionalWrites: options.conditionalWrites ?? (options.flavour === 'b2' ? 'refused' : 'honoured'),
    withoutBucketSettings: options.flavour === 'r2',
    minPartBytes: options.minPartBytes ?? 5 * 1024 * 1024,
    kmsByDefault: options.kms ?? false,
    now: () => Date.now() + clockOffsetMs,
    newId: () => `id${(++lastId).toString(16).padStart(14, '0')}`,
  }
  const faults = createFaultPlan(options.seed ?? 1)
  const permissions = createPermissions()
  const requests: LoggedRequest[] = []

  /** Everything before the operation: who asks, and whether they may. */
  function admit(
    request: IncomingMessage,
    response: ServerResponse,
    route: Route,
    struck: readonly Fault[],
  ): Call {
    const headers = headersOf(request)
    const signable = { method: request.method ?? '', target: request.url ?? '/', headers }
    const rules = { credentials, region: world.region, nowMs: world.now() }
    const { accessKeyId, payload, signing } = authenticate(signable, rules)
    permissions.check({ action: route.action, key: route.key, accessKeyId })
    const strikes = (wanted: Fault['kind']) => struck.some(({ kind }) => kind === wanted)
    const flip = strikes('flip')
    const cutMidway = strikes('reset-midway')
    const receive = () =>
      receiveBody(request, response, { headers, payload, signing, blobs: world.blobs, flip, cutMidway })
    return { ...route, request, headers, receive }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stamp: AnswerStamp = { requestId: world.newId(), nowMs: world.now() }
    const method = request.method ?? ''
    // Node takes the socket away from a request whose client is gone.
    const { socket } = request
    let route: Route | undefined
    let struck: Fault[] = []
    let reply: Answer
    let code: string | undefined
    try {
      route = routeOf(method, request.url ?? '/')
      struck = faults.strike({ method, key: route.key, operation: route.operation })
      if (options.latencyMs) await sleep(options.latencyMs)
      if (await goesNoFurther(socket, response, struck)) {
        note(route, method, 0, undefined, 0)
        return
      }
      throwStatusFault(struck)
      const call = admit(request, response, route, struck)
      const operation = OPERATIONS[route.operation]
      if (!operation) throw s3Error('NotImplemented')
      reply = await operation(call, world)
    } catch (error) {
      if (!(error instanceof S3Error)) {
        // A connection that broke while the body came in has nobody left to answer. Anything else is a fault of this server and must show.
        if (!socket.destroyed) throw error
        if (route) note(route, method, 0, undefined, 0)
        return
      }
      code = error.code
      reply = answerOfError(error, stamp, request.url ?? '/')
      const retryAfter = struck.find((fault) => fault.retryAfter !== undefined)?.retryAfter
      if (retryAfter !== undefined)
        reply = { ...reply, headers: { ...reply.headers, 'retry-after': retryAfter } }
    }
    const { content } = reply
    const contentBytes = content && method !== 'HEAD' ? content.end - content.start : 0
    note(route, method, reply.status, code, contentBytes)
    if (struck.some(({ kind }) => kind === 'reset-after')) {
      socket.resetAndDestroy()
      return
    }
    await send(response, reply, stamp, struck)
    // A body nobody asked for is read and dropped, so that the connection can carry the next request.
    request.resume()
  }

  function note(
    route: Route | undefined,
    method: string,
    status: number,
    code: string | undefined,
    contentBytes: number,
  ): void {
    const operation = route?.operation ?? 'Unknown'
    requests.push({ operation, method, key: route?.key, status, code, contentBytes })
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse) => void answer(request, response)
  const settings = { keepAliveTimeout: 60_000 }
  const server = options.tls
    ? createTlsServer({ ...settings, ...options.tls }, onRequest)
    : createServer(settings, onRequest)
  // Bodies announced with "100-continue" are asked for only after the headers were found good.
  server.on('checkContinue', onRequest)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const bucketOf = (name = options.buckets?.[0] ?? TEST_BUCKET) => findBucket(world.buckets, name)

  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    region: world.region,
    faults,
    permissions,
    requests,
    count: (operation) => requests.filter((request) => request.operation === operation).length,
    objects(name) {
      const bucket = bucketOf(name)
      const held = sortedKeys(bucket).flatMap((key): [string, HeldObject][] => {
        const version = currentVersion(bucket, key)
        const blob = version?.blob
        if (!version || !blob) return []
        return [
          [key, { ...version, sizeBytes: blob.sizeBytes, bytes: () => buffer(blob.open(0, blob.sizeBytes)) }],
        ]
      })
      return new Map(held)
    },
    versionCount: (name) =>
      [...bucketOf(name).objects.values()].reduce((sum, versions) => sum + versions.length, 0),
    openUploads: (name) => [...bucketOf(name).uploads.values()].map(({ key }) => key),
    expireUploads: (name) => bucketOf(name).uploads.clear(),
    setClockOffset(offsetMs) {
      clockOffsetMs = offsetMs
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      world.blobs.close()
    },
  }
}

/** Applies the faults that come before the work; true where the request ends there. */
async function goesNoFurther(
  socket: Socket,
  response: ServerResponse,
  struck: readonly Fault[],
): Promise<boolean> {
  for (const fault of struck) {
    if (fault.kind === 'latency') await sleep(fault.delayMs ?? 100)
    if (fault.kind === 'reset-before') {
      socket.resetAndDestroy()
      return true
    }
    if (fault.kind === 'stall' && fault.afterBytes === undefined) {
      await new Promise((resolve) => response.once('close', resolve))
      return true
    }
  }
  return false
}

function throwStatusFault(struck: readonly Fault[]): void {
  const fault = struck.find(({ kind }) => kind === 'status')
  if (!fault) return
  const status = fault.status ?? 503
  throw new S3Error(fault.code ?? codeOfStatus(status), status, 'An injected fault')
}

/** Headers by lower-case name; repeated ones joined, as they are signed. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value
  }
  return headers
}
