import { timingSafeEqual } from 'node:crypto'
import { open, TAG_BYTES } from '../crypto/aead.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { openSealedBlock } from './block-codec.ts'
import { type BlockTable, readBlockTable } from './block-table.ts'
import { damaged } from './damaged.ts'
import {
  COMMITMENT_BYTES,
  createPackSealing,
  KINDS,
  PACK_HEADER_BYTES,
  PACK_MAGIC,
  type PackHeader,
  type PackSealing,
  packCommitment,
  packKeyOf,
  TRAILER_LENGTH_BYTES,
} from './pack-layout.ts'

/** Reads the clear header at the start of a pack. It is proven only when something of the pack opens. */
export function readPackHeader(bytes: Uint8Array): PackHeader {
  if (bytes.length < PACK_HEADER_BYTES) throw damaged('pack', 'cut')
  if (!PACK_MAGIC.equals(bytes.subarray(0, PACK_MAGIC.length))) throw damaged('pack', 'magic')
  const kind = KINDS[bytes[8]!]
  if (!kind || bytes[9] !== 0 || bytes[10] !== 0 || bytes[11] !== 0) throw damaged('pack', 'header')
  const epoch = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(12, true)
  return { kind, epoch, salt: Uint8Array.from(bytes.subarray(16, PACK_HEADER_BYTES)) }
}

/**
 * The chunks of a block, one after another. `sealed` is the block as stored, `ordinal` and `plainLength` are those of its table.
 * The caller compares the ids of the chunks.
 */
export function openBlock(
  keys: RepoKeys,
  header: Pick<PackHeader, 'epoch' | 'salt'>,
  ordinal: number,
  sealed: Uint8Array,
  plainLength: number,
): Uint8Array {
  const { packKey, sealing } = openingOf(keys, header)
  return openSealedBlock(packKey, sealing.nonce, sealing.blockAad(ordinal), sealed, plainLength)
}

/** What opens the blocks and the trailer of one pack. */
interface Opening {
  readonly packKey: Uint8Array
  readonly sealing: PackSealing
}

/** Of the packs that were read last: deriving a key takes a tenth of the time that opening a block does. */
const openings = new WeakMap<RepoKeys, Map<string, Opening>>()
const MOST_OPENINGS = 32

function openingOf(keys: RepoKeys, { epoch, salt }: Pick<PackHeader, 'epoch' | 'salt'>): Opening {
  const ofKeys = openings.get(keys) ?? new Map<string, Opening>()
  openings.set(keys, ofKeys)
  const name = `${epoch}:${Buffer.from(salt.buffer, salt.byteOffset, salt.byteLength).toString('latin1')}`
  const known = ofKeys.get(name)
  if (known) return known
  if (ofKeys.size === MOST_OPENINGS) ofKeys.clear()
  const made = {
    packKey: packKeyOf(keys, epoch, salt),
    sealing: createPackSealing(keys.repoId, epoch, salt),
  }
  ofKeys.set(name, made)
  return made
}

/** Where the sealed trailer of a pack lies, from the pack's last four bytes. */
export function trailerRange(
  lastFourBytes: Uint8Array,
  packSizeBytes: number,
): { readonly start: number; readonly end: number } {
  if (lastFourBytes.length !== TRAILER_LENGTH_BYTES) throw damaged('pack', 'cut')
  const length = new DataView(lastFourBytes.buffer, lastFourBytes.byteOffset).getUint32(0, true)
  const end = packSizeBytes - TRAILER_LENGTH_BYTES
  if (length < TAG_BYTES + COMMITMENT_BYTES || end - length < PACK_HEADER_BYTES)
    throw damaged('pack', 'trailer-length')
  return { start: end - length, end }
}

/** Opens the trailer of a pack of `packSizeBytes`: its commitment, its padding and its whole table are checked. */
export function openTrailer(
  keys: RepoKeys,
  header: PackHeader,
  sealedTrailer: Uint8Array,
  packSizeBytes: number,
): BlockTable {
  const { packKey, sealing } = openingOf(keys, header)
  const aad = sealing.trailerAad(header.kind)
  const plain = open(packKey, sealing.nonce, aad, sealedTrailer, 'pack')
  const table = readBlockTable(plain, 0, packSizeBytes, 'pack')
  if (table.blocksEnd !== packSizeBytes - TRAILER_LENGTH_BYTES - sealedTrailer.length)
    throw damaged('pack', 'trailer-length')
  const commitmentStart = table.bytes.length
  const commitment = plain.subarray(commitmentStart, commitmentStart + COMMITMENT_BYTES)
  if (commitment.length !== COMMITMENT_BYTES || !timingSafeEqual(commitment, packCommitment(packKey)))
    throw damaged('pack', 'commitment')
  if (plain.subarray(commitmentStart + COMMITMENT_BYTES).some((byte) => byte !== 0))
    throw damaged('pack', 'padding')
  return table
}

/** Header and table of a pack that is there as a whole. */
export function openPack(
  keys: RepoKeys,
  bytes: Uint8Array,
): { readonly header: PackHeader; readonly table: BlockTable } {
  const header = readPackHeader(bytes)
  const { start, end } = trailerRange(bytes.subarray(-TRAILER_LENGTH_BYTES), bytes.length)
  return { header, table: openTrailer(keys, header, bytes.subarray(start, end), bytes.length) }
}
