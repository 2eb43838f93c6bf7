import type { BlobHTTPHeaders, BlockBlobCommitBlockListOptions } from '@azure/storage-blob'
import type { ObjectInfo, PutOptions } from '../object-store.ts'
import type { BodyDigest } from '../transfer/body-parts.ts'
import type { AzureClient } from './client.ts'
import { fromAzureNames, toAzureNames } from './metadata-names.ts'

/** What answers, listings and properties have in common. */
export interface BlobFacts {
  readonly lastModified?: Date | undefined
  readonly etag?: string | undefined
  readonly contentMD5?: Uint8Array | undefined
  readonly accessTier?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

export function infoOf(key: string, sizeBytes: number, facts: BlobFacts): ObjectInfo {
  const metadata = fromAzureNames(facts.metadata ?? {})
  const { sha256 } = metadata
  return {
    key,
    sizeBytes,
    modifiedMs: facts.lastModified?.getTime() ?? 0,
    ...(facts.etag && { etag: withoutQuotes(facts.etag) }),
    ...(facts.contentMD5?.length && { md5: Buffer.from(facts.contentMD5).toString('hex') }),
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(facts.accessTier && { storageClass: facts.accessTier }),
  }
}

/** What a put that succeeded left there. */
export function writtenInfo(
  client: AzureClient,
  key: string,
  sizeBytes: number,
  answer: { readonly lastModified?: Date; readonly etag?: string },
  whole: BodyDigest,
  options: PutOptions,
): ObjectInfo {
  const metadata = metadataOf(options)
  return {
    ...infoOf(key, sizeBytes, {
      lastModified: answer.lastModified,
      etag: answer.etag,
      contentMD5: Buffer.from(whole.md5, 'hex'),
      accessTier: client.config.storageClass,
    }),
    ...(options.sha256 && { sha256: options.sha256.toLowerCase() }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

/** What is kept beside the bytes. Of a `Put Blob` the service compares the MD5 with what arrived. */
export function besides(
  client: AzureClient,
  options: PutOptions,
  whole: BodyDigest,
): Pick<BlockBlobCommitBlockListOptions, 'blobHTTPHeaders' | 'metadata' | 'tier'> {
  const blobHTTPHeaders: BlobHTTPHeaders = {
    blobContentType: options.contentType ?? 'application/octet-stream',
    blobContentMD5: Buffer.from(whole.md5, 'hex'),
  }
  const metadata = metadataOf(options)
  return {
    blobHTTPHeaders,
    metadata: toAzureNames(metadata),
    ...(client.config.storageClass && { tier: client.config.storageClass }),
  }
}

/** What the caller wants kept, and the SHA-256. */
function metadataOf({ metadata, sha256 }: PutOptions): Record<string, string> {
  return { ...metadata, ...(sha256 && { sha256: sha256.toLowerCase() }) }
}

/** Headers have quotes around etags, listings have none. */
export const withoutQuotes = (etag: string): string => etag.replace(/^"|"$/g, '')
