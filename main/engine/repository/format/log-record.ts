import { createPublicKey, hash, verify } from 'node:crypto'
import { z } from 'zod'
import type { Random } from '../../env/random.ts'
import { EverstowError, hasCode } from '../../model/errors.ts'
import { NONCE_BYTES, open, seal, TAG_BYTES } from '../crypto/aead.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { countField, hex16Bytes, hex32Bytes, parseBoundedJson, timeField } from './json-fields.ts'

export const LARGEST_RECORD_BYTES = 64 * 1024
/** `prev` of record 0. */
export const NO_RECORD_HASH = '0'.repeat(64)

const MAGIC = Buffer.from('EVSTLG01', 'latin1')
const HEADER_BYTES = MAGIC.length + 4 + NONCE_BYTES + 4
/** A record ends in a signature of so many bytes. */
export const SIGNATURE_BYTES = 64
/** SubjectPublicKeyInfo of a raw Ed25519 key (RFC 8410). */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

const schema = z.object({
  pos: countField,
  /** Hash of the record before, as `recordHash` gives it; NO_RECORD_HASH for record 0. */
  prev: hex32Bytes,
  /** 16 random bytes: tells one's own record again after an answer that got lost. */
  rid: hex16Bytes,
  device: hex16Bytes,
  type: z.string().min(1).max(32),
  /** The store's time, informative. */
  at: timeField,
  /** What other destinations' logs were last seen to end with. */
  seen: z.array(z.object({ dest: hex16Bytes, pos: countField, hash: hex32Bytes })),
  body: z.custom<Readonly<Record<string, unknown>>>(
    (body) => typeof body === 'object' && body !== null && !Array.isArray(body),
  ),
})

/** How `genesis` and `device+` introduce the device that signs them; the key is a raw Ed25519 public key. */
const introductionSchema = z.object({ device: z.object({ id: hex16Bytes, publicKey: hex32Bytes }) })
const INTRODUCING: ReadonlySet<string> = new Set(['genesis', 'device+'])

/** One record of a destination's log, ids in lower-case hex. What a `body` means is the log's affair: it checks it against `type`. */
export type LogRecord = Readonly<z.infer<typeof schema>>

