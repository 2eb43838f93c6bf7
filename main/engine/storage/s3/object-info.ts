import { EverstowError } from '../../model/errors.ts'
import type { ObjectInfo, PutOptions } from '../object-store.ts'
import { metadataFacts, metadataToKeep } from '../transfer/kept-metadata.ts'
import type { S3Bucket } from './client.ts'

/** What answers to GET, HEAD and PUT have in common. */
interface ObjectFacts {
  readonly ETag?: string | undefined
  readonly LastModified?: Date | undefined
  readonly Metadata?: Readonly<Record<string, string>> | undefined
  readonly StorageClass?: string | undefined
  readonly ServerSideEncryption?: string | undefined
}

/** What an answer tells of an object. */
export function infoOf(bucket: S3Bucket, key: string, sizeBytes: number, facts: ObjectFacts): ObjectInfo {
  const { sha256, metadata = {} } = metadataFacts(facts.Metadata ?? {})
  const { md5: keptMd5, ...rest } = metadata
  const kept = keptMd5 !== undefined && /^[0-9a-f]{32}$/.test(keptMd5)
  const md5 = kept ? keptMd5 : md5OfEtag(bucket, facts)
  return {
    key,
    sizeBytes,
    modifiedMs: facts.LastModified?.getTime() ?? 0,
    ...(facts.ETag !== undefined && { etag: facts.ETag }),
    ...(md5 !== undefined && { md5 }),
    ...(sha256 !== undefined && { sha256 }),
    metadata: kept ? rest : metadata,
    ...(facts.StorageClass !== undefined && { storageClass: facts.StorageClass }),
  }
}

/** Request fields that say what the object is besides its bytes: digests in the metadata, type, class, encryption. */
export function settingsOf(bucket: S3Bucket, options: PutOptions, md5: string | undefined) {
  const { encryption, storageClass } = bucket.config
  const metadata = { ...metadataToKeep(options), ...(md5 !== undefined && { md5 }) }
  return {
    Metadata: checkMetadata(metadata),
    ContentType: options.contentType ?? 'application/octet-stream',
    ...(storageClass && { StorageClass: storageClass as 'STANDARD' }),
    ...(encryption && { ServerSideEncryption: encryption.kind }),
    ...(encryption?.kmsKeyId && { SSEKMSKeyId: encryption.kmsKeyId }),
  }
}

/**
 * The MD5 that an entity tag is, where it is one: of an object put at once and not encrypted with KMS ("Common response headers", S3 API
 * reference). Services other than the named ones may do as they like when they encrypt.
 */
export function md5OfEtag(
  bucket: S3Bucket,
  { ETag, ServerSideEncryption }: Pick<ObjectFacts, 'ETag' | 'ServerSideEncryption'>,
): string | undefined {
  if (!etagsAreMd5(bucket, ServerSideEncryption)) return undefined
  return /^"?([0-9a-f]{32})"?$/.exec(ETag ?? '')?.[1]
}

/** Whether tags of objects that are encrypted like this are MD5. */
export function etagsAreMd5(bucket: S3Bucket, encryption: string | undefined): boolean {
  return encryption === undefined || (encryption === 'AES256' && bucket.config.flavour !== 'generic')
}

function checkMetadata(metadata: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(metadata)) {
    // What headers carry unchanged; anything else would come back different or break the signature.
    if (/^[a-z0-9_-]+$/.test(name) && /^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/.test(value)) continue
    throw new EverstowError('invalid-input', { data: { field: 'metadata', name } })
  }
  return metadata
}
