import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest } from './api-error.ts'
import {
  type Answer,
  deleteObject,
  getObject,
  insertObject,
  json,
  listObjects,
  parseJson,
  parseMultipartRelated,
  patchObject,
  resourceOf,
  rewriteObject,
} from './objects.ts'
import { type Bucket, bucketOf, type ObjectResource, type State } from './state.ts'
import type { TokenOffice } from './token.ts'
import { dropSession, putChunk, startSession, type UploadSession } from './uploads.ts'

/** Bodies that come in one piece are read into memory up to here. */
const WHOLE_BODY_LIMIT_BYTES = 64 * 1024 * 1024

export interface Context {
  readonly state: State
  readonly sessions: Map<string, UploadSession>
  readonly denied: ReadonlySet<string>
  readonly tokens: TokenOffice
  readonly endpoint: string
  readonly pageLimit: number
}

/** A request line, taken apart. */
export interface Route {
  readonly service: 'api' | 'download' | 'upload' | 'token' | 'unknown'
  readonly method: string
  readonly query: URLSearchParams
  readonly bucket: string | undefined
  /** Whether the path goes on to `/o`. */
  readonly objects: boolean
  readonly key: string | undefined
  readonly rewriteTo?: { readonly bucket: string; readonly key: string }
}

/** Object names are one percent-encoded segment: a slash that is not encoded ends them. */
export function routeOf(method: string, url: string): Route {
  const [path = '', search = ''] = url.split('?', 2)
  const query = new URLSearchParams(search)
  const none = { method, query, bucket: undefined, objects: false, key: undefined }
  if (path === '/token') return { ...none, service: 'token' }
  const match =
    /^\/(?:(upload|download)\/)?storage\/v1\/b(?:\/([^/]+)(\/o(?:\/([^/]+))?)?)?(?:\/rewriteTo\/b\/([^/]+)\/o\/([^/]+))?$/.exec(
      path,
    )
  if (!match) return { ...none, service: 'unknown' }
  const [, service, bucket, objects, key, toBucket, toKey] = match
  return {
    service: (service as 'upload' | 'download' | undefined) ?? 'api',
    method,
    query,
    bucket: bucket && decodeURIComponent(bucket),
    objects: objects !== undefined,
    key: key ? decodeURIComponent(key) : service === 'upload' ? (query.get('name') ?? undefined) : undefined,
    ...(toBucket &&
      toKey && {
        rewriteTo: { bucket: decodeURIComponent(toBucket), key: decodeURIComponent(toKey) },
      }),
  }
}

/** The name under which faults and the log know a request. */
export function operationOf(route: Route, request: IncomingMessage): string {
  const { service, method, query } = route
  if (service === 'token') return 'token'
  if (service === 'upload') {
    if (method === 'DELETE') return 'upload.cancel'
    if (method === 'PUT')
      return /\*\//.test(request.headers['content-range'] ?? '') ? 'upload.status' : 'upload.chunk'
    return query.get('uploadType') === 'resumable' ? 'upload.start' : 'object.insert'
  }
  if (route.rewriteTo) return 'object.rewrite'
  if (route.key !== undefined) {
    const media = service === 'download' || query.get('alt') === 'media'
    const verbs: Record<string, string> = { GET: media ? 'media' : 'get', PATCH: 'patch', DELETE: 'delete' }
    return `object.${verbs[method] ?? method.toLowerCase()}`
  }
  if (route.objects) return 'object.list'
  return method === 'POST' ? 'bucket.insert' : route.bucket === undefined ? 'bucket.list' : 'bucket.get'
}

export async function serveRoute(
  context: Context,
  route: Route,
  request: IncomingMessage,
  dieAfterBytes: number | undefined,
): Promise<Answer> {
  if (route.service === 'token') {
    const { status, body } = context.tokens.exchange((await wholeBody(request)).toString('utf8'))
    return {
      ...json({}),
      status,
      headers: { 'content-type': 'application/json', 'content-length': body.length },
      body,
    }
  }
  if (route.service === 'unknown') throw new ApiError(404, 'notFound', 'Not Found')
  const uploadId = route.service === 'upload' ? route.query.get('upload_id') : null
  if (uploadId !== null) return serveSession(context, uploadId, route, request, dieAfterBytes)
  if (!context.tokens.isValid(request.headers.authorization))
    throw request.headers.authorization
      ? new ApiError(401, 'authError', 'Invalid Credentials', { 'www-authenticate': 'Bearer' })
      : new ApiError(401, 'required', 'Anonymous caller does not have storage access.')
  return serveAuthorized(context, route, request)
}