/** Who signs: the part of a device's identity that a record needs. */
export interface RecordSigner {
  readonly id: string
  /** Ed25519 over the bytes: 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
}

/** The hash that the next record names as `prev`. */
export function recordHash(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/** The stored bytes of a record; `internal` when it is not well-formed, not the signer's or larger than 64 KiB. */
export function encodeRecord(
  keys: RepoKeys,
  destId: string,
  record: LogRecord,
  signer: RecordSigner,
  random: Random,
): Uint8Array {
  const checked = parseRecord(record)
  if (typeof checked === 'string' || checked.device !== signer.id)
    throw new EverstowError('internal', { message: `not a record to write: ${record.type}` })
  const nonce = random.bytes(NONCE_BYTES)
  const aad = recordAad(keys, keys.epoch, checked.pos)
  const text = Buffer.from(JSON.stringify(checked))
  const sealed = seal(keys.subkey('log'), nonce, aad, [text])
  const header = Buffer.alloc(HEADER_BYTES)
  header.set(MAGIC)
  header.writeUInt32LE(keys.epoch, 8)
  header.set(nonce, 12)
  header.writeUInt32LE(sealed.length, 24)
  const signature = signer.sign(signedMessage(keys, destId, checked, sealed))
  const bytes = Buffer.concat([header, sealed, signature])
  if (bytes.length > LARGEST_RECORD_BYTES || signature.length !== SIGNATURE_BYTES)
    throw new EverstowError('internal', { message: `a record of ${bytes.length} bytes cannot be written` })
  return bytes
}

/**
 * Opens and verifies the record at `pos` of the log of `destId`: seal, shape, position and signature; the caller compares `prev`.
 * `genesis` and `device+` are signed with the key that they bring, all others with what `publicKeyOf` (raw, 32 bytes) knows of their device.
 * `log-damaged` for anything wrong, `key-missing` for an unknown epoch.
 */
export function decodeRecord(
  keys: RepoKeys,
  destId: string,
  pos: number,
  bytes: Uint8Array,
  publicKeyOf: (deviceId: string) => Uint8Array | undefined,
): LogRecord {
  const wrong = (reason: string, cause?: unknown): EverstowError =>
    new EverstowError('log-damaged', { data: { place: destId, pos, reason }, cause })
  const { sealed, plain } = openRecord(keys, pos, bytes, wrong)
  const json = parseBoundedJson(plain, LARGEST_RECORD_BYTES)
  const record = parseRecord(json)
  if (typeof record === 'string') throw wrong(record)
  if (record.pos !== pos) throw wrong('position')
  const publicKey = signingKey(record, publicKeyOf)
  if (!publicKey) throw wrong('unknown-device')
  const message = signedMessage(keys, destId, record, sealed)
  if (!isSignedBy(publicKey, message, bytes.subarray(-SIGNATURE_BYTES))) throw wrong('signature')
  return record
}

/**
 * What a record says when only its seal is asked, not its shape or signature: someone with the keys wrote it, at this position of some log of
 * this repository. `undefined` when it does not open or holds no JSON.
 */
export function peekRecord(keys: RepoKeys, pos: number, bytes: Uint8Array): unknown {
  const unopenable = new EverstowError('log-damaged')
  try {
    return parseBoundedJson(openRecord(keys, pos, bytes, () => unopenable).plain, LARGEST_RECORD_BYTES)
  } catch (error) {
    if (error === unopenable) return undefined
    throw error
  }
}

function openRecord(
  keys: RepoKeys,
  pos: number,
  bytes: Uint8Array,
  wrong: (reason: string, cause?: unknown) => EverstowError,
): { readonly sealed: Uint8Array; readonly plain: Uint8Array } {
  if (bytes.length > LARGEST_RECORD_BYTES) throw wrong('size')
  if (bytes.length < HEADER_BYTES + TAG_BYTES + SIGNATURE_BYTES) throw wrong('cut')
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length))) throw wrong('magic')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const epoch = view.getUint32(8, true)
  const sealedLength = view.getUint32(24, true)
  if (HEADER_BYTES + sealedLength + SIGNATURE_BYTES !== bytes.length) throw wrong('length')
  const nonce = bytes.subarray(12, 12 + NONCE_BYTES)
  const sealed = bytes.subarray(HEADER_BYTES, HEADER_BYTES + sealedLength)
  const key = keys.subkey('log', epoch)
  try {
    return { sealed, plain: open(key, nonce, recordAad(keys, epoch, pos), sealed, 'log') }
  } catch (error) {
    throw hasCode(error, 'data-damaged') ? wrong('seal', error) : error
  }
}

/** The record with its fields in the order of the format, or what is wrong with it. */
function parseRecord(json: unknown): LogRecord | 'shape' | 'genesis' {
  const parsed = schema.safeParse(json)
  if (!parsed.success) return 'shape'
  const { pos, prev, type } = parsed.data
  const isFirst = pos === 0
  return isFirst === (type === 'genesis') && isFirst === (prev === NO_RECORD_HASH) ? parsed.data : 'genesis'
}

/** The key that a record must be signed with. */
function signingKey(
  record: LogRecord,
  publicKeyOf: (deviceId: string) => Uint8Array | undefined,
): Uint8Array | undefined {
  if (!INTRODUCING.has(record.type)) return publicKeyOf(record.device)
  const introduction = introductionSchema.safeParse(record.body)
  if (!introduction.success || introduction.data.device.id !== record.device) return undefined
  return Buffer.from(introduction.data.device.publicKey, 'hex')
}

function recordAad(keys: RepoKeys, epoch: number, pos: number): Buffer {
  const numbers = Buffer.alloc(4)
  numbers.writeUInt32LE(epoch)
  return Buffer.concat([MAGIC, numbers, keys.repoId, positionBytes(pos)])
}

function signedMessage(keys: RepoKeys, destId: string, record: LogRecord, sealed: Uint8Array): Buffer {
  return Buffer.concat([
    keys.repoId,
    Buffer.from(destId, 'hex'),
    positionBytes(record.pos),
    Buffer.from(record.prev, 'hex'),
    hash('sha256', sealed, 'buffer'),
  ])
}

function positionBytes(pos: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(pos))
  return bytes
}

function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const spki = Buffer.concat([ED25519_SPKI_PREFIX, publicKey])
  try {
    return verify(null, message, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature)
  } catch {
    // Bytes that are no Ed25519 key have signed nothing.
    return false
  }
}
