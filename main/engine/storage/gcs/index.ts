import { hasCode } from '../../model/errors.ts'
import type { Credentials } from '../credentials.ts'
import { checkKey, joinPrefix } from '../keys.ts'
import type { ObjectStore } from '../object-store.ts'
import { openClient } from './client.ts'
import type { GcsConfig, GcsEnv } from './config.ts'
import { get, head } from './get.ts'
import { list } from './list.ts'
import { objectPath } from './object-request.ts'
import { probe } from './probe.ts'
import { put, putIfAbsent } from './put.ts'

export { type GcsConfig, type GcsEnv, gcsConfigOf } from './config.ts'

/**
 * A bucket of Google Cloud Storage. Loads the heavy client and reads the credentials (`credentials-missing`, `credentials-refused` when that
 * fails), but sends nothing before the first call.
 */
export async function createGcsStore(
  config: GcsConfig,
  credentials: Credentials,
  env: GcsEnv,
): Promise<ObjectStore> {
  const client = await openClient(config, credentials, env)
  const nameOf = (key: string): string => joinPrefix(config.prefix, checkKey(key))
  const store: Omit<ObjectStore, 'probe' | 'close'> = {
    kind: 'gcs',
    url: (key) => `gs://${config.bucket}/${nameOf(key)}`,
    put: (key, body, options) => put(client, key, body, options),
    putIfAbsent: (key, bytes, options) => putIfAbsent(client, key, bytes, options),
    get: (key, options) => get(client, key, options),
    head: (key, signal) => head(client, key, signal),
    exists: async (key, signal) => {
      try {
        await head(client, key, signal)
        return true
      } catch (error) {
        if (hasCode(error, 'object-missing')) return false
        throw error
      }
    },
    size: async (key, signal) => (await head(client, key, signal)).sizeBytes,
    list: (options) => list(client, options),
    delete: async (key, signal) => {
      const reply = await client.request({
        method: 'DELETE',
        path: objectPath(client, nameOf(key)),
        key,
        signal,
      })
      if (reply.status >= 200 && reply.status <= 299) return
      const error = client.refusal(reply, key)
      if (error.code !== 'object-missing') throw error
    },
  }
  return {
    ...store,
    probe: (signal) => probe(client, store, signal),
    close: async () => client.close(),
  }
}
