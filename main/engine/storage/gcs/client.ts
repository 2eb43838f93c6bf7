import type { Readable } from 'node:stream'
import { createProxyAgents } from '../../env/node/proxy-agents.ts'
import type { EverstowError } from '../../model/errors.ts'
import type { Credentials } from '../credentials.ts'
import { slicedStream } from '../transfer/sliced-stream.ts'
import { guardAgainstStall, type StallGuard } from '../transfer/stall-guard.ts'
import { openAccount } from './account.ts'
import type { GcsConfig, GcsEnv } from './config.ts'
import { errorOfFailure, errorOfReply } from './errors.ts'

/** JSON answers are read into memory; a listing of 1,000 long names stays far below. */
const TEXT_LIMIT_BYTES = 32 * 1024 * 1024

export interface GcsCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the endpoint, or a whole address of the same service (an upload's session). */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: readonly Uint8Array[]
  /** For errors. */
  readonly key?: string
  readonly signal?: AbortSignal | undefined
}

export interface GcsReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** An answer whose body is still to be read, under its guard. */
export interface GcsStream {
  readonly status: number
  readonly headers: Headers
  readonly body: Readable
  readonly guard: StallGuard
}

/** Sends requests to one bucket's service. */
export interface GcsClient {
  readonly config: GcsConfig
  readonly env: GcsEnv
  /** The service's base address. */
  readonly endpoint: string
  /** The answer, whatever its status. Throws only where there was none. */
  request(call: GcsCall): Promise<GcsReply>
  /** The answer of a success; every other one is thrown as ours. */
  ask(call: GcsCall): Promise<GcsReply>
  /** A success whose body the caller reads; `excused` as in the stall guard. */
  open(call: GcsCall, excused: () => boolean): Promise<GcsStream>
  /** An answer of this service as ours. */
  refusal(reply: GcsReply, key?: string): EverstowError
  /** Any other failure as ours. */
  failure(error: unknown, key?: string): EverstowError
  /** Ends the connections that are kept. */
  close(): void
}

export async function openClient(
  config: GcsConfig,
  credentials: Credentials,
  env: GcsEnv,
): Promise<GcsClient> {
  const agents = env.net && createProxyAgents(env.net.proxyOf, { keepAlive: true })
  const account = await openAccount(config, credentials, agents)
  const now = (): number => env.clock.now()
  const refusal = (reply: GcsReply, key?: string): EverstowError =>
    errorOfReply(reply, { bucket: config.bucket, key }, now())
  const failure = (error: unknown, key?: string): EverstowError =>
    errorOfFailure(error, { bucket: config.bucket, key }, now())

  /** Sends once; a token that the service no longer takes (revoked, or aged behind a wrong clock) is renewed once. */
  const send = async (call: GcsCall, guard: StallGuard): Promise<Omit<GcsStream, 'guard'>> => {
    for (let renewed = false; ; renewed = true) {
      const response = await account.send({
        method: call.method,
        url: addressOf(account.endpoint, call),
        headers: headersOf(call),
        ...(call.body && { body: slicedStream(call.body, guard) }),
        signal: guard.signal,
      })
      guard.touch()
      const stream = { status: response.status, headers: response.headers, body: response.body }
      if (response.status !== 401 || renewed) return stream
      await readText(stream.body, guard)
      response.renew()
    }
  }

  const guarded = async <T>(
    call: GcsCall,
    excused: () => boolean,
    work: (guard: StallGuard) => Promise<T>,
  ): Promise<T> => {
    const { clock } = env
    const guard = guardAgainstStall({
      clock,
      stallTimeoutMs: config.stallTimeoutMs,
      signal: call.signal,
      excused,
    })
    try {
      return await work(guard)
    } catch (error) {
      guard.release()
      throw guard.reason() ?? failure(error, call.key)
    }
  }

  const request = (call: GcsCall): Promise<GcsReply> =>
    guarded(
      call,
      () => false,
      async (guard) => {
        const { status, headers, body } = await send(call, guard)
        const text = await readText(body, guard)
        guard.release()
        return { status, headers, text }
      },
    )

  return {
    config,
    env,
    endpoint: account.endpoint,
    refusal,
    failure,
    close: () => agents?.close(),
    request,
    ask: async (call) => {
      const reply = await request(call)
      if (reply.status < 200 || reply.status > 299) throw refusal(reply, call.key)
      return reply
    },
    open: (call, excused) =>
      guarded(call, excused, async (guard) => {
        const { status, headers, body } = await send(call, guard)
        if (status >= 200 && status < 300) return { status, headers, body, guard }
        throw refusal({ status, headers, text: await readText(body, guard) }, call.key)
      }),
  }
}

function addressOf(endpoint: string, { path, query }: GcsCall): string {
  const url = new URL(path, endpoint)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  return url.href
}

function headersOf({ headers, body }: GcsCall): Record<string, string> {
  const lengthBytes = body?.reduce((sum, piece) => sum + piece.byteLength, 0)
  return {
    // Objects that are stored compressed are handed out as they lie there, so that sizes and ranges mean the same bytes everywhere.
    'accept-encoding': 'gzip',
    ...(lengthBytes !== undefined && { 'content-length': String(lengthBytes) }),
    ...headers,
  }
}

async function readText(body: Readable, guard: StallGuard): Promise<string> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    guard.touch()
    sizeBytes += piece.length
    if (sizeBytes > TEXT_LIMIT_BYTES) throw new Error('The answer is too large to be one of this service')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
