import { compareKeys } from '../keys.ts'
import { pageLimit } from '../limits.ts'
import type { ListOptions, ListPage } from '../object-store.ts'
import type { GcsClient } from './client.ts'
import { infoOfResource, parseList, RESOURCE_FIELDS } from './resource.ts'

/** One page of the live objects below the destination's prefix. The service itself lists in the order of UTF-8 bytes. */
export async function list(client: GcsClient, options: ListOptions = {}): Promise<ListPage> {
  const below = client.config.prefix === '' ? '' : `${client.config.prefix}/`
  const { text } = await client.ask({
    method: 'GET',
    path: `/storage/v1/b/${encodeURIComponent(client.config.bucket)}/o`,
    query: {
      prefix: below + (options.prefix ?? ''),
      maxResults: String(pageLimit(options.limit)),
      ...(options.cursor !== undefined && { pageToken: options.cursor }),
      fields: `nextPageToken,items(${RESOURCE_FIELDS})`,
    },
    signal: options.signal,
  })
  const { items = [], nextPageToken } = parseList(text)
  const objects = items
    .map((item) => infoOfResource(item, item.name.slice(below.length)))
    .sort((left, right) => compareKeys(left.key, right.key))
  return { objects, ...(nextPageToken && { cursor: nextPageToken }) }
}
