import type { RepoKeys } from '../crypto/repo-keys.ts'
import { KIND_CODES, PACK_ID_BYTES, SALT_BYTES } from '../format/pack-layout.ts'
import { openPack } from '../format/pack-reader.ts'

/** What an index segment says of a whole pack, made from the pack itself; `data-damaged` where its header, trailer or table is not right. */
export function entryOfPack(keys: RepoKeys, packId: string, bytes: Uint8Array): Uint8Array {
  const { header, table } = openPack(keys, bytes)
  const fixed = Buffer.alloc(PACK_ID_BYTES + 4 + 1 + 4 + SALT_BYTES)
  fixed.write(packId, 'hex')
  fixed.writeUInt32LE(bytes.length, 32)
  fixed[36] = KIND_CODES[header.kind]
  fixed.writeUInt32LE(header.epoch, 37)
  fixed.set(header.salt, 41)
  return Buffer.concat([fixed, table.bytes])
}
