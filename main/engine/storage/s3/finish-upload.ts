import { EverstowError, hasCode } from '../../model/errors.ts'
import type { ObjectInfo, PutOptions } from '../object-store.ts'
import type { S3Bucket } from './client.ts'
import { head } from './get.ts'
import { infoOf, settingsOf } from './object-info.ts'
import { retryInside } from './retry-inside.ts'
import {
  bareTag,
  completeUpload,
  isUploadGone,
  type SentPart,
  tagOfParts,
  type Upload,
} from './upload-requests.ts'

/**
 * Completes an upload. The answer may be lost although the work was done; then the next try finds no upload, and what lies under the key tells:
 * the tag of these very parts, or the promised SHA-256 in the metadata.
 */
export async function finishUpload(
  bucket: S3Bucket,
  upload: Upload,
  parts: readonly SentPart[],
  sizeBytes: number,
  options: PutOptions,
): Promise<ObjectInfo> {
  const { key } = upload
  const expected = tagOfParts(parts)
  try {
    const { etag, modifiedMs } = await retryInside(
      bucket,
      options.signal,
      'an upload is completed again',
      { key },
      () => completeUpload(bucket, upload, parts, options.signal),
    )
    refuseOtherTag(key, parts, expected, etag)
    const settings = settingsOf(bucket, options, options.md5?.toLowerCase())
    return infoOf(bucket, key, sizeBytes, {
      ETag: etag,
      LastModified: new Date(modifiedMs),
      Metadata: settings.Metadata,
      StorageClass: bucket.config.storageClass,
    })
  } catch (error) {
    if (!isUploadGone(error)) throw error
    const found = await foundFinished(bucket, key, sizeBytes, options, expected)
    if (!found) throw lostUpload(key, error)
    return found
  }
}

/** The object under the key where it is provably the promised one: by its size and the tag of its parts or the SHA-256 that was promised. */
export async function foundFinished(
  bucket: S3Bucket,
  key: string,
  sizeBytes: number,
  { sha256, signal }: PutOptions,
  expectedTag?: string,
): Promise<ObjectInfo | undefined> {
  try {
    const info = await head(bucket, key, signal)
    const sameTag = expectedTag !== undefined && bareTag(info.etag ?? '') === expectedTag
    const sameHash = sha256 !== undefined && info.sha256 === sha256.toLowerCase()
    return info.sizeBytes === sizeBytes && (sameTag || sameHash) ? info : undefined
  } catch (error) {
    if (hasCode(error, 'object-missing')) return undefined
    throw error
  }
}

/** Compares where the parts' own tags were MD5, for then the whole one must be made of them. */
function refuseOtherTag(
  key: string,
  parts: readonly SentPart[],
  expected: string,
  etag: string | undefined,
): void {
  const comparable = etag !== undefined && parts.every((part) => bareTag(part.etag) === part.md5)
  if (!comparable || !/^[0-9a-f]{32}-\d+$/.test(bareTag(etag)) || bareTag(etag) === expected) return
  const data = { key, kind: 'etag', expected, actual: bareTag(etag) }
  throw new EverstowError('checksum-mismatch', { data })
}

/** The upload vanished under us: the same put may well succeed when it begins anew. */
function lostUpload(key: string, cause: unknown): EverstowError {
  return new EverstowError('connection-lost', { data: { key, reason: 'upload-gone' }, cause })
}
