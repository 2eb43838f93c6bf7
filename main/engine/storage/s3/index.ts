import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { asEverstowError, hasCode } from '../../model/errors.ts'
import { throwIfCancelled } from '../cancel.ts'
import type { Credentials } from '../credentials.ts'
import type { ObjectStore } from '../object-store.ts'
import { openBucket, type S3Bucket } from './client.ts'
import type { S3Config, S3Env } from './config.ts'
import { get, head } from './get.ts'
import { list } from './list.ts'
import { probe } from './probe.ts'
import { put, putIfAbsent } from './put.ts'

export { type S3Config, type S3Env, s3ConfigOf } from './config.ts'

/**
 * A bucket of AWS S3, Cloudflare R2, Backblaze B2 or any service that speaks S3. Sends nothing before the first call. Without keys the default
 * chain of AWS is asked then (environment, profile, SSO, role), and `credentials-missing` is its failure.
 */
export function createS3Store(config: S3Config, credentials: Credentials, env: S3Env): ObjectStore {
  const bucket = openBucket(config, credentials, env)
  const store: Omit<ObjectStore, 'probe' | 'close'> = {
    kind: 's3',
    url: (key) => `s3://${config.bucket}/${bucket.nameOf(key)}`,
    put: (key, body, options) => cancellable(options?.signal, () => put(bucket, key, body, options)),
    putIfAbsent: (key, bytes, options) =>
      cancellable(options?.signal, () => putIfAbsent(bucket, key, bytes, options)),
    get: (key, options) => cancellable(options?.signal, () => get(bucket, key, options)),
    head: (key, signal) => cancellable(signal, () => head(bucket, key, signal)),
    exists: (key, signal) => cancellable(signal, () => exists(bucket, key, signal)),
    size: async (key, signal) => (await cancellable(signal, () => head(bucket, key, signal))).sizeBytes,
    list: (options) => cancellable(options?.signal, () => list(bucket, options)),
    delete: (key, signal) => cancellable(signal, () => remove(bucket, key, signal)),
  }
  return {
    ...store,
    probe: (signal) => cancellable(signal, () => probe(bucket, store, signal)),
    close: async () => bucket.close(),
  }
}

/** Whatever a cancelled call fails with, it fails as `cancelled`; and nothing but our errors comes out. */
async function cancellable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  throwIfCancelled(signal)
  try {
    return await work()
  } catch (error) {
    throwIfCancelled(signal)
    throw asEverstowError(error)
  }
}

async function exists(bucket: S3Bucket, key: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await head(bucket, key, signal)
    return true
  } catch (error) {
    if (hasCode(error, 'object-missing')) return false
    throw error
  }
}

async function remove(bucket: S3Bucket, key: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    const command = new DeleteObjectCommand({ Bucket: bucket.config.bucket, Key: bucket.nameOf(key) })
    await bucket.send(command, { key, signal })
  } catch (error) {
    // AWS answers 204 for what is not there; some others say so.
    if (!hasCode(error, 'object-missing') || error.data.reason !== 'NoSuchKey') throw error
  }
}
