import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { ServableApp } from '../../app/app-context.ts'
import type { Caller } from '../../app/audit/trail.ts'
import { dataCaller } from '../../app/data-access/data-caller.ts'
import { connectInProcess, type InProcessClient } from '../../app/in-process-client.ts'
import { createTexts } from '../../app/text.ts'
import type { Access, ApiRole } from '../../contract/index.ts'
import type { ApiKey } from '../../engine/engine.ts'
import type { Doorman } from './doorman.ts'
import { streamEvents } from './event-stream.ts'
import { createIdempotency } from './idempotency.ts'
import { describeApi, OPENAPI_PATH } from './openapi.ts'
import { problemOf, RequestProblem } from './problem.ts'
import { confinedTarget, makeRoot } from './restore-target.ts'
import type { Route, RouteContext } from './route.ts'
import { type FileContent, sendContent } from './send-content.ts'
import { MCP_METHODS, MCP_PATH } from './serve-mcp.ts'

/** What is known of a request while it is answered. */
interface Visit {
  readonly key?: ApiKey
  /** The contract server has written it into the audit log. */
  isWritten: boolean
}

const ACCESS: Readonly<Record<ApiRole, Access>> = {
  'read-data': 'view',
  read: 'view',
  operate: 'operate',
  admin: 'admin',
}
/** What each role may do besides what its own routes ask for. */
const INCLUDED: Readonly<Record<ApiRole, readonly ApiRole[]>> = {
  'read-data': ['read-data'],
  read: ['read'],
  operate: ['read', 'operate'],
  admin: ['read-data', 'read', 'operate', 'admin'],
}
const UNKNOWN: Caller = { actor: { kind: 'api-key', name: '' }, host: 'api', isTraced: true }
const MAX_STREAMS = 50
/** The version of Prometheus's exposition format belongs to its type. */
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Answers the routes. Every request is in the audit log afterwards, whatever became of it. */
export function serveRoutes(
  http: FastifyInstance,
  app: ServableApp,
  doorman: Doorman,
  routes: readonly Route[],
): void {
  const { engine, trail, version } = app.context
  const log = engine.env.log.area('api')
  const texts = createTexts('en')
  const visits = new WeakMap<FastifyRequest, Visit>()
  const clients = new Map<string, InProcessClient>()
  const look = connectInProcess(app.server, 'view')
  const once = createIdempotency<{ readonly status: number; readonly answer: unknown }>(engine.env.clock)
  const alone = createQueues()
  const streams = new Set<() => void>()
  const described = describeApi(routes, version)

  http.addHook('preClose', async () => {
    for (const end of streams) end()
  })
  http.addHook('onClose', async () => {
    for (const client of [look, ...clients.values()]) client.close()
  })
  // One parser, and no body is no fields.
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? {} : JSON.parse(String(text)))
    } catch {
      done(new RequestProblem(400, 'invalid-input', 'The body is not JSON.'), undefined)
    }
  })

  http.addHook('onRequest', async (request) => {
    visits.set(request, { isWritten: false })
    const { host, origin, authorization } = request.headers
    const fetchSite = request.headers['sec-fetch-site']
    const key = await doorman.admit({
      host,
      origin,
      authorization,
      fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
      address: request.ip,
    })
    visits.set(request, { key, isWritten: false })
  })
  http.setErrorHandler(refuse)
  http.setNotFoundHandler((request, reply) => refuse(notFound(request, routes), request, reply))

  http.get(OPENAPI_PATH, (request) => {
    write(request, OPENAPI_PATH)
    return described
  })
  for (const route of routes) {
    const url = route.path.replace(/\{(\w+)\}/g, ':$1')
    http.route({
      method: route.method,
      url,
      onRequest: async (request) => admitRole(visitOf(request).key, route.role),
      handler: (request, reply) => answer(route, request, reply),
    })
  }

  function visitOf(request: FastifyRequest): Visit & { readonly key: ApiKey } {
    const visit = visits.get(request)
    if (!visit?.key) throw new RequestProblem(401, 'key-needed', 'A valid API key is needed.')
    return visit as Visit & { readonly key: ApiKey }
  }

  /** A client of the contract for each key, so that one that asks too much at once holds up nobody else; who reads data has one that does nothing else. */
  function clientOf({ id, name, role }: ApiKey, needed: ApiRole): InProcessClient {
    const access = needed === 'read-data' ? 'view' : ACCESS[role]
    const asWhom = `${id} ${access} ${needed === 'read-data'}`
    const known = clients.get(asWhom)
    if (known) return known
    const caller = needed === 'read-data' ? dataCaller({ id, name }, 'api') : callerOf({ id, name })
    const client = connectInProcess(app.server, access, caller)
    clients.set(asWhom, client)
    return client
  }

  function contextOf(request: FastifyRequest, needed: ApiRole): RouteContext {
    const visit = visitOf(request)
    const client = clientOf(visit.key, needed)
    return {
      role: visit.key.role,
      look: look.call,
      alone,
      call(name, input, signal) {
        visit.isWritten = true
        return client.call(name, input, signal)
      },
      async restoreTarget(path, backupId) {
        const { roots } = await look.call('restoreRoots.list', {})
        const [own = ''] = roots
        await makeRoot(own)
        return confinedTarget(path ?? `${own}/${backupId}`, roots)
      },
    }
  }

  async function answer(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const given = {
      params: parsed(route.params, request.params),
      query: parsed(route.query, request.query),
      body: parsed(route.body, request.body ?? {}),
    }
    if (route.kind === 'events') return openStream(request, reply, route.path)
    const context = contextOf(request, route.role)
    if (route.kind === 'bytes') {
      const file = (await route.handle(given as never, context)) as FileContent
      return sendContent(reply, file, request.headers.range)
    }
    const work = async () => ({
      status: route.kind === 'job' ? 202 : 200,
      answer: route.response.parse(await route.handle(given as never, context)),
    })
    const header = request.headers['idempotency-key']
    const who = `${visitOf(request).key.id} ${request.url}`
    const wanted = route.method === 'POST' && typeof header === 'string' ? header : undefined
    const { status, answer: body } = await once.once(who, wanted, given.body, work)
    if (!visitOf(request).isWritten) write(request, `${route.method} ${route.path}`)
    if (route.kind === 'text') return reply.type(TEXT_TYPE).send(body)
    void reply.code(status).type('application/json; charset=utf-8')
    if (route.kind === 'job') void reply.header('location', (body as { location: string }).location)
    return reply.send(JSON.stringify(body))
  }

  function openStream(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
    if (streams.size >= MAX_STREAMS)
      throw new RequestProblem(429, 'throttled', 'Too many event streams are open.', {
        headers: { 'retry-after': '30' },
      })
    write(request, path)
    const { authorization } = request.headers
    const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', connection: 'close' }
    reply.hijack()
    reply.raw.writeHead(200, headers as Record<string, string>)
    const stop = streamEvents(reply.raw, look, engine.env.clock, () => doorman.isStillValid(authorization))
    streams.add(stop)
    reply.raw.once('close', () => streams.delete(stop))
    return reply
  }

  /** Questions that no call of the contract answers. */
  function write(request: FastifyRequest, action: string): void {
    void trail.asked(action, callerOf(visitOf(request).key))
  }

  async function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { headers, ...problem } = problemOf(error, texts)
    // What went wrong inside is for the log, not for the other side.
    if (problem.status === 500) log.error('request failed', { error })
    const visit = visits.get(request)
    const isFlood = problem.status === 429 && !visit?.key
    if (!visit?.isWritten && !isFlood) {
      const known = request.routeOptions.url?.replace(/:(\w+)/g, '{$1}') ?? ''
      const caller = visit?.key ? callerOf(visit.key) : UNKNOWN
      // Refused it is in any case.
      await trail.refused(`${request.method} ${known}`.trim(), {}, problem.code, caller).catch(() => {})
    }
    void reply
      .code(problem.status)
      .headers(headers)
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem))
  }
}

