import { hash } from 'node:crypto'
import type { Random } from '../../env/random.ts'
import { NONCE_BYTES, open, seal, TAG_BYTES } from '../crypto/aead.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { damaged } from './damaged.ts'

export type SealedType = 'index' | 'snap' | 'list' | 'ckpt'

const MAGIC = Buffer.from('EVSTOB01', 'latin1')
const TYPE_CODES: Readonly<Record<SealedType, number>> = { index: 1, snap: 2, list: 3, ckpt: 4 }
/** The magic, the type and the epoch: authenticated as they stand. */
const PREFIX_BYTES = 16
/** What stands before the ciphertext. */
export const SEALED_HEADER_BYTES = PREFIX_BYTES + NONCE_BYTES
const EPOCH_OFFSET = 12

/** Seals an object that stands under the hash of its bytes. The nonce is random: far fewer than 2^32 objects share an epoch's key. */
export function sealObject(
  keys: RepoKeys,
  type: SealedType,
  plain: Uint8Array,
  random: Random,
): { readonly id: string; readonly bytes: Uint8Array } {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.set(MAGIC)
  prefix[8] = TYPE_CODES[type]
  prefix.writeUInt32LE(keys.epoch, EPOCH_OFFSET)
  const nonce = random.bytes(NONCE_BYTES)
  const aad = Buffer.concat([prefix, keys.repoId])
  const bytes = Buffer.concat([prefix, nonce, seal(keys.subkey(type), nonce, aad, [plain])])
  return { id: hash('sha256', bytes, 'hex'), bytes }
}

/** The content of a sealed object; `data-damaged` when it is not of this type, this repository or, where given, this id. */
export function openObject(
  keys: RepoKeys,
  type: SealedType,
  bytes: Uint8Array,
  expectedId?: string,
): Uint8Array {
  if (bytes.length < SEALED_HEADER_BYTES + TAG_BYTES) throw damaged(type, 'cut')
  if (expectedId !== undefined && hash('sha256', bytes, 'hex') !== expectedId) throw damaged(type, 'hash')
  const prefix = bytes.subarray(0, PREFIX_BYTES)
  if (!MAGIC.equals(prefix.subarray(0, MAGIC.length))) throw damaged(type, 'magic')
  if (prefix[8] !== TYPE_CODES[type] || prefix[9] !== 0 || prefix[10] !== 0 || prefix[11] !== 0)
    throw damaged(type, 'type')
  const epoch = epochOfObject(bytes)
  const nonce = bytes.subarray(PREFIX_BYTES, SEALED_HEADER_BYTES)
  const aad = Buffer.concat([prefix, keys.repoId])
  return open(keys.subkey(type, epoch), nonce, aad, bytes.subarray(SEALED_HEADER_BYTES), type)
}

/** The epoch that the head of a sealed object names, 0 where it is cut off; only opening the object proves it. */
export function epochOfObject(bytes: Uint8Array): number {
  if (bytes.length < PREFIX_BYTES) return 0
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(EPOCH_OFFSET, true)
}
