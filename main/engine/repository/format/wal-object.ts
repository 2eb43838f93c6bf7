import { hash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import type { Random } from '../../env/random.ts'
import { NONCE_BYTES, open, seal, TAG_BYTES } from '../crypto/aead.ts'
import { createChunkHasher } from '../crypto/chunk-id.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { damaged } from './damaged.ts'
import { countField, hex32Bytes, parseBoundedJson } from './json-fields.ts'

/** Files of PostgreSQL's write-ahead log and what belongs to them, byte by byte: docs/format/wal.md. */

const MAGIC = Buffer.from('EVSTWL01', 'latin1')
const PREFIX_BYTES = 16
const EPOCH_OFFSET = 8
const HEAD_LENGTH_OFFSET = 12
const WHAT = 'wal'
const LEVEL = 3

/** A ranged read of this much has the whole head of nearly every object. */
export const USUAL_HEAD_BYTES = 4096
/** Restore points are what a head can have many of. */
const LARGEST_HEAD_BYTES = 256 * 1024
export const MOST_POINTS = 512
const LARGEST_CONTENT_BYTES = 1024 * 1024 * 1024

const timeUs = z.int()
const lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/)
const spanning = z.base64().max(256)

const HeadSchema = z.object({
  version: z.literal(1),
  kind: z.enum(['segment', 'partial', 'history', 'label', 'about']),
  /** Of the file before it was compressed. */
  sizeBytes: countField.max(LARGEST_CONTENT_BYTES),
  /** Its content's id: HMAC-SHA-256 under the key that names chunks. */
  contentId: hex32Bytes,
  /** When the file was last written, milliseconds since 1970. */
  closedMs: countField,
  /** Absent where the content follows the head; else the SHA-256 of the sealed content, which lies beside. */
  beside: hex32Bytes.optional(),
  /** Segments whose pages could be read. */
  systemId: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional(),
  postgresMajor: z.int().min(10).max(999).optional(),
  isWhole: z.boolean().optional(),
  lastLsn: lsn.optional(),
  ends: z.object({ count: countField, earliestUs: timeUs, latestUs: timeUs }).optional(),
  points: z
    .array(z.object({ name: z.string().max(64), lsn, timeUs }))
    .max(MOST_POINTS)
    .optional(),
  tail: spanning.optional(),
  head: spanning.optional(),
})

/** What an object says of itself without its content being read. */
export type WalHead = z.infer<typeof HeadSchema>

/** What the maker of an object knows; the rest follows from the content. */
export type WalFacts = Omit<WalHead, 'version' | 'sizeBytes' | 'contentId' | 'beside'>

/** An object as it is sealed: head and content one after the other, wherever they are stored. */
export interface SealedWal {
  readonly head: WalHead
  readonly bytes: Uint8Array
}

/** `wal/<databaseId>/<timeline>/<name>` */
export function walKey(databaseId: string, timeline: string, name: string): string {
  return `wal/${databaseId}/${timeline}/${name}`
}

/** What a database is: for a computer that knows nothing of it. */
export function aboutKey(databaseId: string): string {
  return `${ABOUT_PREFIX}${databaseId}`
}

/** Everything of one database. */
export function walPrefix(databaseId: string): string {
  return `wal/${databaseId}/`
}

/** Of the descriptions of all databases. */
export const ABOUT_PREFIX = 'wal-about/'

const besideKey = (key: string, sha256: string): string => `${key}.${sha256}.body`
const BESIDE = /^(.+)\.[0-9a-f]{64}\.body$/

/** The key of the object whose content lies under this key; undefined for every other key. */
export function ownerOfBeside(key: string): string | undefined {
  return BESIDE.exec(key)?.[1]
}

/** The id of a file's content: equal contents have equal ids, and nobody without the keys can tell which contents those are. */
export function walContentId(keys: RepoKeys, content: Uint8Array): string {
  return Buffer.from(createChunkHasher(keys).idOf(content)).toString('hex')
}

/**
 * Seals a file for its key. Nonces are random: two for each object, far fewer than 2^32 objects share an epoch's key. Content that makes the object larger than
 * `mostBytes` is to lie beside its head.
 */