/** Work of one name waits for that of the same name before it. */
function createQueues(): RouteContext['alone'] {
  const queues = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    const before = queues.get(name)
    const mine = (async () => {
      await before?.catch(() => {})
      return work()
    })()
    queues.set(name, mine)
    try {
      return await mine
    } finally {
      if (queues.get(name) === mine) queues.delete(name)
    }
  }
}

function callerOf({ id, name }: Pick<ApiKey, 'id' | 'name'>): Caller {
  return { actor: { kind: 'api-key', name: `${name} (${id})` }, host: 'api', isTraced: true }
}

function admitRole(key: ApiKey | undefined, needed: ApiRole): void {
  if (key && INCLUDED[key.role].includes(needed)) return
  throw new RequestProblem(403, 'role', `This needs a key with the role ${needed}.`)
}

/** The fields as the schema has them; the first that does not fit is named. */
function parsed(schema: z.ZodObject | undefined, given: unknown): unknown {
  if (!schema) {
    const [extra] = Object.keys((given ?? {}) as object)
    if (extra === undefined) return {}
    throw new RequestProblem(400, 'invalid-input', 'There is no such field here.', {
      field: extra.slice(0, 100),
    })
  }
  const checked = schema.safeParse(given)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const extra = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const field = [...(issue?.path ?? []), ...(extra === undefined ? [] : [extra])].join('.').slice(0, 100)
  const detail = extra === undefined ? (issue?.message ?? 'It does not fit.') : 'There is no such field here.'
  throw new RequestProblem(400, 'invalid-input', detail, { field: field || 'body' })
}

function notFound({ method, url }: FastifyRequest, routes: readonly Route[]): RequestProblem {
  const path = url.split('?')[0] ?? ''
  const allowed = [
    ...routes.filter((route) => pattern(route.path).test(path)).map((route) => route.method as string),
    ...(path === OPENAPI_PATH ? ['GET'] : []),
    ...(path === MCP_PATH ? MCP_METHODS : []),
  ]
  if (allowed.length === 0 || allowed.includes(method))
    return new RequestProblem(404, 'not-found', 'There is nothing here.')
  const headers = { allow: [...new Set(allowed)].join(', ') }
  return new RequestProblem(405, 'method', `Use ${headers.allow}.`, { headers })
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\./g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`)
}
