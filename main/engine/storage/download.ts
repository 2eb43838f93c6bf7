import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import { throwIfCancelled } from './cancel.ts'
import type { ByteRange, ObjectInfo, ObjectStore } from './object-store.ts'
import { endedEarly } from './whole-body.ts'

/** Takes bytes at a position, in ascending order without gaps, one piece at a time. */
export interface OffsetSink {
  writeAt(bytes: Uint8Array, position: number): Promise<unknown>
}

export interface DownloadOptions {
  /** Ranges in flight at once. Default 4. Memory stays below `parallel` × `rangeBytes`. */
  readonly parallel?: number
  /** Bytes of one range; objects up to this size come in one get. Default 8 MiB. */
  readonly rangeBytes?: number
  /** The object's size where the caller knows it: spares small downloads a request, and must then be right. */
  readonly sizeBytes?: number
  /** Hex SHA-256 of the whole; by default the store's own, where it vouches for one. */
  readonly sha256?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (receivedBytes: number, totalBytes: number) => void
}

export interface Downloaded {
  readonly info: ObjectInfo
  /** Hex digest of what was written. */
  readonly sha256: string
}

/**
 * Downloads an object whole, in order, large ones by several ranges at once, all of one version. Fails with `checksum-mismatch` when size or digest
 * differ; what the sink then holds is worth nothing. A `Writable` is not ended. Retrying is the store's business.
 */
export async function downloadTo(
  store: ObjectStore,
  key: string,
  sink: Writable | OffsetSink,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const { parallel = 4, rangeBytes = 8 * 1024 * 1024, signal } = options
  throwIfCancelled(signal)
  const stop = new AbortController()
  const cancelled = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const sha256 = createHash('sha256')
  const write = writerTo(sink)
  let receivedBytes = 0
  const receive = async (chunk: Buffer, totalBytes: number) => {
    throwIfCancelled(signal)
    sha256.update(chunk)
    await write(chunk, receivedBytes)
    receivedBytes += chunk.byteLength
    options.onProgress?.(receivedBytes, totalBytes)
  }
  const isSmall = options.sizeBytes !== undefined && options.sizeBytes <= rangeBytes
  try {
    const head = isSmall ? undefined : await store.head(key, cancelled)
    const info =
      head && head.sizeBytes > rangeBytes
        ? await receiveRanges(store, head, { parallel, rangeBytes, signal: cancelled }, receive)
        : await receiveAtOnce(store, key, head?.etag, cancelled, receive)
    verify(key, options, info, receivedBytes, sha256)
    return { info, sha256: sha256.copy().digest('hex') }
  } catch (error) {
    throw asEverstowError(error)
  } finally {
    stop.abort()
  }
}

type Receive = (chunk: Buffer, totalBytes: number) => Promise<void>

async function receiveAtOnce(
  store: ObjectStore,
  key: string,
  ifMatch: string | undefined,
  signal: AbortSignal,
  receive: Receive,
): Promise<ObjectInfo> {
  const { info, body } = await store.get(key, { signal, ifMatch })
  for await (const chunk of body as AsyncIterable<Buffer>) await receive(chunk, info.sizeBytes)
  return info
}

/** A window of ranges in flight; the first of them is written while the others come in, and only then is the next one begun. */
async function receiveRanges(
  store: ObjectStore,
  info: ObjectInfo,
  options: { readonly parallel: number; readonly rangeBytes: number; readonly signal: AbortSignal },
  receive: Receive,
): Promise<ObjectInfo> {
  const { parallel, rangeBytes, signal } = options
  const inFlight: Promise<Buffer[]>[] = []
  let nextStart = 0
  const begin = () => {
    if (nextStart >= info.sizeBytes) return
    const range = { start: nextStart, end: Math.min(nextStart + rangeBytes, info.sizeBytes) }
    const fetched = fetchRange(store, info, range, signal)
    // Heard when its turn comes; if another fails first, this one's failure is only the echo of the cancelling.
    fetched.catch(() => {})
    inFlight.push(fetched)
    nextStart = range.end
  }
  for (let count = 0; count < parallel; count++) begin()
  for (let next = inFlight.shift(); next; next = inFlight.shift()) {
    for (const chunk of await next) await receive(chunk, info.sizeBytes)
    begin()
  }
  return info
}

async function fetchRange(
  store: ObjectStore,
  info: ObjectInfo,
  range: ByteRange,
  signal: AbortSignal,
): Promise<Buffer[]> {
  const { body } = await store.get(info.key, { range, signal, ifMatch: info.etag })
  const chunks = (await Array.fromAsync(body)) as Buffer[]
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  if (bytes !== range.end - range.start) throw endedEarly(info.key)
  return chunks
}

function writerTo(sink: Writable | OffsetSink): (chunk: Buffer, position: number) => Promise<unknown> {
  if (!(sink instanceof Writable)) return (chunk, position) => sink.writeAt(chunk, position)
  return async (chunk) => {
    if (sink.errored) throw sink.errored
    if (!sink.write(chunk)) await once(sink, 'drain')
  }
}

function verify(
  key: string,
  options: DownloadOptions,
  info: ObjectInfo,
  receivedBytes: number,
  sha256: Hash,
): void {
  const expectedBytes = options.sizeBytes ?? info.sizeBytes
  if (receivedBytes !== expectedBytes || info.sizeBytes !== expectedBytes) {
    const data = { key, kind: 'size', expected: expectedBytes, actual: receivedBytes }
    throw new EverstowError('checksum-mismatch', { data })
  }
  const expected = (options.sha256 ?? info.sha256)?.toLowerCase()
  const actual = sha256.copy().digest('hex')
  if (expected !== undefined && expected !== actual) {
    throw new EverstowError('checksum-mismatch', { data: { key, kind: 'sha256', expected, actual } })
  }
}