export function sealWal(
  keys: RepoKeys,
  key: string,
  facts: WalFacts,
  content: Uint8Array,
  { random, mostBytes }: { readonly random: Random; readonly mostBytes: number },
): SealedWal {
  const packed = zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } })
  const contentId = walContentId(keys, content)
  const bodyNonce = random.bytes(NONCE_BYTES)
  const sealedBody = seal(keys.subkey('wal'), bodyNonce, bodyAad(keys, key, contentId), [packed])
  const body = Buffer.concat([bodyNonce, sealedBody])
  const plain: WalHead = { version: 1, sizeBytes: content.length, contentId, ...facts }
  const inline = sealHead(keys, key, plain, random)
  const isLarge = inline.bytes.length + body.length > mostBytes
  const { head, bytes } = isLarge
    ? sealHead(keys, key, { ...plain, beside: hash('sha256', body, 'hex') }, random)
    : inline
  return { head, bytes: Buffer.concat([bytes, body]) }
}

function sealHead(keys: RepoKeys, key: string, unchecked: WalHead, random: Random): SealedWal {
  const head = HeadSchema.parse(unchecked)
  const plain = Buffer.from(JSON.stringify(head))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.set(MAGIC)
  prefix.writeUInt32LE(keys.epoch, EPOCH_OFFSET)
  prefix.writeUInt32LE(plain.length + TAG_BYTES, HEAD_LENGTH_OFFSET)
  const nonce = random.bytes(NONCE_BYTES)
  const sealed = seal(keys.subkey('wal'), nonce, headAad(keys, key, prefix), [plain])
  return { head, bytes: Buffer.concat([prefix, nonce, sealed]) }
}

/** How many bytes from its start an object's head takes; `data-damaged` for bytes that are no such object. */
export function walHeadBytes(start: Uint8Array): number {
  if (start.length < PREFIX_BYTES || !MAGIC.equals(start.subarray(0, MAGIC.length)))
    throw damaged(WHAT, 'magic')
  const sealedBytes = viewOf(start).getUint32(HEAD_LENGTH_OFFSET, true)
  if (sealedBytes > LARGEST_HEAD_BYTES || sealedBytes <= TAG_BYTES) throw damaged(WHAT, 'head')
  return PREFIX_BYTES + NONCE_BYTES + sealedBytes
}

/** The head of the object that lies under `key`; `start` may go on behind it. */
export function openWalHead(keys: RepoKeys, key: string, start: Uint8Array): WalHead {
  const end = walHeadBytes(start)
  if (start.length < end) throw damaged(WHAT, 'cut')
  const prefix = start.subarray(0, PREFIX_BYTES)
  const nonce = start.subarray(PREFIX_BYTES, PREFIX_BYTES + NONCE_BYTES)
  const subkey = keys.subkey('wal', viewOf(start).getUint32(EPOCH_OFFSET, true))
  const sealed = start.subarray(PREFIX_BYTES + NONCE_BYTES, end)
  const plain = open(subkey, nonce, headAad(keys, key, prefix), sealed, WHAT)
  const head = HeadSchema.safeParse(parseBoundedJson(plain, LARGEST_HEAD_BYTES))
  if (!head.success) throw damaged(WHAT, 'json', head.error)
  return head.data
}

/** Under which key the content of an object lies that does not follow its head; undefined where it does. */
export function besideOf(key: string, { beside }: WalHead): string | undefined {
  return beside === undefined ? undefined : besideKey(key, beside)
}

/** The file in an object's head and content, one after the other; `data-damaged` where a byte of either is another. */
export function openWal(
  keys: RepoKeys,
  key: string,
  bytes: Uint8Array,
): { readonly head: WalHead; readonly content: Uint8Array } {
  const head = openWalHead(keys, key, bytes)
  const body = bytes.subarray(walHeadBytes(bytes))
  if (body.length < NONCE_BYTES + TAG_BYTES) throw damaged(WHAT, 'cut')
  const subkey = keys.subkey('wal', viewOf(bytes).getUint32(EPOCH_OFFSET, true))
  const aad = bodyAad(keys, key, head.contentId)
  const packed = open(subkey, body.subarray(0, NONCE_BYTES), aad, body.subarray(NONCE_BYTES), WHAT)
  const content = unpack(packed, head.sizeBytes)
  if (walContentId(keys, content) !== head.contentId) throw damaged(WHAT, 'content')
  return { head, content }
}

function unpack(packed: Uint8Array, sizeBytes: number): Uint8Array {
  try {
    const content = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, sizeBytes) })
    if (content.length === sizeBytes) return content
  } catch (error) {
    throw damaged(WHAT, 'zstd', error)
  }
  throw damaged(WHAT, 'size')
}

function headAad(keys: RepoKeys, key: string, prefix: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, keys.repoId, Buffer.from(`head:${key}`)])
}

function bodyAad(keys: RepoKeys, key: string, contentId: string): Uint8Array {
  return Buffer.concat([MAGIC, keys.repoId, Buffer.from(`body:${contentId}:${key}`)])
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
