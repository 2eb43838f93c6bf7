import type { Random } from '../../env/random.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { decodeRecord, encodeRecord, type LogRecord, peekRecord, recordHash } from '../format/log-record.ts'
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

/** Records sealed and signed as the format says. */
export function createRecordCodec(keys: RepoKeys, device: DeviceIdentity, random: Random): RecordCodec {
  return {
    encode: (destId, record) => encodeRecord(keys, destId, record, device, random),
    decode: (destId, pos, bytes, publicKeyOf) => decodeRecord(keys, destId, pos, bytes, publicKeyOf),
    peek: (pos, bytes) => peekRecord(keys, pos, bytes),
    hashOf: recordHash,
  }
}
