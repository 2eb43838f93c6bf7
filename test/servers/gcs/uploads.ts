import { randomBytes } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest } from './api-error.ts'
import {
  type Bucket,
  bucketOf,
  checkPreconditions,
  commitObject,
  digest,
  newDigests,
  type ObjectResource,
  type State,
  type StoredObject,
} from './state.ts'

/** Every chunk but the last is a multiple of this; what a broken connection leaves behind is cut down to one. */
const CHUNK_QUANTUM_BYTES = 256 * 1024

/** A resumable upload that was begun. Its id is the right to go on with it: no bearer token is asked for. */
export interface UploadSession {
  readonly id: string
  readonly bucket: string
  readonly name: string
  readonly query: URLSearchParams
  readonly resource: ObjectResource
  readonly declaredBytes: number | undefined
  readonly file: string
  persistedBytes: number
  busy: boolean
  finished?: StoredObject
}

export type ChunkAnswer =
  | { readonly kind: 'done'; readonly object: StoredObject }
  | { readonly kind: 'more'; readonly persistedBytes: number }

export function startSession(
  state: State,
  sessions: Map<string, UploadSession>,
  bucket: Bucket,
  name: string,
  query: URLSearchParams,
  resource: ObjectResource,
  declaredBytes: number | undefined,
): UploadSession {
  checkPreconditions(query, bucket.live.get(name))
  const session: UploadSession = {
    id: randomBytes(24).toString('base64url'),
    bucket: bucket.config.name,
    name,
    query,
    resource,
    declaredBytes,
    file: state.nextFile(),
    persistedBytes: 0,
    busy: false,
  }
  closeSync(openSync(session.file, 'w'))
  sessions.set(session.id, session)
  return session
}

/** `PUT` to the session: bytes, or the question how many there are. `dieAfterBytes` cuts the connection once that many arrived. */
export async function putChunk(
  state: State,
  session: UploadSession,
  request: IncomingMessage,
  authorizeCommit: () => void,
  dieAfterBytes?: number,
): Promise<ChunkAnswer> {
  const range = parseContentRange(request.headers['content-range'])
  if (session.finished) {
    request.resume()
    return { kind: 'done', object: session.finished }
  }
  const totalBytes = range.totalBytes ?? session.declaredBytes
  if (
    session.declaredBytes !== undefined &&
    range.totalBytes !== undefined &&
    range.totalBytes !== session.declaredBytes
  )
    throw badRequest(
      `The total of ${range.totalBytes} bytes contradicts the declared ${session.declaredBytes}.`,
    )
  if (range.start === undefined) {
    request.resume()
    if (totalBytes !== undefined && totalBytes === session.persistedBytes)
      return finish(state, session, request, authorizeCommit)
    return { kind: 'more', persistedBytes: session.persistedBytes }
  }
  if (session.busy) throw new ApiError(503, 'backendError', 'Another request of this upload is being served.')
  if (range.start > session.persistedBytes)
    throw badRequest(
      `Invalid request. The bytes begin at ${range.start}, but only ${session.persistedBytes} are persisted.`,
    )
  session.busy = true
  try {
    const endBytes = await appendBody(session, request, range.start, dieAfterBytes)
    if (range.end !== undefined && endBytes !== range.end)
      throw badRequest(`The body ends at byte ${endBytes}, the Content-Range at ${range.end}.`)
    const isLast = range.openEnded
      ? totalBytes === undefined || endBytes === totalBytes
      : range.totalBytes !== undefined && endBytes === range.totalBytes
    if (isLast) return finish(state, session, request, authorizeCommit)
    if (endBytes % CHUNK_QUANTUM_BYTES !== 0) {
      cutDown(session, range.start)
      throw badRequest(
        `Invalid request. The number of bytes uploaded is required to be equal or greater than ${CHUNK_QUANTUM_BYTES}, except for the final request (it's recommended to be the exact multiple of ${CHUNK_QUANTUM_BYTES}). The received request contained ${endBytes - range.start} bytes, which does not meet this requirement.`,
      )
    }
    return { kind: 'more', persistedBytes: session.persistedBytes }
  } finally {
    session.busy = false
  }
}

/** Writes the body behind what is persisted, ignoring bytes that are already there. Gives the position after its last byte. */
async function appendBody(
  session: UploadSession,
  request: IncomingMessage,
  startBytes: number,
  dieAfterBytes: number | undefined,
): Promise<number> {
  const descriptor = openSync(session.file, 'r+')
  let position = startBytes
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      const fresh = piece.subarray(Math.max(0, Math.min(piece.length, session.persistedBytes - position)))
      writeSync(descriptor, fresh, 0, fresh.length, position + piece.length - fresh.length)
      position += piece.length
      session.persistedBytes = Math.max(session.persistedBytes, position)
      if (dieAfterBytes !== undefined && position - startBytes >= dieAfterBytes) request.socket.destroy()
    }
    return position
  } catch (error) {
    cutDown(session, Math.floor(session.persistedBytes / CHUNK_QUANTUM_BYTES) * CHUNK_QUANTUM_BYTES)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

function cutDown(session: UploadSession, toBytes: number): void {
  const descriptor = openSync(session.file, 'r+')
  ftruncateSync(descriptor, toBytes)
  closeSync(descriptor)
  session.persistedBytes = toBytes
}

function finish(
  state: State,
  session: UploadSession,
  request: IncomingMessage,
  authorizeCommit: () => void,
): ChunkAnswer {
  authorizeCommit()
  const digests = newDigests()
  const buffer = Buffer.alloc(1024 * 1024)
  const descriptor = openSync(session.file, 'r')
  try {
    for (let at = 0; at < session.persistedBytes; ) {
      const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, session.persistedBytes - at), at)
      digest(digests, buffer.subarray(0, count))
      at += count
    }
  } finally {
    closeSync(descriptor)
  }
  const googHash = request.headers['x-goog-hash']
  try {
    session.finished = commitObject(
      state,
      bucketOf(state, session.bucket),
      session.name,
      { file: session.file },
      digests,
      session.resource,
      session.query,
      typeof googHash === 'string' ? googHash : undefined,
    )
  } catch (error) {
    // Refused bytes are thrown away: whoever goes on begins at 0.
    cutDown(session, 0)
    throw error
  }
  return { kind: 'done', object: session.finished }
}

export function dropSession(sessions: Map<string, UploadSession>, session: UploadSession): void {
  if (!session.finished) rmSync(session.file, { force: true })
  sessions.delete(session.id)
}

interface ContentRange {
  /** Absent in a status query. */
  readonly start?: number
  /** After the last byte; absent in `a-*`. */
  readonly end?: number
  readonly openEnded: boolean
  readonly totalBytes?: number
}

// The forms: `bytes a-b/total`, `bytes a-b/*`, `bytes a-*/total`, `bytes */total`, `bytes */*`; no header at all means the whole body.
function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { start: 0, openEnded: true }
  const match = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header)
  if (!match) throw badRequest(`Failed to parse Content-Range header: ${header}`)
  const [, start, end, total] = match
  return {
    ...(start !== undefined && { start: Number(start) }),
    ...(end !== undefined && end !== '*' && { end: Number(end) + 1 }),
    openEnded: end === '*',
    ...(total !== '*' && { totalBytes: Number(total) }),
  }
}
