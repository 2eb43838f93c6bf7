import type { Readable } from 'node:stream'
import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand } from '@aws-sdk/client-s3'
import { EverstowError, hasCode } from '../../model/errors.ts'
import type { GetOptions, GetResult, ObjectInfo } from '../object-store.ts'
import { countedBody } from '../transfer/counted-body.ts'
import { guardAgainstStall } from '../transfer/stall-guard.ts'
import type { S3Bucket } from './client.ts'
import { errorOfS3 } from './errors.ts'
import { infoOf } from './object-info.ts'

/** How long the proof that a bucket exists is trusted when a HEAD says 404 without saying what is missing. */
const BUCKET_SEEN_FOR_MS = 60_000

/** The content, or a range of it cut at the object's end. */
export async function get(bucket: S3Bucket, key: string, options: GetOptions = {}): Promise<GetResult> {
  const { range, ifMatch, signal } = options
  if (range && !(range.start >= 0 && range.end > range.start)) {
    throw new EverstowError('invalid-input', { data: { field: 'range', start: range.start, end: range.end } })
  }
  let body: Readable | undefined
  const guard = guardAgainstStall({
    clock: bucket.env.clock,
    stallTimeoutMs: bucket.stallTimeoutMs,
    signal,
    // Bytes that wait for their reader: the place has done its part.
    excused: () => (body?.readableLength ?? 0) > 0,
  })
  try {
    const { output } = await bucket.send(
      new GetObjectCommand({
        Bucket: bucket.config.bucket,
        Key: bucket.nameOf(key),
        ...(range && { Range: `bytes=${range.start}-${range.end - 1}` }),
        ...(ifMatch !== undefined && { IfMatch: ifMatch }),
      }),
      { key, signal: guard.signal },
    )
    const upstream = output.Body as Readable
    const { expectedBytes, totalBytes } = sizesOf(output, key, range?.start)
    const info = infoOf(bucket, key, totalBytes, output)
    const mapError = (error: unknown) =>
      errorOfS3(error, { bucket: bucket.config.bucket, key }, bucket.env.clock.now())
    body = countedBody(upstream, expectedBytes, guard, mapError)
    return { info, body }
  } catch (error) {
    guard.release()
    throw guard.reason() ?? error
  }
}

/** Size, time, checksums and metadata. */
export async function head(bucket: S3Bucket, key: string, signal?: AbortSignal): Promise<ObjectInfo> {
  try {
    const { output } = await bucket.send(
      new HeadObjectCommand({ Bucket: bucket.config.bucket, Key: bucket.nameOf(key) }),
      { key, signal },
    )
    return infoOf(bucket, key, output.ContentLength ?? 0, output)
  } catch (error) {
    if (!(error instanceof EverstowError) || !needsWords(bucket, error)) throw error
    throw await reasonInWords(bucket, key, error, signal)
  }
}

/**
 * A refused HEAD has no body and so no code: 403 may be a wrong key or a missing right, 404 a missing object or a missing bucket. That must not
 * be mixed up, so the same is asked with a GET. A 404 is believed where the bucket answered lately.
 */
function needsWords(bucket: S3Bucket, error: EverstowError): boolean {
  const { status } = error.data
  if (status === 404) {
    const { seenMs } = bucket
    return seenMs === undefined || bucket.env.clock.monotonicMs() - seenMs > BUCKET_SEEN_FOR_MS
  }
  return status === 400 || status === 403
}

async function reasonInWords(
  bucket: S3Bucket,
  key: string,
  refused: EverstowError,
  signal: AbortSignal | undefined,
): Promise<EverstowError> {
  try {
    const { body } = await get(bucket, key, { range: { start: 0, end: 1 }, ...(signal && { signal }) })
    body.destroy()
    return refused
  } catch (error) {
    if (!(error instanceof EverstowError)) throw error
    // "No such key" is said by a bucket that exists.
    if (hasCode(error, 'object-missing')) bucket.seenMs = bucket.env.clock.monotonicMs()
    return error
  }
}

/** Bytes to come and bytes of the whole object; a place that ignores the range or gives no length cannot be read safely. */
function sizesOf(
  output: GetObjectCommandOutput,
  key: string,
  rangeStart: number | undefined,
): { readonly expectedBytes: number; readonly totalBytes: number } {
  const expectedBytes = output.ContentLength
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(output.ContentRange ?? '')
  const sound =
    expectedBytes !== undefined &&
    (rangeStart === undefined ||
      (Number(match?.[1]) === rangeStart && Number(match?.[2]) - rangeStart + 1 === expectedBytes))
  if (!sound) {
    const upstream = output.Body as Readable | undefined
    upstream?.destroy()
    throw new EverstowError('place-refused', { data: { key, reason: 'length-or-range-missing' } })
  }
  return { expectedBytes, totalBytes: rangeStart === undefined ? expectedBytes : Number(match?.[3]) }
}
