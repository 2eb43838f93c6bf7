import type { Random } from '../../env/random.ts'
import { hasCode } from '../../model/errors.ts'
import { NONCE_BYTES, open, TAG_BYTES } from '../crypto/aead.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { parseBoundedJson } from '../format/json-fields.ts'
import {
  decodeRecord,
  encodeRecord,
  LARGEST_RECORD_BYTES,
  type LogRecord,
  recordHash,
} from '../format/log-record.ts'
import type { DeviceIdentity } from '../keys/device-identity.ts'

/** How records become bytes: the real way below; simulations of many schedules bring a cheap one. */
export interface RecordCodec {
  encode(destId: string, record: LogRecord): Uint8Array
  /** Opens and verifies, as `decodeRecord` does; the caller compares `prev`. */
  decode(
    destId: string,
    pos: number,
    bytes: Uint8Array,
    publicKeyOf: (deviceId: string) => Uint8Array | undefined,
  ): LogRecord
  /** What a record says, sealed by someone with the keys but with nothing else verified; `undefined` when it does not open. */
  peek(pos: number, bytes: Uint8Array): unknown
  hashOf(bytes: Uint8Array): string
}

const MAGIC = Buffer.from('EVSTLG01', 'latin1')
const HEADER_BYTES = 28
const SIGNATURE_BYTES = 64

/** Records sealed and signed as the format says. */
export function createRecordCodec(keys: RepoKeys, device: DeviceIdentity, random: Random): RecordCodec {
  return {
    encode: (destId, record) => encodeRecord(keys, destId, record, device, random),
    decode: (destId, pos, bytes, publicKeyOf) => decodeRecord(keys, destId, pos, bytes, publicKeyOf),
    peek: (pos, bytes) => peekRecord(keys, pos, bytes),
    hashOf: recordHash,
  }
}

/** The layout is that of `format/log-record.ts`; here only the seal is asked, because record 0 is what tells whom to believe. */
function peekRecord(keys: RepoKeys, pos: number, bytes: Uint8Array): unknown {
  const end = bytes.length - SIGNATURE_BYTES
  if (bytes.length > LARGEST_RECORD_BYTES || end < HEADER_BYTES + TAG_BYTES) return undefined
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const position = Buffer.alloc(8)
  position.writeBigUInt64LE(BigInt(pos))
  const aad = Buffer.concat([MAGIC, header.subarray(8, 12), keys.repoId, position])
  const nonce = header.subarray(12, 12 + NONCE_BYTES)
  const key = keys.subkey('log', header.readUInt32LE(8))
  try {
    return parseBoundedJson(
      open(key, nonce, aad, bytes.subarray(HEADER_BYTES, end), 'log'),
      LARGEST_RECORD_BYTES,
    )
  } catch (error) {
    if (hasCode(error, 'data-damaged')) return undefined
    throw error
  }
}
