import type { Readable } from 'node:stream'
import { EverstowError } from '../../model/errors.ts'
import type { ByteRange, GetOptions, GetResult, ObjectInfo } from '../object-store.ts'
import { rangeWithin } from '../range.ts'
import { countedBody } from '../transfer/counted-body.ts'
import { guardAgainstStall } from '../transfer/stall-guard.ts'
import type { AzureClient } from './client.ts'
import { infoOf } from './properties.ts'

/** The content, or a range of it cut at the object's end. */
export async function get(client: AzureClient, key: string, options: GetOptions = {}): Promise<GetResult> {
  const { range, ifMatch } = options
  const blob = client.container.getBlobClient(client.nameOf(key))
  if (range && !(range.start >= 0 && range.end > range.start))
    throw new EverstowError('invalid-input', { data: { field: 'range', start: range.start, end: range.end } })
  let body: Readable | undefined
  const guard = guardAgainstStall({
    clock: client.env.clock,
    stallTimeoutMs: client.config.stallTimeoutMs,
    signal: options.signal,
    // Bytes that wait for their reader: the place has done its part.
    excused: () => (body?.readableLength ?? 0) > 0,
  })
  try {
    const answer = await blob.download(range?.start ?? 0, range && range.end - range.start, {
      abortSignal: guard.signal,
      maxRetryRequests: 0,
      ...(ifMatch !== undefined && { conditions: { ifMatch: `"${ifMatch}"` } }),
    })
    guard.touch()
    const { contentLength, contentRange, readableStreamBody } = answer
    const total = /\/(\d+)$/.exec(contentRange ?? '')?.[1]
    const sizeBytes = Number(total ?? contentLength)
    if (contentLength === undefined || !readableStreamBody || (range && total === undefined))
      throw new EverstowError('place-refused', { data: { key, reason: 'length-or-range-missing' } })
    const upstream = readableStreamBody as Readable
    // Some services answer a range behind the end with nothing instead of 416.
    const { start, end } = rangeOrDestroy(range, sizeBytes, upstream)
    body = countedBody(upstream, end - start, guard, (error) => client.failure(error, key))
    // Of a range, `contentMD5` would be the range's.
    const contentMD5 = contentRange === undefined ? answer.contentMD5 : answer.blobContentMD5
    // Named one by one: the client's answer has getters, which a spread would lose.
    const { lastModified, etag, metadata } = answer
    return { info: infoOf(key, sizeBytes, { lastModified, etag, metadata, contentMD5 }), body }
  } catch (error) {
    guard.release()
    throw guard.reason() ?? client.failure(error, key)
  }
}

/** The bytes that must come; a refusal ends the answer that nobody will read. */
function rangeOrDestroy(range: ByteRange | undefined, sizeBytes: number, upstream: Readable): ByteRange {
  try {
    return rangeWithin(range, sizeBytes)
  } catch (error) {
    upstream.destroy()
    throw error
  }
}

/** Size, time, checksums and metadata. */
export async function head(client: AzureClient, key: string, signal?: AbortSignal): Promise<ObjectInfo> {
  const blob = client.container.getBlobClient(client.nameOf(key))
  return client.guarded({ key, signal }, async (guard) => {
    const properties = await blob.getProperties({ abortSignal: guard.signal })
    return infoOf(key, properties.contentLength ?? 0, properties)
  })
}
