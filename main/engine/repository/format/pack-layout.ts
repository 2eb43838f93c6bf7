import { createHmac } from 'node:crypto'
import { EverstowError } from '../../model/errors.ts'
import { NONCE_BYTES, TAG_BYTES } from '../crypto/aead.ts'
import { deriveKey, type RepoKeys } from '../crypto/repo-keys.ts'

/** What lies in a pack: content of files, or directories. */
export type PackKind = 'data' | 'trees'

/** The clear start of a pack: what its key is made from. */
export interface PackHeader {
  readonly kind: PackKind
  readonly epoch: number
  /** 32 bytes. */
  readonly salt: Uint8Array
}

export const PACK_MAGIC = Buffer.from('EVSTPK01', 'latin1')
export const SALT_BYTES = 32
export const PACK_ID_BYTES = 32
export const PACK_HEADER_BYTES = 48
export const COMMITMENT_BYTES = 32
/** `u8 codec ‖ u32 n` at the start of a block's plaintext. */
export const BLOCK_HEAD_BYTES = 5
/** What sealing adds to a block at most: compression is dropped where it does not pay. */
export const BLOCK_OVERHEAD_BYTES = BLOCK_HEAD_BYTES + TAG_BYTES
/** The sealed trailer's own length, at the very end. */
export const TRAILER_LENGTH_BYTES = 4
const TRAILER_ORDINAL = 0xffffffff
/** Bound of one block's plaintext: only a directory with millions of entries comes near. Checked before anything is allocated. */
export const LARGEST_BLOCK_BYTES = 0x40000000
/** Offsets and sizes are u32. */
export const LARGEST_PACK_BYTES = 0xffffffff

export const KIND_CODES: Readonly<Record<PackKind, number>> = { data: 0, trees: 1 }
/** Kinds by their codes. */
export const KINDS: readonly PackKind[] = ['data', 'trees']

/** The key of one pack. Its salt is random, so the counters below never meet the same key twice. */
export function packKeyOf(keys: RepoKeys, epoch: number, salt: Uint8Array): Uint8Array {
  return deriveKey(keys.subkey('pack', epoch), salt, 'pack')
}

/** Proves in the trailer that exactly this key opens the pack (AES-GCM alone does not commit to its key). */
export function packCommitment(packKey: Uint8Array): Uint8Array {
  return createHmac('sha256', packKey).update('everstow/v1/pack-commit').digest()
}

/** The clear start of a pack as stored. */
export function encodePackHeader({ kind, epoch, salt }: PackHeader): Buffer {
  const header = Buffer.alloc(PACK_HEADER_BYTES)
  header.set(PACK_MAGIC)
  header[8] = KIND_CODES[kind]
  header.writeUInt32LE(epoch, 12)
  header.set(salt, 16)
  return header
}

/** Nonces and AADs of one pack. What the functions return is valid until the next call. */
export interface PackSealing {
  /** Set by `blockAad` and `trailerAad` to the nonce that goes with it. */
  readonly nonce: Uint8Array
  blockAad(ordinal: number): Uint8Array
  trailerAad(kind: PackKind): Uint8Array
}

/** The sealing of the pack with that salt: nonces count its blocks, AADs tie them to repository, pack and place. */
export function createPackSealing(repoId: Uint8Array, epoch: number, salt: Uint8Array): PackSealing {
  const nonce = Buffer.alloc(NONCE_BYTES)
  const block = Buffer.concat([repoId, Buffer.from('block'), salt, Buffer.alloc(8)])
  block.writeUInt32LE(epoch, block.length - 4)
  return {
    nonce,
    blockAad(ordinal) {
      nonce.writeUInt32LE(ordinal)
      block.writeUInt32LE(ordinal, block.length - 8)
      return block
    },
    trailerAad(kind) {
      nonce.writeUInt32LE(TRAILER_ORDINAL)
      return Buffer.concat([repoId, Buffer.from('trailer'), encodePackHeader({ kind, epoch, salt })])
    },
  }
}

/**
 * The Padmé size of `lengthBytes` (4 … 2^32 − 1): at most 12 % more, and leaks O(log log n) bits of the length
 * (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019).
 */
export function padme(lengthBytes: number): number {
  const exponent = floorLog2(lengthBytes)
  const step = 2 ** (exponent - (floorLog2(exponent) + 1))
  return Math.ceil(lengthBytes / step) * step
}

/** In integers, because a logarithm that is rounded the wrong way would make another size. */
function floorLog2(value: number): number {
  return 31 - Math.clz32(value)
}

/** The whole size of a pack whose blocks end at `blocksEnd` and whose block table has `tableBytes`. */
export function packSizeOf(blocksEnd: number, tableBytes: number): number {
  return padme(exactSizeOf(blocksEnd, tableBytes))
}

/** The size of such a pack without its padding. */
export function exactSizeOf(blocksEnd: number, tableBytes: number): number {
  return blocksEnd + tableBytes + COMMITMENT_BYTES + TAG_BYTES + TRAILER_LENGTH_BYTES
}

/** A broken promise of the caller, found before anything is written. */
export function misuse(message: string): EverstowError {
  return new EverstowError('internal', { message })
}
