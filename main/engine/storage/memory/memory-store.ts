import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Clock } from '../../env/clock.ts'
import type { Random } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import { destroyOnCancel, throwIfCancelled } from '../cancel.ts'
import { checkKey, checkPrefix, compareKeys, joinPrefix } from '../keys.ts'
import { checkConditionalSize, pageLimit } from '../limits.ts'
import type { Body, ObjectInfo, ObjectStore, PutOptions } from '../object-store.ts'
import { probeByUse } from '../probe.ts'
import { rangeWithin } from '../range.ts'
import { createMemoryBucket, type MemoryBucket, type StoredObject } from './bucket.ts'
import { receiveBody } from './receive-body.ts'

export interface MemoryStoreConfig {
  /** What the store holds; a fresh bucket by default. */
  readonly bucket?: MemoryBucket
  readonly prefix?: string
  /** Bodies above this go in parts and resume from the journal. Default 8 MiB. */
  readonly partBytes?: number
}

const STREAM_BYTES = 64 * 1024

/** The reference: an object store in memory with the semantics all backends must have. For tests, simulations and as their model. */
export function createMemoryStore(
  config: MemoryStoreConfig,
  env: { readonly clock: Clock; readonly random: Random },
): ObjectStore {
  const bucket = config.bucket ?? createMemoryBucket()
  const prefix = checkPrefix(config.prefix)
  const partBytes = config.partBytes ?? 8 * 1024 * 1024
  const fullKey = (key: string) => joinPrefix(prefix, checkKey(key))

  function find(key: string): StoredObject {
    const stored = bucket.objects.get(fullKey(key))
    if (!stored) throw new EverstowError('object-missing', { data: { key } })
    return stored
  }

  /** Checks the digests and makes the object visible, in one step that nothing can interleave with. */
  function commit(key: string, bytes: Buffer, options: PutOptions): ObjectInfo {
    const sha256 = digest('sha256', bytes)
    const md5 = digest('md5', bytes)
    refuseOther(key, 'sha256', options.sha256, sha256)
    refuseOther(key, 'md5', options.md5, md5)
    const etag = Buffer.from(env.random.bytes(8)).toString('hex')
    const metadata = { ...options.metadata }
    const stored = { bytes, modifiedMs: env.clock.now(), etag, sha256, md5, metadata }
    bucket.objects.set(fullKey(key), stored)
    return infoOf(key, stored)
  }

  async function put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    fullKey(key)
    throwIfCancelled(options.signal)
    const bytes = await receiveBody(bucket, fullKey(key), body, partBytes, env.random, options)
    try {
      return commit(key, bytes, options)
    } finally {
      await options.journal?.clear()
    }
  }

  const store: ObjectStore = {
    kind: 'memory',
    url: (key) => `memory:///${encodeURI(fullKey(key))}`,
    put,
    async putIfAbsent(key, bytes, options = {}) {
      checkConditionalSize(key, bytes.byteLength)
      throwIfCancelled(options.signal)
      if (bucket.objects.has(fullKey(key))) return 'exists'
      commit(key, Buffer.from(bytes), options)
      return 'created'
    },
    async get(key, options = {}) {
      throwIfCancelled(options.signal)
      const stored = find(key)
      if (options.ifMatch !== undefined && options.ifMatch !== stored.etag) {
        throw new EverstowError('precondition-failed', { data: { key } })
      }
      const { start, end } = rangeWithin(options.range, stored.bytes.byteLength)
      const body = Readable.from(slices(stored.bytes.subarray(start, end)), { objectMode: false })
      return { info: infoOf(key, stored), body: destroyOnCancel(body, options.signal) }
    },
    async head(key, signal) {
      throwIfCancelled(signal)
      return infoOf(key, find(key))
    },
    async exists(key, signal) {
      throwIfCancelled(signal)
      return bucket.objects.has(fullKey(key))
    },
    async size(key, signal) {
      throwIfCancelled(signal)
      return find(key).bytes.byteLength
    },
    async list(options = {}) {
      throwIfCancelled(options.signal)
      const skipped = prefix === '' ? 0 : prefix.length + 1
      const wanted = joinPrefix(prefix, options.prefix ?? '')
      const matching = [...bucket.objects.keys()].filter((key) => key.startsWith(wanted))
      const keys = matching.map((key) => key.slice(skipped)).sort(compareKeys)
      const { cursor } = options
      const rest = cursor === undefined ? keys : keys.filter((key) => compareKeys(key, cursor) > 0)
      const page = rest.slice(0, pageLimit(options.limit))
      const objects = page.map((key) => infoOf(key, find(key)))
      return rest.length > page.length ? { objects, cursor: page.at(-1) } : { objects }
    },
    async delete(key, signal) {
      throwIfCancelled(signal)
      bucket.objects.delete(fullKey(key))
    },
    async probe(signal) {
      const found = await probeByUse(store, env, signal)
      return { writes: true, reads: true, deletes: true, versioning: false, objectLock: false, ...found }
    },
    async close() {},
  }
  return store
}

function infoOf(key: string, stored: StoredObject): ObjectInfo {
  const { modifiedMs, etag, sha256, md5, metadata } = stored
  return { key, sizeBytes: stored.bytes.byteLength, modifiedMs, etag, sha256, md5, metadata }
}

function digest(algorithm: 'sha256' | 'md5', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

function refuseOther(key: string, kind: string, expected: string | undefined, actual: string): void {
  if (expected === undefined || expected.toLowerCase() === actual) return
  throw new EverstowError('checksum-mismatch', { data: { key, kind, expected, actual } })
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += STREAM_BYTES) yield bytes.subarray(at, at + STREAM_BYTES)
}
