import { EverstowError } from '../../model/errors.ts'
import type { PutOptions } from '../object-store.ts'
import type { BodyDigest } from '../transfer/body-parts.ts'
import { metadataToKeep } from '../transfer/kept-metadata.ts'
import type { GcsClient } from './client.ts'
import { base64Of, hexOf, type ObjectResource } from './resource.ts'

/** The path of an object's resource; its name is one percent-encoded segment. */
export function objectPath(client: GcsClient, name: string): string {
  return `/storage/v1/b/${encodeURIComponent(client.config.bucket)}/o/${encodeURIComponent(name)}`
}

/** What is kept beside the bytes: the body of an upload's first request. */
export function resourceFor(
  client: GcsClient,
  name: string,
  options: PutOptions,
  md5: string | undefined,
): Record<string, unknown> {
  const metadata = metadataToKeep(options)
  return {
    name,
    contentType: options.contentType ?? 'application/octet-stream',
    ...(md5 && { md5Hash: base64Of(md5) }),
    ...(client.config.storageClass && { storageClass: client.config.storageClass }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

/** What the service says it has must be what was sent; otherwise exactly this generation is taken away again. */
export async function confirmed(
  client: GcsClient,
  key: string,
  resource: ObjectResource,
  sizeBytes: number,
  whole: BodyDigest,
): Promise<ObjectResource> {
  const sameSize = resource.size === String(sizeBytes)
  if (sameSize && (resource.md5Hash === undefined || hexOf(resource.md5Hash) === whole.md5)) return resource
  await client.request({
    method: 'DELETE',
    path: objectPath(client, resource.name),
    query: { generation: resource.generation },
    key,
  })
  throw new EverstowError('checksum-mismatch', { data: { key, kind: sameSize ? 'md5' : 'size' } })
}
