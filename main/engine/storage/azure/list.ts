import { compareKeys } from '../keys.ts'
import { pageLimit } from '../limits.ts'
import type { ListOptions, ListPage } from '../object-store.ts'
import type { AzureClient } from './client.ts'
import { infoOf } from './properties.ts'

/** One page of the blobs below the destination's prefix. The service lists in the order of names; within a page that is made the order of UTF-8. */
export function list(client: AzureClient, options: ListOptions = {}): Promise<ListPage> {
  const below = client.config.prefix === '' ? '' : `${client.config.prefix}/`
  const { cursor, limit, signal } = options
  return client.guarded({ signal }, async (guard) => {
    const pages = client.container
      .listBlobsFlat({
        prefix: below + (options.prefix ?? ''),
        includeMetadata: true,
        abortSignal: guard.signal,
      })
      .byPage({
        maxPageSize: pageLimit(limit),
        ...(cursor !== undefined && { continuationToken: cursor }),
      })
    const { value: page, done } = await pages.next()
    if (done) return { objects: [] }
    const objects = page.segment.blobItems
      .map((item) =>
        infoOf(item.name.slice(below.length), item.properties.contentLength ?? 0, {
          ...item.properties,
          metadata: item.metadata,
        }),
      )
      .sort((left, right) => compareKeys(left.key, right.key))
    return { objects, ...(page.continuationToken && { cursor: page.continuationToken }) }
  })
}
