import { hkdfSync } from 'node:crypto'
import type { Random } from '../../env/random.ts'
import { Secret, type SecretStore } from '../../env/secrets.ts'

/** The keys of the cache on this computer. */
export interface CacheKeys {
  /** Names the folder that they seal; says nothing of them. 16 hex digits. */
  readonly id: string
  readonly seal: Uint8Array
  readonly names: Uint8Array
}

const NAME = 'data-cache'
const KEY_BYTES = 32

/** The keys that are kept; undefined where there are none, or something that is no key. */
export async function keptCacheKeys(secrets: SecretStore): Promise<CacheKeys | undefined> {
  const text = (await secrets.get(NAME))?.reveal()
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? keysOf(Buffer.from(text, 'hex')) : undefined
}

/** Makes keys and keeps them. The caller is the only one at it. */
export async function makeCacheKeys(secrets: SecretStore, random: Random): Promise<CacheKeys> {
  const key = Buffer.from(random.bytes(KEY_BYTES))
  await secrets.set(NAME, new Secret(key.toString('hex')))
  return keysOf(key)
}

function keysOf(key: Uint8Array): CacheKeys {
  const derived = (label: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `everstow/v1/data-cache/${label}`, bytes))
  return {
    id: derived('id', 8).toString('hex'),
    seal: derived('seal', KEY_BYTES),
    names: derived('names', KEY_BYTES),
  }
}
