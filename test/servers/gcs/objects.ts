import { ApiError, badRequest } from './api-error.ts'
import {
  type Bucket,
  checkPreconditions,
  checkRetention,
  commitObject,
  digest,
  keep,
  newDigests,
  type ObjectResource,
  objectOf,
  readContent,
  retire,
  type State,
  type StoredObject,
} from './state.ts'

/** An answer before it is sent. */
export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | number>
  readonly body: Buffer
}

export function json(value: unknown, headers: Record<string, string> = {}): Answer {
  const body = Buffer.from(JSON.stringify(value))
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=UTF-8', 'content-length': body.length, ...headers },
    body,
  }
}

/** The object as the API shows it. */
export function resourceOf(object: StoredObject): Record<string, unknown> {
  const { bucket, name } = object
  const link = `https://www.googleapis.com/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${object.generation}`,
    selfLink: link,
    mediaLink: `${link.replace('/storage/', '/download/storage/')}?generation=${object.generation}&alt=media`,
    name,
    bucket,
    generation: String(object.generation),
    metageneration: String(object.metageneration),
    contentType: object.contentType,
    ...(object.contentEncoding && { contentEncoding: object.contentEncoding }),
    storageClass: object.storageClass,
    size: String(object.sizeBytes),
    md5Hash: object.md5,
    crc32c: object.crc32c,
    etag: etagOf(object),
    timeCreated: new Date(object.createdMs).toISOString(),
    updated: new Date(object.updatedMs).toISOString(),
    timeStorageClassUpdated: new Date(object.createdMs).toISOString(),
    ...(Object.keys(object.metadata).length > 0 && { metadata: object.metadata }),
  }
}

const etagOf = (object: StoredObject): string =>
  Buffer.from(`${object.generation}/${object.metageneration}`).toString('base64')

