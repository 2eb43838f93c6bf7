import { z } from 'zod'
import type { Capabilities, ObjectStore } from '../object-store.ts'
import { clockOffsetOf } from '../transfer/http-facts.ts'
import { tryOut } from '../transfer/try-out.ts'
import type { GcsClient } from './client.ts'

const bucketSchema = z.object({
  versioning: z.object({ enabled: z.boolean().optional() }).optional(),
  retentionPolicy: z.object({ retentionPeriod: z.string().optional() }).optional(),
  objectRetention: z.object({ mode: z.string().optional() }).optional(),
})

/** What the bucket says of itself, where we may ask (`storage.buckets.get`), and what trying shows. */
export async function probe(
  client: GcsClient,
  store: Omit<ObjectStore, 'probe' | 'close'>,
  signal?: AbortSignal,
): Promise<Capabilities> {
  const { clock, random } = client.env
  const sentMs = clock.now()
  const path = `/storage/v1/b/${encodeURIComponent(client.config.bucket)}`
  const query = { fields: 'versioning,retentionPolicy,objectRetention' }
  const reply = await client.request({ method: 'GET', path, query, signal })
  const clockOffsetMs = clockOffsetOf(reply.headers.get('date'), sentMs, clock.now())
  if (reply.status !== 200 && reply.status !== 403) throw client.refusal(reply)
  const facts = reply.status === 200 ? factsOf(reply.text) : { versioning: undefined, objectLock: undefined }
  return { ...(await tryOut(store, random, signal)), ...facts, clockOffsetMs }
}

function factsOf(text: string): Pick<Capabilities, 'versioning' | 'objectLock'> {
  const bucket = bucketSchema.parse(JSON.parse(text))
  return {
    versioning: bucket.versioning?.enabled === true,
    objectLock: bucket.retentionPolicy !== undefined || bucket.objectRetention?.mode === 'Enabled',
  }
}
