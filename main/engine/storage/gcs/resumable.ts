import { type ErrorCode, EverstowError, hasCode } from '../../model/errors.ts'
import type { Body, ObjectInfo, PutOptions } from '../object-store.ts'
import { type BodyPart, readParts } from '../transfer/body-parts.ts'
import type { GcsCall, GcsClient, GcsReply } from './client.ts'
import { confirmed, resourceFor } from './object-request.ts'
import { base64Of, infoOfResource, type ObjectResource, parseResource } from './resource.ts'
import { isOurSession, readToken, writeToken } from './session-token.ts'

/** Failures of one chunk in a row that are mended here; more are left to whoever called. */
const CHUNK_TRIES = 4
const FIRST_PAUSE_MS = 250

/** How far the server is: bytes it has for good, or the finished object. */
type Progress = { readonly persistedBytes: number } | { readonly done: ObjectResource }

interface Upload {
  readonly client: GcsClient
  readonly key: string
  readonly uri: string
  readonly sizeBytes: number
  readonly options: PutOptions
}

/**
 * A body in chunks (https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload). The whole body is read in any case,
 * for its hashes; chunks the server already has are not sent again. When it fails for a moment, the session stays in the journal.
 */
export async function putResumable(
  client: GcsClient,
  target: { readonly key: string; readonly name: string },
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo> {
  const resumed = await resume(client, target, body, options)
  const upload = resumed?.upload ?? (await start(client, target, body, options))
  try {
    const resource = await sendAll(upload, body, resumed?.progress ?? { persistedBytes: 0 })
    await options.journal?.clear()
    return infoOfResource(resource, target.key)
  } catch (error) {
    if (isHopeless(error)) await giveUp(upload)
    throw error
  }
}

/** The upload of an earlier process, where the journal has one of this very body that the server still knows. */
async function resume(
  client: GcsClient,
  { key, name }: { readonly key: string; readonly name: string },
  body: Body,
  options: PutOptions,
): Promise<{ readonly upload: Upload; readonly progress: Progress } | undefined> {
  const text = await options.journal?.load()
  const token = text === undefined ? undefined : readToken(text)
  const fits =
    token?.bucket === client.config.bucket &&
    token.name === name &&
    token.sizeBytes === body.sizeBytes &&
    token.sha256 === options.sha256?.toLowerCase() &&
    isOurSession(token.uri, client.endpoint)
  if (!fits) return undefined
  const upload: Upload = { client, key, uri: token.uri, sizeBytes: body.sizeBytes, options }
  try {
    const progress = await queryStatus(upload)
    // It was finished, and only the journal does not know. Without a SHA-256 nothing says that it was finished with this body.
    if ('done' in progress && token.sha256 === undefined) return undefined
    return { upload, progress }
  } catch (error) {
    if (!hasCode(error, 'object-missing')) throw error
    await options.journal?.clear()
    return undefined
  }
}

async function start(
  client: GcsClient,
  { key, name }: { readonly key: string; readonly name: string },
  body: Body,
  options: PutOptions,
): Promise<Upload> {
  const resource = resourceFor(client, name, options, options.md5?.toLowerCase())
  const { headers } = await client.ask({
    method: 'POST',
    path: `/upload/storage/v1/b/${encodeURIComponent(client.config.bucket)}/o`,
    query: { uploadType: 'resumable', name },
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-type': String(resource.contentType),
      'x-upload-content-length': String(body.sizeBytes),
    },
    body: [Buffer.from(JSON.stringify(resource))],
    key,
    signal: options.signal,
  })
  const uri = headers.get('location')
  if (!uri || !isOurSession(uri, client.endpoint))
    throw new EverstowError('place-refused', { data: { key, reason: 'no-upload-session' } })
  const { bucket } = client.config
  const sha256 = options.sha256?.toLowerCase()
  await options.journal?.save(
    writeToken({ uri, bucket, name, sizeBytes: body.sizeBytes, ...(sha256 && { sha256 }) }),
  )
  return { client, key, uri, sizeBytes: body.sizeBytes, options }
}

async function sendAll(upload: Upload, body: Body, from: Progress): Promise<ObjectResource> {
  const { client, key, options } = upload
  let progress = from
  report(upload, progress)
  for await (const part of readParts(body, client.config.partSizeBytes, { key, ...options })) {
    progress = await sendPart(upload, part, progress)
    if (part.whole && 'done' in progress)
      return await confirmed(client, key, progress.done, body.sizeBytes, part.whole)
  }
  throw new EverstowError('place-refused', { data: { key, reason: 'upload-not-finished' } })
}