async function serveAuthorized(context: Context, route: Route, request: IncomingMessage): Promise<Answer> {
  const { state } = context
  const { method, query } = route
  if (route.bucket === undefined) return serveBuckets(context, route, request)
  const bucket = bucketOf(state, route.bucket)
  if (route.service === 'upload') return serveUpload(context, bucket, route, request)
  if (!route.objects) {
    if (method !== 'GET') throw methodNotAllowed(method)
    permit(context, 'storage.buckets.get')
    return json(bucketResource(bucket))
  }
  if (route.key === undefined) {
    if (method !== 'GET') throw methodNotAllowed(method)
    permit(context, 'storage.objects.list')
    return listObjects(bucket, query, context.pageLimit)
  }
  if (route.rewriteTo) {
    if (method !== 'POST') throw methodNotAllowed(method)
    permit(context, 'storage.objects.get')
    const to = { bucket: bucketOf(state, route.rewriteTo.bucket), name: route.rewriteTo.key }
    permitWrite(context, to.bucket, to.name)
    return rewriteObject(state, { bucket, name: route.key }, to, query, await wholeBody(request))
  }
  switch (method) {
    case 'GET': {
      permit(context, 'storage.objects.get')
      // Who may not list may not learn either that a name is free.
      if (!bucket.live.has(route.key) && context.denied.has('storage.objects.list'))
        permit(context, 'storage.objects.list')
      const media = route.service === 'download' || query.get('alt') === 'media'
      return getObject(bucket, route.key, query, media, request.headers.range)
    }
    case 'PATCH':
      permit(context, 'storage.objects.update')
      return patchObject(state, bucket, route.key, query, await wholeBody(request))
    case 'DELETE':
      permit(context, 'storage.objects.delete')
      return deleteObject(state, bucket, route.key, query)
    default:
      throw methodNotAllowed(method)
  }
}

async function serveBuckets(context: Context, route: Route, request: IncomingMessage): Promise<Answer> {
  const { state } = context
  if (route.method === 'GET') {
    permit(context, 'storage.buckets.list')
    return json({ kind: 'storage#buckets', items: [...state.buckets.values()].map(bucketResource) })
  }
  if (route.method !== 'POST') throw methodNotAllowed(route.method)
  permit(context, 'storage.buckets.create')
  if (!route.query.get('project')) throw new ApiError(400, 'required', 'Required parameter: project')
  const asked = parseJson(await wholeBody(request)) as {
    name?: string
    versioning?: { enabled?: boolean }
    retentionPolicy?: { retentionPeriod?: string }
  }
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(asked.name ?? ''))
    throw badRequest(`Invalid bucket name: '${asked.name}'`)
  if (state.buckets.has(asked.name!))
    throw new ApiError(
      409,
      'conflict',
      'Your previous request to create the named bucket succeeded and you already own it.',
    )
  const retention = asked.retentionPolicy?.retentionPeriod
  const bucket: Bucket = {
    config: {
      name: asked.name!,
      ...(asked.versioning?.enabled && { versioning: true }),
      ...(retention !== undefined && { retentionSeconds: Number(retention) }),
    },
    createdMs: state.now(),
    live: new Map(),
    noncurrent: [],
  }
  state.buckets.set(asked.name!, bucket)
  return json(bucketResource(bucket))
}

