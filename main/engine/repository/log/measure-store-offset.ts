import type { Clock } from '../../env/clock.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'

/** The store's time less ours in milliseconds, as good as half a request's time: writes a small object and looks at the time it was given. */
export async function measureStoreOffset(
  store: ObjectStore,
  env: { readonly clock: Clock; readonly random: Random },
  signal?: AbortSignal,
): Promise<number> {
  const key = `probe/${randomHex(env.random, 8)}`
  try {
    const beforeMs = env.clock.now()
    const startedMs = env.clock.monotonicMs()
    const { modifiedMs } = await store.put(key, bodyOfBytes(env.random.bytes(8)), { signal, purpose: 'meta' })
    const tookMs = env.clock.monotonicMs() - startedMs
    return Math.round(modifiedMs - (beforeMs + tookMs / 2))
  } finally {
    await store.delete(key, signal).catch(() => {
      // Credentials may not be allowed to delete; eight bytes under `probe/` belong to nobody.
    })
  }
}
