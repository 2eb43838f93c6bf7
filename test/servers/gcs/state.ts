import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApiError, conditionNotMet, noSuchBucket, noSuchObject } from './api-error.ts'
import { crc32cText, crc32cUpdate } from './crc32c.ts'

/** Larger bodies lie in files. */
const IN_MEMORY_BYTES = 1024 * 1024

export interface BucketConfig {
  readonly name: string
  readonly versioning?: boolean
  /** Seconds during which an object can be neither deleted nor replaced. */
  readonly retentionSeconds?: number
}

/** The bytes of an object: small ones in memory, large ones in a file. */
export type Content = { readonly bytes: Buffer } | { readonly file: string }

/** One generation of an object. */
export interface StoredObject {
  readonly bucket: string
  readonly name: string
  readonly generation: bigint
  metageneration: number
  readonly sizeBytes: number
  readonly content: Content
  readonly md5: string
  readonly crc32c: string
  contentType: string
  contentEncoding: string | undefined
  storageClass: string
  metadata: Record<string, string>
  readonly createdMs: number
  updatedMs: number
}

export interface Bucket {
  readonly config: BucketConfig
  readonly createdMs: number
  readonly live: Map<string, StoredObject>
  /** Earlier generations, kept where the bucket has versions. */
  readonly noncurrent: StoredObject[]
}

/** What an upload asks to be kept beside the bytes; hashes are demands. */
export interface ObjectResource {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly storageClass?: string
  readonly metadata?: Record<string, string>
  readonly md5Hash?: string
  readonly crc32c?: string
}

export interface State {
  readonly buckets: Map<string, Bucket>
  readonly folder: string
  /** The server's own time, milliseconds. */
  now(): number
  nextGeneration(): bigint
  nextFile(): string
}

export function createState(folder: string, now: () => number): State {
  let generation = 0n
  let files = 0
  return {
    buckets: new Map(),
    folder,
    now,
    nextGeneration: () => {
      const candidate = BigInt(now()) * 1000n
      generation = candidate > generation ? candidate : generation + 1n
      return generation
    },
    nextFile: () => join(folder, `body-${++files}`),
  }
}

export function bucketOf(state: State, name: string): Bucket {
  const bucket = state.buckets.get(name)
  if (!bucket) throw noSuchBucket()
  return bucket
}

/** The live generation, or the one that is asked for. */
export function objectOf(bucket: Bucket, name: string, generation?: string): StoredObject {
  const live = bucket.live.get(name)
  const candidates = [...(live ? [live] : []), ...bucket.noncurrent.filter((old) => old.name === name)]
  const found = generation === undefined ? live : candidates.find((o) => String(o.generation) === generation)
  if (!found) throw noSuchObject(bucket.config.name, name)
  return found
}

/** The preconditions of the query, as the API defines them: generation 0 means "nothing there". */
export function checkPreconditions(query: URLSearchParams, object: StoredObject | undefined): void {
  const generation = object ? String(object.generation) : '0'
  const metageneration = object ? String(object.metageneration) : undefined
  const fails =
    (query.has('ifGenerationMatch') && query.get('ifGenerationMatch') !== generation) ||
    (query.has('ifMetagenerationMatch') && query.get('ifMetagenerationMatch') !== metageneration)
  if (fails) throw conditionNotMet()
  const same =
    (query.has('ifGenerationNotMatch') && query.get('ifGenerationNotMatch') === generation) ||
    (query.has('ifMetagenerationNotMatch') && query.get('ifMetagenerationNotMatch') === metageneration)
  if (same) throw new ApiError(304, 'notModified', 'Not Modified')
}

/** Refuses to touch what the bucket's retention policy protects. */
export function checkRetention(state: State, bucket: Bucket, object: StoredObject | undefined): void {
  const seconds = bucket.config.retentionSeconds
  if (!object || seconds === undefined || state.now() >= object.createdMs + seconds * 1000) return
  throw new ApiError(
    403,
    'retentionPolicyNotMet',
    `Object '${bucket.config.name}/${object.name}' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until ${new Date(object.createdMs + seconds * 1000).toISOString()}`,
  )
}

/** Running digests of a body. */
export interface Digests {
  readonly md5: Hash
  crc: number
  sizeBytes: number
}

export const newDigests = (): Digests => ({ md5: createHash('md5'), crc: 0, sizeBytes: 0 })

export function digest(digests: Digests, bytes: Uint8Array): void {
  digests.md5.update(bytes)
  digests.crc = crc32cUpdate(digests.crc, bytes)
  digests.sizeBytes += bytes.byteLength
}

/** Makes the object visible after every demanded hash was compared; preconditions and retention are checked in the same breath. */
export function commitObject(
  state: State,
  bucket: Bucket,
  name: string,
  content: Content,
  digests: Digests,
  resource: ObjectResource,
  query: URLSearchParams,
  googHash: string | undefined,
): StoredObject {
  const md5 = digests.md5.copy().digest('base64')
  const crc32c = crc32cText(digests.crc)
  const demands = [
    { md5: resource.md5Hash, crc32c: resource.crc32c },
    Object.fromEntries(
      (googHash ?? '')
        .split(',')
        .map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1)]),
    ) as { md5?: string; crc32c?: string },
  ]
  for (const demand of demands) {
    if (demand.md5 !== undefined && demand.md5 !== md5) throw mismatch('MD5 hash', demand.md5, md5)
    if (demand.crc32c !== undefined && demand.crc32c !== crc32c)
      throw mismatch('CRC32C', demand.crc32c, crc32c)
  }
  const before = bucket.live.get(name)
  checkPreconditions(query, before)
  checkRetention(state, bucket, before)
  const nowMs = state.now()
  const object: StoredObject = {
    bucket: bucket.config.name,
    name,
    generation: state.nextGeneration(),
    metageneration: 1,
    sizeBytes: digests.sizeBytes,
    content,
    md5,
    crc32c,
    contentType: resource.contentType ?? 'application/octet-stream',
    contentEncoding: resource.contentEncoding,
    storageClass: resource.storageClass ?? 'STANDARD',
    metadata: resource.metadata ?? {},
    createdMs: nowMs,
    updatedMs: nowMs,
  }
  retire(bucket, before)
  bucket.live.set(name, object)
  return object
}

/** Takes a generation out of sight; its bytes go too, unless the bucket keeps versions. */
export function retire(bucket: Bucket, object: StoredObject | undefined): void {
  if (!object) return
  if (bucket.live.get(object.name) === object) bucket.live.delete(object.name)
  if (bucket.config.versioning) bucket.noncurrent.push(object)
  else if ('file' in object.content) rmSync(object.content.file, { force: true })
}

/** Small bodies stay in memory, large ones go to a file. */
export function keep(state: State, bytes: Buffer): Content {
  if (bytes.length <= IN_MEMORY_BYTES) return { bytes }
  const file = state.nextFile()
  writeFileSync(file, bytes)
  return { file }
}

/** Bytes [start, end) of an object. */
export function readContent(object: StoredObject, start: number, end: number): Buffer {
  if ('bytes' in object.content) return object.content.bytes.subarray(start, end)
  const buffer = Buffer.alloc(end - start)
  const descriptor = openSync(object.content.file, 'r')
  try {
    readSync(descriptor, buffer, 0, buffer.length, start)
  } finally {
    closeSync(descriptor)
  }
  return buffer
}

function mismatch(what: string, sent: string, computed: string): ApiError {
  return new ApiError(
    400,
    'invalid',
    `Provided ${what} "${sent}" doesn't match calculated ${what} "${computed}".`,
  )
}
