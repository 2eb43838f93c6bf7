import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFaults, type Fault, type Faults, sendBent } from '../gcs/faults.ts'

export type { Fault, Faults } from '../gcs/faults.ts'

/** One request that came by; `status` 0 where the connection was cut or nothing was forwarded. */
export interface AzureRequest {
  readonly method: string
  readonly operation: string
  readonly path: string
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  status: number
}

export interface FaultProxy {
  /** The target's address with this proxy in front. */
  readonly endpoint: string
  readonly faults: Faults
  readonly requests: AzureRequest[]
  close(): Promise<void>
}

/** A loopback proxy in front of a blob endpoint (`http://host:port/account`). */
export async function startFaultProxy(targetUrl: string, seed = 1): Promise<FaultProxy> {
  const target = new URL(targetUrl)
  const faults = createFaults(seed)
  const requests: AzureRequest[] = []
  // As long as real ones keep a connection: Node's own five seconds end while a client begins to use it again.
  const http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response).catch(() => request.socket.destroy())
  })

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const entry = describe(request)
    requests.push(entry)
    const fault = faults.strike(entry)
    if (fault?.kind === 'latency') await sleep(fault.amount ?? 50)
    if (fault?.kind === 'reset-before') {
      request.socket.destroy()
      return
    }
    const body = await buffer(request)
    if (fault?.kind === 'reset-midway') {
      request.socket.destroy()
      return
    }
    const answer = fault?.kind === 'status' ? refusal(fault) : await passOn(target, request, body)
    entry.status = fault?.kind === 'reset-after' ? 0 : answer.status
    await sendBent(request, response, answer, fault)
  }

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}${target.pathname.replace(/\/$/, '')}`,
    faults,
    requests,
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

interface Passed {
  readonly status: number
  readonly headers: Record<string, string | number | string[]>
  readonly body: Buffer
}

function passOn(target: URL, request: IncomingMessage, body: Buffer): Promise<Passed> {
  return new Promise((resolve, reject) => {
    const outgoing = forward(
      {
        host: target.hostname,
        port: target.port,
        method: request.method,
        path: request.url,
        headers: request.headers,
      },
      (answer) => {
        buffer(answer).then((bytes) => {
          const { 'transfer-encoding': _, ...headers } = answer.headers
          // An answer to HEAD keeps the length of what it stands for.
          const length = request.method === 'HEAD' ? {} : { 'content-length': bytes.length }
          const kept = Object.entries({ ...headers, ...length }).filter(([, value]) => value !== undefined)
          resolve({
            status: answer.statusCode ?? 502,
            headers: Object.fromEntries(kept) as Passed['headers'],
            body: bytes,
          })
        }, reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function refusal(fault: Fault): Passed {
  const status = fault.status ?? 503
  const code = status === 503 ? 'ServerBusy' : status === 500 ? 'InternalError' : 'Injected'
  const body = Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>Injected by the test.</Message></Error>`,
  )
  return {
    status,
    headers: {
      'content-type': 'application/xml',
      'content-length': body.length,
      'x-ms-error-code': code,
      ...(fault.retryAfter !== undefined && { 'retry-after': fault.retryAfter }),
    },
    body,
  }
}

/** `http://host/account/container/key`: the style of addresses on the loopback. */
function describe(request: IncomingMessage): AzureRequest {
  const method = request.method ?? 'GET'
  const [path = '', search = ''] = (request.url ?? '').split('?', 2)
  const [, , , ...segments] = path.split('/')
  const key = segments.length > 0 ? decodeURIComponent(segments.join('/')) : undefined
  const comp = new URLSearchParams(search).get('comp')
  return { method, operation: operationOf(method, key, comp), path, key, headers: request.headers, status: 0 }
}

function operationOf(method: string, key: string | undefined, comp: string | null): string {
  if (key === undefined) return comp === 'list' ? 'container.list' : `container.${method.toLowerCase()}`
  if (comp === 'block') return 'block.put'
  if (comp === 'blocklist') return `blocklist.${method.toLowerCase()}`
  return `blob.${method.toLowerCase()}`
}