/** `GET …/o/K`, without or with `alt=media`. */
export function getObject(
  bucket: Bucket,
  name: string,
  query: URLSearchParams,
  media: boolean,
  rangeHeader: string | undefined,
): Answer {
  const object = objectOf(bucket, name, query.get('generation') ?? undefined)
  checkPreconditions(query, object)
  if (!media) return json(resourceOf(object), { etag: etagOf(object) })
  const headers: Record<string, string | number> = {
    'content-type': object.contentType,
    etag: etagOf(object),
    'last-modified': new Date(object.updatedMs).toUTCString(),
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5}`,
    'x-goog-storage-class': object.storageClass,
    'x-goog-stored-content-encoding': object.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': object.sizeBytes,
    ...(object.contentEncoding && { 'content-encoding': object.contentEncoding }),
  }
  for (const [key, value] of Object.entries(object.metadata)) headers[`x-goog-meta-${key}`] = value
  const range = rangeHeader === undefined ? undefined : parseRange(rangeHeader, object.sizeBytes)
  if (range === 'unsatisfiable')
    throw new ApiError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
      'content-range': `bytes */${object.sizeBytes}`,
    })
  const { start, end } = range ?? { start: 0, end: object.sizeBytes }
  if (range) headers['content-range'] = `bytes ${start}-${end - 1}/${object.sizeBytes}`
  headers['content-length'] = end - start
  return { status: range ? 206 : 200, headers, body: readContent(object, start, end) }
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; anything else is ignored, as HTTP wants it. */
function parseRange(
  header: string,
  sizeBytes: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header)
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  if (match[1] === '') {
    const count = Math.min(Number(match[2]), sizeBytes)
    return count === 0 ? 'unsatisfiable' : { start: sizeBytes - count, end: sizeBytes }
  }
  const start = Number(match[1])
  if (start >= sizeBytes) return 'unsatisfiable'
  return { start, end: match[2] === '' ? sizeBytes : Math.min(Number(match[2]) + 1, sizeBytes) }
}

/** `GET …/o`: in the order of the names' UTF-8 bytes; the page token is the last name of the page before. */
export function listObjects(bucket: Bucket, query: URLSearchParams, pageLimit: number): Answer {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const asked = query.get('maxResults')
  if (asked !== null && !/^[1-9]\d*$/.test(asked))
    throw badRequest(`Invalid unsigned integer value: '${asked}'.`)
  const limit = Math.min(Number(asked ?? 1000), 1000, pageLimit)
  const token = query.get('pageToken')
  const after = token === null ? undefined : Buffer.from(token, 'base64')
  const candidates = [...bucket.live.values(), ...(query.get('versions') === 'true' ? bucket.noncurrent : [])]
    .filter((object) => object.name.startsWith(prefix))
    .map((object) => ({ object, order: Buffer.from(`${object.name}\0${object.generation}`) }))
    .filter(({ order }) => after === undefined || Buffer.compare(order, after) > 0)
    .sort((a, b) => Buffer.compare(a.order, b.order))
  const items: Record<string, unknown>[] = []
  const prefixes = new Set<string>()
  let last: Buffer | undefined
  let taken = 0
  for (const { object, order } of candidates) {
    if (taken >= limit) break
    const cut = delimiter === '' ? -1 : object.name.indexOf(delimiter, prefix.length)
    if (cut >= 0) prefixes.add(object.name.slice(0, cut + delimiter.length))
    else items.push(resourceOf(object))
    taken++
    last = order
  }
  return json({
    kind: 'storage#objects',
    ...(taken < candidates.length && last && { nextPageToken: last.toString('base64') }),
    ...(prefixes.size > 0 && { prefixes: [...prefixes] }),
    ...(items.length > 0 && { items }),
  })
}

/** A body that came whole: `uploadType=media` or `multipart`. */
export function insertObject(
  state: State,
  bucket: Bucket,
  name: string,
  bytes: Buffer,
  resource: ObjectResource,
  query: URLSearchParams,
  googHash: string | undefined,
): Answer {
  const digests = newDigests()
  digest(digests, bytes)
  const object = commitObject(state, bucket, name, keep(state, bytes), digests, resource, query, googHash)
  return json(resourceOf(object))
}

/** `PATCH …/o/K`: merges; a metadata entry of null goes away. */
export function patchObject(
  state: State,
  bucket: Bucket,
  name: string,
  query: URLSearchParams,
  body: Buffer,
): Answer {
  const object = objectOf(bucket, name, query.get('generation') ?? undefined)
  checkPreconditions(query, object)
  const patch = parseJson(body) as Partial<Record<string, unknown>>
  if (typeof patch.contentType === 'string') object.contentType = patch.contentType
  if (patch.metadata && typeof patch.metadata === 'object') {
    const merged: Record<string, string | null> = { ...object.metadata, ...(patch.metadata as object) }
    object.metadata = Object.fromEntries(
      Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
    )
  }
  object.metageneration++
  object.updatedMs = state.now()
  return json(resourceOf(object))
}

export function deleteObject(state: State, bucket: Bucket, name: string, query: URLSearchParams): Answer {
  const generation = query.get('generation') ?? undefined
  const object = objectOf(bucket, name, generation)
  checkPreconditions(query, object)
  checkRetention(state, bucket, object)
  const old = bucket.noncurrent.indexOf(object)
  if (old >= 0) bucket.noncurrent.splice(old, 1)
  else if (generation !== undefined) bucket.live.delete(name)
  else retire(bucket, object)
  return { status: 204, headers: {}, body: Buffer.alloc(0) }
}

/** `POST …/rewriteTo/…`: done in one call here, as within one location and class. */
export function rewriteObject(
  state: State,
  from: { readonly bucket: Bucket; readonly name: string },
  to: { readonly bucket: Bucket; readonly name: string },
  query: URLSearchParams,
  body: Buffer,
): Answer {
  const source = objectOf(from.bucket, from.name, query.get('sourceGeneration') ?? undefined)
  const bytes = readContent(source, 0, source.sizeBytes)
  const digests = newDigests()
  digest(digests, bytes)
  const given = body.length > 0 ? (parseJson(body) as ObjectResource) : {}
  const resource: ObjectResource = {
    contentType: source.contentType,
    storageClass: source.storageClass,
    metadata: source.metadata,
    ...given,
  }
  const object = commitObject(
    state,
    to.bucket,
    to.name,
    keep(state, Buffer.from(bytes)),
    digests,
    resource,
    query,
    undefined,
  )
  return json({
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: String(object.sizeBytes),
    objectSize: String(object.sizeBytes),
    done: true,
    resource: resourceOf(object),
  })
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new ApiError(400, 'parseError', 'Parse Error')
  }
}

/** `multipart/related` of exactly two parts (RFC 2387): the resource as JSON, then the bytes. */
export function parseMultipartRelated(
  contentType: string | undefined,
  body: Buffer,
): { readonly resource: ObjectResource & { readonly name?: string }; readonly bytes: Buffer } {
  const boundary = /^multipart\/related;.*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '')
  if (!boundary) throw badRequest('Multipart content type must be multipart/related with a boundary.')
  const delimiter = `--${boundary[1] ?? boundary[2]}`
  const first = body.indexOf(delimiter)
  const second = body.indexOf(`\r\n${delimiter}`, first + delimiter.length)
  const end = body.lastIndexOf(`\r\n${delimiter}--`)
  if (first !== 0 || second < 0 || end <= second) throw badRequest('Malformed multipart body.')
  const metadata = splitPart(body.subarray(delimiter.length + 2, second))
  const media = splitPart(body.subarray(second + delimiter.length + 4, end))
  if (!/^application\/json/i.test(metadata.contentType ?? ''))
    throw badRequest('The first part must be application/json.')
  const resource = parseJson(metadata.bytes) as ObjectResource & { name?: string }
  return {
    resource: { ...(media.contentType && { contentType: media.contentType }), ...resource },
    bytes: media.bytes,
  }
}

function splitPart(part: Buffer): { readonly contentType: string | undefined; readonly bytes: Buffer } {
  const gap = part.indexOf('\r\n\r\n')
  if (gap < 0) throw badRequest('A part has no end of its headers.')
  const contentType = /^content-type:\s*(.+?)\s*$/im.exec(part.subarray(0, gap).toString('latin1'))?.[1]
  return { contentType, bytes: part.subarray(gap + 4) }
}
