import { createHash } from 'node:crypto'
import { freeBuffer } from '../../env/node/free-buffer.ts'
import { sealInto, TAG_BYTES } from '../crypto/aead.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { assertOpensTo, CODEC_RAW, CODEC_ZSTD, compressBlock } from './block-codec.ts'
import { createBlockTableBuilder } from './block-table.ts'
import {
  BLOCK_HEAD_BYTES,
  BLOCK_OVERHEAD_BYTES,
  COMMITMENT_BYTES,
  createPackSealing,
  encodePackHeader,
  exactSizeOf,
  KIND_CODES,
  LARGEST_BLOCK_BYTES,
  LARGEST_PACK_BYTES,
  misuse,
  PACK_ID_BYTES,
  type PackKind,
  packCommitment,
  packKeyOf,
  packSizeOf,
  SALT_BYTES,
  TRAILER_LENGTH_BYTES,
} from './pack-layout.ts'

export interface PackWriterOptions {
  readonly keys: RepoKeys
  readonly kind: PackKind
  /** Level of zstd. */
  readonly level: number
  /** 32 fresh random bytes. The key of the pack follows from them, so a salt must never be used again. */
  readonly salt: Uint8Array
  /** Takes the next stored bytes, in order. The view is valid only during the call. */
  write(bytes: Uint8Array): void
}

/** Where a block lies in its pack. */
export interface PackedBlock {
  readonly ordinal: number
  readonly offset: number
  readonly storedLength: number
  readonly plainLength: number
}

export interface FinishedPack {
  /** Hex SHA-256 of the stored bytes. */
  readonly packId: string
  readonly sizeBytes: number
  /** Its bytes in an index segment. */
  readonly entry: Uint8Array
}

/** Makes one pack, synchronously, without touching a file system. */
export interface PackWriter {
  /** Bytes written so far: the header and the blocks. */
  readonly sizeBytes: number
  readonly blockCount: number
  /** What `finish` would add now to hide the exact size. */
  readonly paddingBytes: number
  /**
   * Seals the chunks of `plain`, which `chunkTable` lists (`32 bytes id ‖ u32 length` each). What was sealed is opened, decompressed and
   * compared before it is written (`internal` on a difference): faulty memory must not turn into a backup that only looks good.
   * After any error the writer is of no more use.
   */
  addBlock(plain: Uint8Array, chunkTable: Uint8Array, compress: boolean): PackedBlock
  /** Seals the trailer and pads. The writer is used up. */
  finish(): FinishedPack
}

/** Where blocks are sealed, of all writers of a thread: each leaves it within the call that used it. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024)

function scratchOf(lengthBytes: number): Buffer {
  if (scratch.length < lengthBytes) scratch = Buffer.allocUnsafeSlow(lengthBytes)
  return scratch
}

/** Begins a pack: its header is written at once. */
export function createPackWriter({ keys, kind, level, salt, write }: PackWriterOptions): PackWriter {
  if (salt.length !== SALT_BYTES) throw misuse('a pack needs 32 bytes of salt')
  const { epoch } = keys
  const packKey = packKeyOf(keys, epoch, salt)
  // Nonces count blocks: unique under this pack's key, which the salt makes unique.
  const sealing = createPackSealing(keys.repoId, epoch, salt)
  const table = createBlockTableBuilder()
  const digest = createHash('sha256')
  const head = Buffer.alloc(BLOCK_HEAD_BYTES)
  let sizeBytes = 0
  /** False from the start of a call to its success: a block that failed half-way must not have its nonce used again. */
  let isUsable = true

  const put = (bytes: Uint8Array): void => {
    digest.update(bytes)
    write(bytes)
    sizeBytes += bytes.length
  }
  put(encodePackHeader({ kind, epoch, salt }))

  return {
    get sizeBytes() {
      return sizeBytes
    },
    get blockCount() {
      return table.blockCount
    },
    get paddingBytes() {
      return packSizeOf(sizeBytes, table.sizeBytes) - exactSizeOf(sizeBytes, table.sizeBytes)
    },
    addBlock(plain, chunkTable, compress) {
      const offset = sizeBytes
      const ordinal = table.blockCount
      const plainLength = plain.length
      const most = plainLength + BLOCK_OVERHEAD_BYTES
      if (!isUsable) throw misuse('the pack is finished or failed')
      isUsable = false
      if (plainLength === 0 || plainLength > LARGEST_BLOCK_BYTES)
        throw misuse('a block of this size cannot be')
      if (packSizeOf(offset + most, table.sizeBytes + chunkTable.length + 16) > LARGEST_PACK_BYTES)
        throw misuse('the pack is full')

      const compressed = compress ? compressBlock(plain, level) : undefined
      head[0] = compressed ? CODEC_ZSTD : CODEC_RAW
      head.writeUInt32LE(plainLength, 1)
      const sealed = scratchOf(most)
      const aad = sealing.blockAad(ordinal)
      const storedLength = sealInto(sealed, packKey, sealing.nonce, aad, [head, compressed ?? plain])
      if (compressed) freeBuffer(compressed)
      const stored = sealed.subarray(0, storedLength)
      assertOpensTo(plain, packKey, sealing.nonce, aad, stored)
      table.add(offset, storedLength, plainLength, chunkTable)
      put(stored)
      isUsable = true
      return { ordinal, offset, storedLength, plainLength }
    },
    finish() {
      if (!isUsable || table.blockCount === 0) throw misuse('there is no pack to finish')
      isUsable = false
      const blockTable = table.finish()
      const wholeBytes = packSizeOf(sizeBytes, blockTable.length)
      const trailerBytes = wholeBytes - sizeBytes - TRAILER_LENGTH_BYTES
      const zeros = Buffer.alloc(trailerBytes - TAG_BYTES - COMMITMENT_BYTES - blockTable.length)
      const sealed = scratchOf(trailerBytes + TRAILER_LENGTH_BYTES)
      const aad = sealing.trailerAad(kind)
      sealInto(sealed, packKey, sealing.nonce, aad, [blockTable, packCommitment(packKey), zeros])
      sealed.writeUInt32LE(trailerBytes, trailerBytes)
      put(sealed.subarray(0, trailerBytes + TRAILER_LENGTH_BYTES))
      const id = digest.digest()
      return {
        packId: id.toString('hex'),
        sizeBytes,
        entry: encodeEntry(id, sizeBytes, kind, epoch, salt, blockTable),
      }
    },
  }
}

function encodeEntry(
  id: Uint8Array,
  sizeBytes: number,
  kind: PackKind,
  epoch: number,
  salt: Uint8Array,
  blockTable: Uint8Array,
): Uint8Array {
  const fixed = Buffer.alloc(PACK_ID_BYTES + 4 + 1 + 4 + SALT_BYTES)
  fixed.set(id)
  fixed.writeUInt32LE(sizeBytes, 32)
  fixed[36] = KIND_CODES[kind]
  fixed.writeUInt32LE(epoch, 37)
  fixed.set(salt, 41)
  return Buffer.concat([fixed, blockTable])
}
