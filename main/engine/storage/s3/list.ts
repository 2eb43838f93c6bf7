import { type _Object as ListedObject, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { EverstowError } from '../../model/errors.ts'
import { pageLimit } from '../limits.ts'
import type { ListOptions, ListPage, ObjectInfo } from '../object-store.ts'
import type { S3Bucket } from './client.ts'

/** One page of keys below the prefix; the cursor is the service's own token. */
export async function list(bucket: S3Bucket, options: ListOptions = {}): Promise<ListPage> {
  const { output } = await bucket.send(
    new ListObjectsV2Command({
      Bucket: bucket.config.bucket,
      Prefix: bucket.prefix + (options.prefix ?? ''),
      MaxKeys: pageLimit(options.limit),
      // XML cannot carry every character that keys may have.
      EncodingType: 'url',
      ...(options.cursor !== undefined && { ContinuationToken: options.cursor }),
    }),
    { signal: options.signal },
  )
  const decode = output.EncodingType === 'url' ? decodeKey : (key: string) => key
  const objects = (output.Contents ?? []).flatMap((listed) => infoOfListed(bucket, listed, decode))
  if (!output.IsTruncated) return { objects }
  const cursor = output.NextContinuationToken
  // Going on without a token would start over, and ending here would hide objects.
  if (!cursor) throw new EverstowError('place-refused', { data: { reason: 'listing-incomplete' } })
  return { objects, cursor }
}

/** Keys that end with a slash are folders that consoles make; they are no keys of ours. */
function infoOfListed(bucket: S3Bucket, listed: ListedObject, decode: (key: string) => string): ObjectInfo[] {
  const name = decode(listed.Key ?? '')
  const key = name.slice(bucket.prefix.length)
  if (key === '' || key.endsWith('/') || !name.startsWith(bucket.prefix)) return []
  return [
    {
      key,
      sizeBytes: listed.Size ?? 0,
      modifiedMs: listed.LastModified?.getTime() ?? 0,
      ...(listed.ETag !== undefined && { etag: listed.ETag }),
      ...(listed.StorageClass !== undefined && { storageClass: listed.StorageClass }),
    },
  ]
}

/** Listings encode as HTML forms do: a space is a plus, a plus is `%2B`. */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '))
}
