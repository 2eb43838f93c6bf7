import type { Readable } from 'node:stream'
import { EverstowError } from '../../model/errors.ts'
import { checkKey, joinPrefix } from '../keys.ts'
import type { GetOptions, GetResult, ObjectInfo } from '../object-store.ts'
import { countedBody } from '../transfer/counted-body.ts'
import type { GcsClient } from './client.ts'
import { objectPath } from './object-request.ts'
import { infoOfHeaders, infoOfResource, parseResource } from './resource.ts'

/** The content, or a range of it cut at the object's end. */
export async function get(client: GcsClient, key: string, options: GetOptions = {}): Promise<GetResult> {
  const { range, ifMatch } = options
  if (range && !(range.start >= 0 && range.end > range.start))
    throw new EverstowError('invalid-input', { data: { field: 'range', start: range.start, end: range.end } })
  if (ifMatch !== undefined && !/^\d+$/.test(ifMatch))
    throw new EverstowError('precondition-failed', { data: { key } })
  let body: Readable | undefined
  const stream = await client.open(
    {
      method: 'GET',
      path: objectPath(client, joinPrefix(client.config.prefix, checkKey(key))),
      query: { alt: 'media', ...(ifMatch && { ifGenerationMatch: ifMatch }) },
      ...(range && { headers: { range: `bytes=${range.start}-${range.end - 1}` } }),
      key,
      signal: options.signal,
    },
    // Bytes that wait for their reader: the place has done its part.
    () => (body?.readableLength ?? 0) > 0,
  )
  const lengthBytes = Number(stream.headers.get('content-length') ?? Number.NaN)
  const total = /\/(\d+)$/.exec(stream.headers.get('content-range') ?? '')?.[1]
  if (!Number.isSafeInteger(lengthBytes) || (range && stream.status !== 206)) {
    stream.guard.release()
    stream.body.destroy()
    throw new EverstowError('place-refused', { data: { key, reason: 'length-or-range-missing' } })
  }
  body = countedBody(stream.body, lengthBytes, stream.guard, (error) => client.failure(error, key))
  return { info: infoOfHeaders(stream.headers, key, total === undefined ? lengthBytes : Number(total)), body }
}

/** Size, time, checksums and metadata. */
export async function head(client: GcsClient, key: string, signal?: AbortSignal): Promise<ObjectInfo> {
  const path = objectPath(client, joinPrefix(client.config.prefix, checkKey(key)))
  const { text } = await client.ask({ method: 'GET', path, key, signal })
  return infoOfResource(parseResource(text), key)
}
