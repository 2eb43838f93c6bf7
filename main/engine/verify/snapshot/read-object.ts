import type { ObjectStore } from '../../storage/object-store.ts'

/** An object whole. Whoever asks proves it. */
export async function readObject(store: ObjectStore, key: string, signal: AbortSignal): Promise<Uint8Array> {
  const { body } = await store.get(key, { signal })
  return Buffer.concat((await Array.fromAsync(body)) as Buffer[])
}
