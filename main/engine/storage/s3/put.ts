import { PutObjectCommand } from '@aws-sdk/client-s3'
import { EverstowError } from '../../model/errors.ts'
import { bodyOfBytes } from '../body.ts'
import { checkConditionalSize } from '../limits.ts'
import type { Body, ObjectInfo, PutIfAbsentAnswer, PutOptions } from '../object-store.ts'
import { readWhole } from '../transfer/body-parts.ts'
import type { S3Bucket } from './client.ts'
import { putInParts } from './multipart.ts'
import { infoOf, md5OfEtag, settingsOf } from './object-info.ts'

/** Above this multiple of the part size a body goes in parts: a pack is one request, where parts would be four. */
const PARTS_FROM = 2

/** Replaces or creates: in one request, or in parts when large. */
export async function put(
  bucket: S3Bucket,
  key: string,
  body: Body,
  options: PutOptions = {},
): Promise<ObjectInfo> {
  bucket.nameOf(key)
  const large = body.sizeBytes > bucket.partBytes * PARTS_FROM
  return large ? putInParts(bucket, key, body, options) : putWhole(bucket, key, body, options, {})
}

/**
 * Creates only where nothing is there: `If-None-Match: *`, never a look first. What the answers mean: "Conditional writes", S3 user guide;
 * 412 is the only proof that somebody else's object is there.
 */
export async function putIfAbsent(
  bucket: S3Bucket,
  key: string,
  bytes: Uint8Array,
  options: PutOptions = {},
): Promise<PutIfAbsentAnswer> {
  bucket.nameOf(key)
  checkConditionalSize(key, bytes.byteLength)
  try {
    await putWhole(bucket, key, bodyOfBytes(bytes), options, { IfNoneMatch: '*' })
    return 'created'
  } catch (error) {
    if (!(error instanceof EverstowError)) throw error
    const { reason, status } = error.data
    if (reason === 'ConditionalRequestConflict') return 'ambiguous'
    if (error.code === 'precondition-failed') return 'exists'
    if (error.code === 'timed-out' || error.code === 'connection-lost') return 'ambiguous'
    // 409 in other words, and answers behind which the work may have been done all the same.
    const uncertain = status === 409 || (typeof status === 'number' && status >= 500 && status !== 501)
    if (uncertain && error.code !== 'disk-full') return 'ambiguous'
    throw error
  }
}

async function putWhole(
  bucket: S3Bucket,
  key: string,
  body: Body,
  options: PutOptions,
  condition: { readonly IfNoneMatch?: string },
): Promise<ObjectInfo> {
  const { bytes, whole } = await readWhole(body, { key, ...options }, bucket.buffers.take)
  const { md5, sha256 } = whole
  const settings = settingsOf(bucket, options, md5)
  const { output, headers } = await bucket.send(
    new PutObjectCommand({
      Bucket: bucket.config.bucket,
      Key: bucket.nameOf(key),
      Body: bytes,
      ContentLength: bytes.byteLength,
      ContentMD5: base64(md5),
      // Only AWS is known to take both this and Content-MD5.
      ...(bucket.config.flavour === 'aws' && sha256 !== undefined && { ChecksumSHA256: base64(sha256) }),
      ...settings,
      ...condition,
    }),
    { key, signal: options.signal, payloadHash: sha256 },
  )
  const stored = md5OfEtag(bucket, output)
  if (stored !== undefined && stored !== md5) {
    throw new EverstowError('checksum-mismatch', {
      data: { key, kind: 'md5', expected: md5, actual: stored },
      retry: 'retry',
    })
  }
  options.onProgress?.(body.sizeBytes)
  // Answered means read to the end: nobody looks at these bytes again.
  bucket.buffers.giveBack(bytes)
  return infoOf(bucket, key, body.sizeBytes, {
    ...output,
    Metadata: settings.Metadata,
    // Answers to PUT do not date the object; their own date is the store's time of now.
    LastModified: new Date(headers.date ?? bucket.env.clock.now()),
    StorageClass: bucket.config.storageClass,
  })
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
