import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { Capabilities, ObjectStore } from '../object-store.ts'
import { clockOffsetOf } from '../transfer/http-facts.ts'
import { tryOut } from '../transfer/try-out.ts'
import type { S3Bucket } from './client.ts'
import { retryInside } from './retry-inside.ts'

/** What trying shows, and what the bucket says of itself where we may ask. */
export async function probe(
  bucket: S3Bucket,
  store: Omit<ObjectStore, 'probe' | 'close'>,
  signal?: AbortSignal,
): Promise<Capabilities> {
  const settings = await askSettings(bucket, signal)
  const seen: string[] = []
  // Remembers the keys, so that their versions can be removed where deleting only hides them.
  const noting = {
    ...store,
    // The probe's own leftovers are worth more than one try: nobody will come back for them.
    delete: (key: string, cancel?: AbortSignal) =>
      retryInside(bucket, cancel, 'an object of the probe is deleted again', { key }, () =>
        store.delete(key, cancel),
      ),
    put: (...args: Parameters<ObjectStore['put']>) => {
      seen.push(args[0])
      return store.put(...args)
    },
    putIfAbsent: (...args: Parameters<ObjectStore['putIfAbsent']>) => {
      seen.push(args[0])
      return store.putIfAbsent(...args)
    },
  }
  try {
    return { ...(await tryOut(noting, bucket.env.random, signal)), ...settings }
  } finally {
    if (settings.versioning !== false) {
      for (const key of new Set(seen)) await removeVersions(bucket, key)
    }
  }
}

async function askSettings(
  bucket: S3Bucket,
  signal: AbortSignal | undefined,
): Promise<Pick<Capabilities, 'versioning' | 'objectLock' | 'clockOffsetMs'>> {
  const { clock } = bucket.env
  const Bucket = bucket.config.bucket
  const sentMs = clock.now()
  let date: string | undefined
  let receivedMs = sentMs
  const versioning = await whereTold(async () => {
    const { output, headers } = await bucket.send(new GetBucketVersioningCommand({ Bucket }), { signal })
    date = headers.date
    receivedMs = clock.now()
    return output.Status === 'Enabled'
  })
  const objectLock = await whereTold(async () => {
    try {
      const { output } = await bucket.send(new GetObjectLockConfigurationCommand({ Bucket }), { signal })
      return output.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
    } catch (error) {
      const { reason } = asEverstowError(error).data
      if (reason === 'ObjectLockConfigurationNotFoundError') return false
      throw error
    }
  })
  const clockOffsetMs = clockOffsetOf(date, sentMs, receivedMs)
  return { versioning, objectLock, clockOffsetMs }
}

/** The answer, or undefined where the place does not let us ask (no right, or not its thing). */
async function whereTold(ask: () => Promise<boolean>): Promise<boolean | undefined> {
  try {
    return await ask()
  } catch (error) {
    const unanswered = new Set(['permission-denied', 'not-supported'])
    if (error instanceof EverstowError && unanswered.has(error.code)) return undefined
    throw error
  }
}

/** Deletes what a versioned bucket keeps behind deleted keys. Many keys of backups lack this right, rightly; then a few bytes stay. */
async function removeVersions(bucket: S3Bucket, key: string): Promise<void> {
  const Bucket = bucket.config.bucket
  const name = bucket.nameOf(key)
  try {
    const { output } = await bucket.send(new ListObjectVersionsCommand({ Bucket, Prefix: name }))
    for (const { Key, VersionId } of [...(output.Versions ?? []), ...(output.DeleteMarkers ?? [])]) {
      if (Key === name && VersionId) await bucket.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))
    }
  } catch (error) {
    bucket.env.log.debug('old versions of the probe stay', { key, code: asEverstowError(error).code })
  }
}