async function serveUpload(
  context: Context,
  bucket: Bucket,
  route: Route,
  request: IncomingMessage,
): Promise<Answer> {
  const { method, query } = route
  if (method !== 'POST') throw methodNotAllowed(method)
  const header = request.headers['x-goog-hash']
  const googHash = typeof header === 'string' ? header : undefined
  const type = query.get('uploadType')
  const body = await wholeBody(request)
  if (type === 'multipart') {
    const { resource, bytes } = parseMultipartRelated(request.headers['content-type'], body)
    const name = nameOf(query, resource)
    permitWrite(context, bucket, name)
    return insertObject(context.state, bucket, name, bytes, resource, query, googHash)
  }
  if (type === 'media') {
    const name = nameOf(query, {})
    permitWrite(context, bucket, name)
    const contentType = request.headers['content-type']
    return insertObject(
      context.state,
      bucket,
      name,
      body,
      contentType ? { contentType } : {},
      query,
      googHash,
    )
  }
  if (type !== 'resumable') throw badRequest(`Invalid upload type: ${type}`)
  const resource = (body.length > 0 ? parseJson(body) : {}) as ObjectResource & { name?: string }
  const name = nameOf(query, resource)
  permitWrite(context, bucket, name)
  const uploadType = request.headers['x-upload-content-type']
  const declared = request.headers['x-upload-content-length']
  const session = startSession(
    context.state,
    context.sessions,
    bucket,
    name,
    query,
    { ...(typeof uploadType === 'string' && { contentType: uploadType }), ...resource },
    declared === undefined ? undefined : Number(declared),
  )
  const location = `${context.endpoint}/upload/storage/v1/b/${encodeURIComponent(bucket.config.name)}/o?uploadType=resumable&name=${encodeURIComponent(name)}&upload_id=${session.id}`
  return {
    status: 200,
    headers: { location, 'content-length': 0, 'x-guploader-uploadid': session.id },
    body: Buffer.alloc(0),
  }
}

async function serveSession(
  context: Context,
  uploadId: string,
  route: Route,
  request: IncomingMessage,
  dieAfterBytes: number | undefined,
): Promise<Answer> {
  const session = context.sessions.get(uploadId)
  if (!session) throw new ApiError(404, 'notFound', 'Not Found')
  if (route.method === 'DELETE') {
    dropSession(context.sessions, session)
    return { status: 499, headers: { 'content-length': 0 }, body: Buffer.alloc(0) }
  }
  if (route.method !== 'PUT') throw methodNotAllowed(route.method)
  const authorizeCommit = (): void =>
    permitWrite(context, bucketOf(context.state, session.bucket), session.name)
  const answer = await putChunk(context.state, session, request, authorizeCommit, dieAfterBytes)
  if (answer.kind === 'done') return json(resourceOf(answer.object))
  const range: Record<string, string> =
    answer.persistedBytes > 0 ? { range: `bytes=0-${answer.persistedBytes - 1}` } : {}
  return { status: 308, headers: { ...range, 'content-length': 0 }, body: Buffer.alloc(0) }
}

function permit(context: Context, permission: string): void {
  if (!context.denied.has(permission)) return
  const account = context.tokens.serviceAccount.client_email
  throw new ApiError(
    403,
    'forbidden',
    `${account} does not have ${permission} access to the Google Cloud Storage object. Permission '${permission}' denied on resource (or it may not exist).`,
  )
}

/** Replacing an object needs the right to delete as well. */
function permitWrite(context: Context, bucket: Bucket, name: string): void {
  permit(context, 'storage.objects.create')
  if (bucket.live.has(name)) permit(context, 'storage.objects.delete')
}

function nameOf(query: URLSearchParams, resource: { readonly name?: string }): string {
  const name = query.get('name') ?? resource.name
  if (!name) throw new ApiError(400, 'required', 'Required parameter: name')
  if (Buffer.byteLength(name) > 1024 || /[\r\n]/.test(name)) throw badRequest('The object name is invalid.')
  return name
}

function bucketResource({ config, createdMs }: Bucket): Record<string, unknown> {
  return {
    kind: 'storage#bucket',
    id: config.name,
    name: config.name,
    projectNumber: '1',
    location: 'EU',
    storageClass: 'STANDARD',
    timeCreated: new Date(createdMs).toISOString(),
    metageneration: '1',
    ...(config.versioning !== undefined && { versioning: { enabled: config.versioning } }),
    ...(config.retentionSeconds !== undefined && {
      retentionPolicy: {
        retentionPeriod: String(config.retentionSeconds),
        effectiveTime: new Date(createdMs).toISOString(),
      },
    }),
  }
}

async function wholeBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length
    if (sizeBytes > WHOLE_BODY_LIMIT_BYTES)
      throw new ApiError(413, 'uploadTooLarge', 'The request is too large for one piece.')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

const methodNotAllowed = (method: string): ApiError =>
  new ApiError(405, 'methodNotAllowed', `The method ${method} is not allowed here.`)
