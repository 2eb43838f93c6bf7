import type { Blob } from './blobs.ts'
import { s3Error } from './errors.ts'

/** One version of an object; `deleted` marks a delete marker. */
export interface Version {
  readonly versionId: string
  readonly deleted: boolean
  readonly blob: Blob | undefined
  /** With quotes, as in the header. */
  readonly etag: string
  readonly modifiedMs: number
  readonly contentType: string
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: string | undefined
  readonly encryption: { readonly kind: string; readonly kmsKeyId: string | undefined } | undefined
  /** Additional checksums, base64, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>
}

export interface UploadedPart {
  readonly blob: Blob
  readonly etag: string
  readonly md5: Buffer
  readonly modifiedMs: number
}

/** A multipart upload that was begun. */
export interface Upload {
  readonly uploadId: string
  readonly key: string
  readonly startedMs: number
  readonly settings: ObjectSettings
  readonly parts: Map<number, UploadedPart>
}

/** What a put or the begin of an upload decides about the object besides its bytes. */
export type ObjectSettings = Pick<Version, 'contentType' | 'metadata' | 'storageClass' | 'encryption'>

export interface Bucket {
  readonly name: string
  versioning: 'Enabled' | 'Suspended' | undefined
  readonly objectLock: boolean
  /** Newest first. */
  readonly objects: Map<string, Version[]>
  readonly uploads: Map<string, Upload>
  /** Keys in the order of their bytes; undefined until somebody lists after a change. */
  sortedKeys: string[] | undefined
}

/** An empty bucket. */
export function createBucket(
  name: string,
  options: Partial<Pick<Bucket, 'versioning' | 'objectLock'>> = {},
): Bucket {
  return {
    name,
    versioning: options.versioning,
    objectLock: options.objectLock ?? false,
    objects: new Map(),
    uploads: new Map(),
    sortedKeys: undefined,
  }
}

/** The newest version where it is not a delete marker. */
export function currentVersion(bucket: Bucket, key: string): Version | undefined {
  const newest = bucket.objects.get(key)?.[0]
  return newest?.deleted ? undefined : newest
}

/** Makes a version the current one; without versioning it takes the place of the one before. */
export function addVersion(bucket: Bucket, key: string, version: Version): void {
  const before = bucket.objects.get(key) ?? []
  const kept =
    bucket.versioning === 'Enabled'
      ? before
      : before.filter(({ versionId }) => versionId !== version.versionId)
  dispose(before.filter((old) => !kept.includes(old)))
  if (before.length === 0) bucket.sortedKeys = undefined
  bucket.objects.set(key, [version, ...kept])
}

/** Takes one version away, and the key with its last one. */
export function removeVersion(bucket: Bucket, key: string, versionId: string): void {
  const before = bucket.objects.get(key) ?? []
  const kept = before.filter((version) => version.versionId !== versionId)
  dispose(before.filter((version) => !kept.includes(version)))
  if (kept.length > 0) bucket.objects.set(key, kept)
  else if (bucket.objects.delete(key)) bucket.sortedKeys = undefined
}

/** All keys in the order of their UTF-8 bytes. */
export function sortedKeys(bucket: Bucket): readonly string[] {
  bucket.sortedKeys ??= [...bucket.objects.keys()].sort(compareUtf8)
  return bucket.sortedKeys
}

/** The bucket of that name or `NoSuchBucket`. */
export function findBucket(buckets: ReadonlyMap<string, Bucket>, name: string | undefined): Bucket {
  const bucket = name === undefined ? undefined : buckets.get(name)
  if (!bucket) throw s3Error('NoSuchBucket', { BucketName: name ?? '' })
  return bucket
}

/** Order of the UTF-8 bytes. */
export function compareUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'))
}

function dispose(versions: readonly Version[]): void {
  for (const { blob } of versions) void blob?.dispose()
}
