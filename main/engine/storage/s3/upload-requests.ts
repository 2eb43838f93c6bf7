import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { EverstowError, hasCode } from '../../model/errors.ts'
import type { PutOptions } from '../object-store.ts'
import type { S3Bucket } from './client.ts'
import { etagsAreMd5, settingsOf } from './object-info.ts'

/** An upload that was begun. */
export interface Upload {
  readonly key: string
  readonly uploadId: string
}

/** A part that is with the service. */
export interface SentPart {
  readonly partNumber: number
  readonly etag: string
  /** Hex, of the bytes we hold. */
  readonly md5: string
}

/** Begins an upload; the digests that are promised go into its metadata. */
export async function createUpload(bucket: S3Bucket, key: string, options: PutOptions): Promise<Upload> {
  const { output } = await bucket.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket.config.bucket,
      Key: bucket.nameOf(key),
      ...settingsOf(bucket, options, options.md5?.toLowerCase()),
    }),
    { key, signal: options.signal },
  )
  const uploadId = output.UploadId
  if (!uploadId) throw new EverstowError('place-refused', { data: { key, reason: 'upload-id-missing' } })
  return { key, uploadId }
}

/** Sends a part once. The service checks the Content-MD5; we compare the tag it answers with. */
export async function sendPart(
  bucket: S3Bucket,
  upload: Upload,
  partNumber: number,
  bytes: Buffer,
  md5: string,
  signal: AbortSignal,
): Promise<SentPart & { readonly opaque: boolean }> {
  const { output } = await bucket.send(
    new UploadPartCommand({
      ...target(bucket, upload),
      PartNumber: partNumber,
      Body: bytes,
      ContentLength: bytes.byteLength,
      ContentMD5: Buffer.from(md5, 'hex').toString('base64'),
    }),
    // Without TLS the payload is signed too.
    { key: upload.key, signal, payloadHash: bucket.tls ? 'UNSIGNED-PAYLOAD' : undefined },
  )
  const etag = output.ETag
  if (!etag) throw new EverstowError('place-refused', { data: { key: upload.key, reason: 'etag-missing' } })
  const opaque = !etagsAreMd5(bucket, output.ServerSideEncryption)
  if (!opaque && bareTag(etag) !== md5) {
    const data = { key: upload.key, kind: 'md5', expected: md5, actual: bareTag(etag), partNumber }
    throw new EverstowError('checksum-mismatch', { data, retry: 'retry' })
  }
  return { partNumber, etag, md5, opaque }
}

/** Tag and size of the parts the service holds, by number; `NoSuchUpload` is `object-missing` with that reason. */
export async function listParts(
  bucket: S3Bucket,
  upload: Upload,
  signal: AbortSignal | undefined,
): Promise<Map<number, { readonly etag: string; readonly sizeBytes: number }>> {
  const parts = new Map<number, { etag: string; sizeBytes: number }>()
  for (let marker: string | undefined; ; ) {
    const { output } = await bucket.send(
      new ListPartsCommand({
        ...target(bucket, upload),
        ...(marker !== undefined && { PartNumberMarker: marker }),
      }),
      { key: upload.key, signal },
    )
    for (const { PartNumber, ETag, Size } of output.Parts ?? []) {
      if (PartNumber !== undefined && ETag) parts.set(PartNumber, { etag: ETag, sizeBytes: Size ?? 0 })
    }
    const next = output.NextPartNumberMarker
    if (!output.IsTruncated || !next || next === marker) return parts
    marker = next
  }
}

/** Makes the parts an object. */
export async function completeUpload(
  bucket: S3Bucket,
  upload: Upload,
  parts: readonly SentPart[],
  signal: AbortSignal | undefined,
): Promise<{ readonly etag: string | undefined; readonly modifiedMs: number }> {
  const { output, headers } = await bucket.send(
    new CompleteMultipartUploadCommand({
      ...target(bucket, upload),
      MultipartUpload: {
        Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
      },
    }),
    { key: upload.key, signal },
  )
  const modifiedMs = headers.date ? Date.parse(headers.date) : bucket.env.clock.now()
  return { etag: output.ETag, modifiedMs }
}

/** Gives up an upload and its parts; one that is gone already is no failure. */
export async function abortUpload(bucket: S3Bucket, upload: Upload): Promise<void> {
  try {
    await bucket.send(new AbortMultipartUploadCommand(target(bucket, upload)), { key: upload.key })
  } catch (error) {
    if (!isUploadGone(error)) throw error
  }
}

/** The tag of an object made of these parts: MD5 of their MD5s, and their count. */
export function tagOfParts(parts: readonly SentPart[]): string {
  const hash = createHash('md5')
  for (const { md5 } of parts) hash.update(Buffer.from(md5, 'hex'))
  return `${hash.digest('hex')}-${parts.length}`
}

/** A tag without its quotes. */
export function bareTag(etag: string): string {
  return etag.replaceAll('"', '')
}

/** Whether an error says that the upload it names is not there (any more). */
export function isUploadGone(error: unknown): boolean {
  return hasCode(error, 'object-missing') && error.data.reason === 'NoSuchUpload'
}

function target(bucket: S3Bucket, { key, uploadId }: Upload) {
  return { Bucket: bucket.config.bucket, Key: bucket.nameOf(key), UploadId: uploadId }
}
