import { z } from 'zod'
import { EverstowError } from '../../model/errors.ts'
import type { ObjectInfo } from '../object-store.ts'
import { metadataFacts } from '../transfer/kept-metadata.ts'

/** What we read of the API's object resource (https://cloud.google.com/storage/docs/json_api/v1/objects#resource). */
const resourceSchema = z.object({
  name: z.string(),
  size: z.string().regex(/^\d+$/),
  generation: z.string().regex(/^\d+$/),
  updated: z.string().optional(),
  timeCreated: z.string().optional(),
  md5Hash: z.string().optional(),
  storageClass: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
})

export type ObjectResource = z.infer<typeof resourceSchema>

const listSchema = z.object({
  items: z.array(resourceSchema).optional(),
  nextPageToken: z.string().optional(),
})

/** The fields to ask for in listings. */
export const RESOURCE_FIELDS = 'name,size,generation,updated,timeCreated,md5Hash,storageClass,metadata'

export const parseResource = (text: string): ObjectResource => parse(resourceSchema, text)
export const parseList = (text: string): z.infer<typeof listSchema> => parse(listSchema, text)

/** The resource as ours; `key` is its name without the destination's prefix. */
export function infoOfResource(resource: ObjectResource, key: string): ObjectInfo {
  return {
    key,
    sizeBytes: Number(resource.size),
    modifiedMs: Date.parse(resource.updated ?? resource.timeCreated ?? '') || 0,
    etag: resource.generation,
    ...(resource.md5Hash && { md5: hexOf(resource.md5Hash) }),
    ...metadataFacts(resource.metadata ?? {}),
    ...(resource.storageClass && { storageClass: resource.storageClass }),
  }
}

/** The same from the headers of a download. */
export function infoOfHeaders(headers: Headers, key: string, sizeBytes: number): ObjectInfo {
  const metadata: Record<string, string> = {}
  for (const [name, value] of headers) if (name.startsWith('x-goog-meta-')) metadata[name.slice(12)] = value
  const md5 = /(?:^|[\s,])md5=([A-Za-z0-9+/=]+)/.exec(headers.get('x-goog-hash') ?? '')?.[1]
  const etag = headers.get('x-goog-generation')
  const storageClass = headers.get('x-goog-storage-class')
  return {
    key,
    sizeBytes,
    modifiedMs: Date.parse(headers.get('last-modified') ?? '') || 0,
    ...(etag && { etag }),
    ...(md5 && { md5: hexOf(md5) }),
    ...metadataFacts(metadata),
    ...(storageClass && { storageClass }),
  }
}

export const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex')
export const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

function parse<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // A success that is no JSON (a captive portal's page, say) is not this service's; the schema refuses undefined below.
    value = undefined
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new EverstowError('place-refused', { data: { reason: 'answer-unreadable' } })
  return parsed.data
}
