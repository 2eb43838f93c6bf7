import { createHmac } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Env } from '../../env/env.ts'
import { freeBuffer } from '../../env/node/free-buffer.ts'
import { open, sealInto, TAG_BYTES } from '../../repository/crypto/aead.ts'
import { createMemoryCache, type DataCache } from '../data-cache.ts'
import { BUCKETS, bytesBelow, LEAST_BYTES, roomFor, trimBucket } from './buckets.ts'
import { type CacheKeys, keptCacheKeys, makeCacheKeys } from './cache-keys.ts'

export interface DiskCacheOptions {
  readonly env: Pick<Env, 'files' | 'log' | 'random' | 'secrets'>
  /** The cache's own; safe to delete at any time. */
  readonly folder: string
  /** Default 1 GiB, at least 64 MiB. */
  readonly limitBytes?: number
  /** Runs work that no other process does at the same time. */
  readonly alone: <Result>(work: () => Promise<Result>) => Promise<Result>
}

const LIMIT_BYTES = 1024 ** 3
/** What was used last is had without the disk. */
const FRONT_BYTES = 16 * 1024 * 1024
/** Larger ones would push out too much at once. */
const LARGEST_BYTES = 8 * 1024 * 1024
/** So much may wait to be written before whoever puts more has to wait. */
const WAITING_BYTES = 32 * 1024 * 1024
/** A bucket is looked at again after this part of its share was put into it. */
const LOOKS_A_SHARE = 16

const MAGIC = Buffer.from('EVSTDC01', 'latin1')
const NONCE_BYTES = 12
const HEADER_BYTES = MAGIC.length + NONCE_BYTES

/**
 * A cache in files of its own, sealed under a key that lies with the other secrets of the home. Several processes may use one folder; nothing in it is
 * believed that its seal does not prove, and whatever goes wrong with it only costs reading again.
 */
export function openDiskCache(options: DiskCacheOptions): DataCache {
  const { env, folder, alone } = options
  const { files } = env
  const log = env.log.area('access')
  const limitBytes = Math.max(options.limitBytes ?? LIMIT_BYTES, LEAST_BYTES)
  const front = createMemoryCache(FRONT_BYTES)
  /** How much more may go into a bucket before it is looked at again. */
  const unlooked = new Map<string, number>()
  let knownKeys: Promise<CacheKeys | undefined> | undefined
  let writing: Promise<void> = Promise.resolve()
  /** What is not written yet, by its name: a slow disk may come to it long after the front let it go. */
  const waiting = new Map<string, Uint8Array>()
  let waitingBytes = 0

  function keys(): Promise<CacheKeys | undefined> {
    knownKeys ??= findKeys().catch((error) => {
      log.warn('the key of the cache cannot be had; nothing is kept on the disk', { error })
      return undefined
    })
    return knownKeys
  }

  /** Under a new key whatever lies there can never be opened again. */
  async function findKeys(): Promise<CacheKeys> {
    const kept = await keptCacheKeys(env.secrets)
    if (kept) return kept
    return alone(async () => {
      const meanwhile = await keptCacheKeys(env.secrets)
      if (meanwhile) return meanwhile
      await files.removeTree(folder)
      return makeCacheKeys(env.secrets, env.random)
    })
  }

  /** Where something lies: nothing of its name can be read from it. */
  function placeOf({ id, names }: CacheKeys, name: readonly string[]) {
    const digest = createHmac('sha256', names).update(JSON.stringify(name)).digest()
    const bucket = join(folder, id, String(digest[0]! % BUCKETS).padStart(2, '0'))
    return { digest, bucket, path: join(bucket, digest.toString('hex')) }
  }

  async function fromDisk(name: readonly string[]): Promise<Uint8Array | undefined> {
    const own = await keys()
    if (!own) return undefined
    const { digest, path } = placeOf(own, name)
    const stored = await files.readFile(path).catch(() => undefined)
    if (!stored) return undefined
    try {
      if (stored.length < HEADER_BYTES + TAG_BYTES || !MAGIC.equals(stored.subarray(0, MAGIC.length)))
        throw new Error('not of this cache')
      const nonce = stored.subarray(MAGIC.length, HEADER_BYTES)
      const bytes = open(own.seal, nonce, digest, stored.subarray(HEADER_BYTES), 'cache')
      await files.touch(path).catch(() => {})
      return bytes
    } catch (error) {
      log.debug('what the cache has is damaged', { path, error })
      await files.remove(path).catch(() => {})
      return undefined
    }
  }

  async function toDisk(name: readonly string[], bytes: Uint8Array): Promise<void> {
    const own = await keys()
    if (!own) return
    const { digest, bucket, path } = placeOf(own, name)
    try {
      if (!(await makeRoom(bucket, bytes.length))) return
      // Random nonces under one key: 2^32 of them are never reached.
      const nonce = env.random.bytes(NONCE_BYTES)
      const stored = new Uint8Array(HEADER_BYTES + bytes.length + TAG_BYTES)
      stored.set(MAGIC)
      stored.set(nonce, MAGIC.length)
      sealInto(stored.subarray(HEADER_BYTES), own.seal, nonce, digest, [bytes])
      await files.mkdir(bucket, { mode: 0o700 })
      await files.writeAtomic(path, stored, { mode: 0o600, mayBeLost: true })
      freeBuffer(stored)
    } catch (error) {
      log.debug('not kept in the cache', { path, error })
      // A full disk: others need what is left of it more.
      await trimBucket(files, bucket, LEAST_BYTES / BUCKETS).catch(() => {})
    }
  }

  /** Makes room in a bucket for what comes into it; false where it is too large for its share of what there is. */
  async function makeRoom(bucket: string, bytes: number): Promise<boolean> {
    const left = (unlooked.get(bucket) ?? 0) - bytes
    unlooked.set(bucket, left)
    if (left >= 0) return true
    const share = (await roomFor(files, dirname(folder), limitBytes)) / BUCKETS
    const step = share / LOOKS_A_SHARE
    await trimBucket(files, bucket, Math.max(0, share - step - bytes))
    unlooked.set(bucket, step)
    return bytes <= share
  }

  return {
    limitBytes,

    async get(name) {
      const known = (await front.get(name)) ?? waiting.get(JSON.stringify(name))
      if (known) return known
      const bytes = await fromDisk(name)
      if (bytes) await front.put(name, bytes)
      return bytes
    },

    async put(name, bytes) {
      if (bytes.length > LARGEST_BYTES) return
      // A copy, where a few bytes would hold the block they came from.
      const own = bytes.length * 2 > bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
      await front.put(name, own)
      if (waitingBytes > WAITING_BYTES) await writing
      const key = JSON.stringify(name)
      waiting.set(key, own)
      waitingBytes += own.length
      writing = writing
        .then(() => toDisk(name, own))
        .finally(() => {
          waitingBytes -= own.length
          if (waiting.get(key) === own) waiting.delete(key)
        })
    },

    async sizeBytes() {
      await writing
      return bytesBelow(files, folder)
    },

    async clear() {
      await writing
      await front.clear()
      unlooked.clear()
      await files.removeTree(folder)
    },

    async close() {
      await writing
      await front.clear()
    },
  }
}
