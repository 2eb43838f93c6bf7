import { crc32 } from 'node:zlib'

/** A finished pack of a session: durable in its folder, not yet anywhere else for certain. */
export interface SessionPack {
  /** Hex. */
  readonly packId: string
  readonly sizeBytes: number
  /** Its bytes in an index segment. */
  readonly entry: Uint8Array
}

/** `u32 CRC-32 of the rest ‖ u32 bytes of the rest ‖ entry`; an entry begins with the pack's id and size. */
const FRAME_BYTES = 8
const SIZE_AT = 32
const LEAST_ENTRY_BYTES = 36

/** One record of `packs.journal`. */
export function encodePackRecord(pack: SessionPack): Uint8Array {
  const record = Buffer.alloc(FRAME_BYTES + pack.entry.length)
  record.set(pack.entry, FRAME_BYTES)
  record.writeUInt32LE(pack.entry.length, 4)
  record.writeUInt32LE(crc32(pack.entry), 0)
  return record
}

/** The packs of a journal, up to the first record that is cut off or damaged. */
export function decodePackJournal(bytes: Buffer): SessionPack[] {
  const packs: SessionPack[] = []
  for (let at = 0; at + FRAME_BYTES <= bytes.length; ) {
    const end = at + FRAME_BYTES + bytes.readUInt32LE(at + 4)
    const entry = bytes.subarray(at + FRAME_BYTES, end)
    if (end > bytes.length || entry.length < LEAST_ENTRY_BYTES || crc32(entry) !== bytes.readUInt32LE(at))
      break
    packs.push({
      packId: entry.toString('hex', 0, SIZE_AT),
      sizeBytes: entry.readUInt32LE(SIZE_AT),
      entry,
    })
    at = end
  }
  return packs
}
