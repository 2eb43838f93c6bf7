import { hasCode } from '../../model/errors.ts'
import type { Credentials } from '../credentials.ts'
import type { ObjectStore } from '../object-store.ts'
import { openClient } from './client.ts'
import type { AzureConfig, AzureEnv } from './config.ts'
import { get, head } from './get.ts'
import { list } from './list.ts'
import { probe } from './probe.ts'
import { put, putIfAbsent } from './put.ts'

export { type AzureConfig, type AzureEnv, azureConfigOf } from './config.ts'

/**
 * A container of Azure Blob Storage. Loads the heavy client and reads the credentials (`credentials-refused`, `credentials-missing` or
 * `invalid-input` when they cannot be what they should), but sends nothing before the first call.
 */
export async function createAzureStore(
  config: AzureConfig,
  credentials: Credentials,
  env: AzureEnv,
): Promise<ObjectStore> {
  const client = await openClient(config, credentials, env)
  const store: Omit<ObjectStore, 'probe' | 'close'> = {
    kind: 'azure',
    // Built from parts: the client's own address may carry a SAS.
    url: (key) => {
      const { origin, pathname } = new URL(client.container.url)
      return `${origin}${pathname}/${client.nameOf(key).split('/').map(encodeURIComponent).join('/')}`
    },
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
      const blob = client.container.getBlobClient(client.nameOf(key))
      try {
        await client.guarded({ key, signal }, (guard) =>
          blob.delete({ deleteSnapshots: 'include', abortSignal: guard.signal }),
        )
      } catch (error) {
        if (!hasCode(error, 'object-missing')) throw error
      }
    },
  }
  return {
    ...store,
    probe: (signal) => probe(client, store, signal),
    close: async () => client.close(),
  }
}
