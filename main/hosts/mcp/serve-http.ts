import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { isJSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { ApiKey } from '../../engine/engine.ts'
import { createAgentServer } from './agent-server.ts'
import { type AgentApp, admitted, type Door, openDoor } from './door.ts'

/** A request that was let in. */
export interface AgentRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** Of a POST. */
  readonly body: string | undefined
  /** The key that opened. */
  readonly token: string
}

/** The protocol over HTTP, for any number of clients. */
export interface AgentHttp {
  /** Gives what answers the request. Rejects as `admitted` does. */
  admit(request: AgentRequest): Promise<(response: ServerResponse) => Promise<void>>
  close(): void
}

interface Session {
  readonly door: Door
  readonly token: string
  readonly transport: WebStandardStreamableHTTPServerTransport
  readonly end: () => void
  /** Requests that are being answered. */
  atWork: number
  usedMs: number
}

/** Headers that the protocol looks at. */
const HEADERS = ['accept', 'content-type', 'mcp-session-id', 'mcp-protocol-version', 'last-event-id'] as const
const SESSIONS_OF_A_KEY = 16
const SESSIONS = 128
const AT_WORK_AT_ONCE = 32
const IDLE_MS = 30 * 60_000
const LOOK_MS = 15_000

/** Serves sessions. Each belongs to the key that began it, and ends when that asks for it, when it was idle for long, or when its key opens nothing any more. */
export function createAgentHttp(app: AgentApp): AgentHttp {
  const { engine, settings, version } = app.context
  const { clock } = engine.env
  const sessions = new Map<string, Session>()
  const stopLooking = clock.every(LOOK_MS, () => void look())

  async function look(): Promise<void> {
    const { serveData } = await settings()
    for (const session of [...sessions.values()]) {
      const isIdle = session.atWork === 0 && clock.monotonicMs() - session.usedMs >= IDLE_MS
      if (isIdle || !serveData || !(await engine.apiKeys.check(session.token))) session.end()
    }
  }

  async function begin(key: ApiKey, token: string): Promise<Session> {
    const door = await openDoor(app, key)
    const server = createAgentServer(door, version, clock)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, session)
        server.onclose = () => {
          sessions.delete(id)
          door.close()
        }
      },
    })
    const session: Session = {
      door,
      token,
      transport,
      end: () => void server.close(),
      atWork: 0,
      usedMs: clock.monotonicMs(),
    }
    server.onclose = door.close
    await server.connect(transport)
    return session
  }

  /** Room for one more: the one that was used longest ago and does nothing makes way. */
  function makeRoom(keyId: string): boolean {
    const own = [...sessions.values()].filter(({ door }) => door.key.id === keyId)
    if (own.length < SESSIONS_OF_A_KEY && sessions.size < SESSIONS) return true
    const [oldest] = own.filter(({ atWork }) => atWork === 0).sort((a, b) => a.usedMs - b.usedMs)
    oldest?.end()
    return oldest !== undefined
  }

  async function sessionOf({ headers, token }: AgentRequest, key: ApiKey): Promise<Session | Response> {
    const id = headers['mcp-session-id']
    const known = typeof id === 'string' ? sessions.get(id) : undefined
    if (id !== undefined) return known?.token === token ? known : refusal(404, 'There is no such session.')
    if (!makeRoom(key.id)) return refusal(429, 'This key has too many sessions at work.')
    return begin(key, token)
  }

  async function answer(request: AgentRequest, key: ApiKey, response: ServerResponse): Promise<void> {
    const session = await sessionOf(request, key)
    if (session instanceof Response) return send(session, response)
    if (session.atWork >= AT_WORK_AT_ONCE)
      return send(refusal(429, 'Too many requests at once in this session.'), response)
    const isWork = request.method === 'POST'
    if (isWork) session.atWork++
    session.usedMs = clock.monotonicMs()
    try {
      await send(await session.transport.handleRequest(webRequest(request)), response)
    } finally {
      if (isWork) session.atWork--
      session.usedMs = clock.monotonicMs()
      if (!response.writableFinished) callOff(session, request.body)
      // It came without asking for a session, and without beginning one.
      if (session.transport.sessionId === undefined) session.end()
    }
  }

  return {
    async admit(request) {
      const key = await admitted(app, request.token)
      return (response) => answer(request, key, response)
    },
    close() {
      stopLooking()
      for (const { end } of [...sessions.values()]) end()
    },
  }
}

function webRequest({ method, headers, body }: AgentRequest): Request {
  const shown = HEADERS.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] as [string, string]] : []
  })
  return new Request('http://everstow/mcp', {
    method,
    headers: shown,
    ...(method === 'POST' && { body: body ?? '' }),
  })
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (!answer.body) return void response.end()
  response.flushHeaders()
  // Whoever leaves before the end has left; there is nobody to tell.
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => {})
}

/** Nobody can fetch the answers of a connection that is gone: the work for them ends. */
function callOff({ transport }: Session, body: string | undefined): void {
  for (const message of messagesIn(body))
    if (isJSONRPCRequest(message))
      transport.onmessage?.({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: message.id, reason: 'The connection is gone.' },
      })
}

function messagesIn(body = ''): readonly unknown[] {
  try {
    return [JSON.parse(body)].flat()
  } catch {
    return []
  }
}

function refusal(status: number, message: string): Response {
  const error = { jsonrpc: '2.0', error: { code: -32_000, message }, id: null }
  return Response.json(error, { status })
}
