import type { BlobHTTPHeaders, BlockBlobCommitBlockListOptions } from '@azure/storage-blob'
import type { ObjectInfo, PutOptions } from '../object-store.ts'
import type { BodyDigest } from '../transfer/body-parts.ts'
import { metadataFacts, metadataToKeep } from '../transfer/kept-metadata.ts'
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
  return {
    key,
    sizeBytes,
    modifiedMs: facts.lastModified?.getTime() ?? 0,
    ...(facts.etag && { etag: withoutQuotes(facts.etag) }),
    ...(facts.contentMD5?.length && { md5: Buffer.from(facts.contentMD5).toString('hex') }),
    ...metadataFacts(fromAzureNames(facts.metadata ?? {})),
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
  return infoOf(key, sizeBytes, {
    lastModified: answer.lastModified,
    etag: answer.etag,
    contentMD5: Buffer.from(whole.md5, 'hex'),
    accessTier: client.config.storageClass,
    metadata: toAzureNames(metadataToKeep(options)),
  })
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
  return {
    blobHTTPHeaders,
    metadata: toAzureNames(metadataToKeep(options)),
    ...(client.config.storageClass && { tier: client.config.storageClass }),
  }
}

/** Headers have quotes around etags, listings have none. */
const withoutQuotes = (etag: string): string => etag.replace(/^"|"$/g, '')