/** Brings the server to the end of this part. Invariant: the server never has less than the part's start, or its bytes are lost to us. */
async function sendPart(upload: Upload, part: BodyPart, before: Progress): Promise<Progress> {
  const endBytes = part.startBytes + part.bytes.length
  let progress = before
  let failures = 0
  while (!('done' in progress) && (progress.persistedBytes < endBytes || part.whole)) {
    const { persistedBytes } = progress
    if (persistedBytes < part.startBytes)
      throw new EverstowError('place-unavailable', { data: { key: upload.key, reason: 'upload-fell-back' } })
    try {
      progress = progressOf(upload, await sendChunk(upload, part, persistedBytes))
    } catch (error) {
      progress = await recover(upload, error, ++failures)
    }
    if ('done' in progress || progress.persistedBytes > persistedBytes) failures = 0
    else if (++failures > CHUNK_TRIES)
      throw new EverstowError('place-unavailable', {
        data: { key: upload.key, reason: 'upload-stands-still' },
      })
    report(upload, progress)
  }
  return progress
}

function sendChunk(upload: Upload, part: BodyPart, fromBytes: number): Promise<GcsReply> {
  const bytes = part.bytes.subarray(fromBytes - part.startBytes)
  const lastByte = fromBytes + bytes.length - 1
  // Everything may have arrived although the answer that said so was lost; then only the question remains.
  const range = bytes.length === 0 ? '*' : `${fromBytes}-${lastByte}`
  return upload.client.request({
    ...sessionCall(upload),
    headers: {
      'content-range': `bytes ${range}/${upload.sizeBytes}`,
      ...(part.whole && { 'x-goog-hash': `md5=${base64Of(part.whole.md5)}` }),
    },
    body: [bytes],
  })
}

/** After a failure: waits a little and asks the server how far it is; what is not a passing failure is thrown on. */
async function recover(upload: Upload, error: unknown, failures: number): Promise<Progress> {
  if (!(error instanceof EverstowError) || error.retry !== 'retry' || failures >= CHUNK_TRIES) throw error
  const { clock, random } = upload.client.env
  const pauseMs = error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (failures - 1) * (0.5 + random.float())
  await clock.sleep(pauseMs, upload.options.signal).catch((cause: unknown) => {
    throw new EverstowError('cancelled', { cause })
  })
  try {
    return await queryStatus(upload)
  } catch (statusError) {
    // The session itself is gone: the next call begins anew.
    if (!hasCode(statusError, 'object-missing')) return recover(upload, statusError, failures + 1)
    await upload.options.journal?.clear()
    throw new EverstowError('place-unavailable', { data: { key: upload.key, reason: 'upload-expired' } })
  }
}

async function queryStatus(upload: Upload): Promise<Progress> {
  const headers = { 'content-range': `bytes */${upload.sizeBytes}` }
  return progressOf(upload, await upload.client.request({ ...sessionCall(upload), headers, body: [] }))
}

/** 308 without `Range` means that nothing is persisted; 404 and 410 that the session is over. */
function progressOf(upload: Upload, reply: GcsReply): Progress {
  if (reply.status === 200 || reply.status === 201) return { done: parseResource(reply.text) }
  if (reply.status === 308) {
    const last = /^bytes=0-(\d+)$/.exec(reply.headers.get('range') ?? '')?.[1]
    return { persistedBytes: last === undefined ? 0 : Number(last) + 1 }
  }
  if (reply.status === 404 || reply.status === 410)
    throw new EverstowError('object-missing', { data: { key: upload.key, reason: 'upload-expired' } })
  throw upload.client.refusal(reply, upload.key)
}

/** What no further try of this upload can mend. Everything else (network, credentials, rights, a stop) leaves the session for the next try. */
function isHopeless(error: unknown): boolean {
  return error instanceof EverstowError && HOPELESS.has(error.code)
}

const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  'checksum-mismatch',
  'place-refused',
  'precondition-failed',
  'bucket-missing',
])

/** Ends a session that cannot succeed, so that nobody resumes it. That the server hears of it is only a courtesy: it forgets after a week. */
async function giveUp({ client, key, uri, options }: Upload): Promise<void> {
  await options.journal?.clear()
  await client.request({ method: 'DELETE', path: uri, key }).catch(() => undefined)
}

function sessionCall(upload: Upload): Pick<GcsCall, 'method' | 'path' | 'key' | 'signal'> {
  return { method: 'PUT', path: upload.uri, key: upload.key, signal: upload.options.signal }
}

function report({ options, sizeBytes }: Upload, progress: Progress): void {
  options.onProgress?.('done' in progress ? sizeBytes : progress.persistedBytes)
}
