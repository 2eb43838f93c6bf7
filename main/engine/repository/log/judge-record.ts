import { EverstowError } from '../../model/errors.ts'
import type { LogRecord } from '../format/log-record.ts'
import type { PlainRecord } from './plain-record.ts'
import { BODIES, type IdsOrList, isRecordType, type RecordBody, type RecordType } from './record-bodies.ts'
import type { RecordCodec } from './record-codec.ts'
import type { AlarmReason, LogEntry, State } from './state.ts'

/** Fetches the ids of a list object; fails with `data-damaged` or `object-missing`. */
export type LoadList = (list: { readonly list: string; readonly b: number }) => Promise<readonly string[]>

/** A record with its body checked, lists as they were written. */
export type TypedRecord = {
  readonly [Type in RecordType]: Omit<LogRecord, 'type' | 'body'> & {
    readonly type: Type
    readonly body: RecordBody<Type>
  }
}[RecordType]

interface Judged {
  readonly record?: TypedRecord
  readonly fault?: AlarmReason
}

/** Verifies the bytes of the slot that follows `state`: seal, shape, position, signature and chain. Whether it may stand there is the replay's to say. */
export function judgeRecord(codec: RecordCodec, state: State, pos: number, bytes: Uint8Array): Judged {
  const judged = openAndVerify(codec, state, pos, bytes)
  const { record, fault } = judged
  return record && !fault && record.prev !== state.hash ? { record, fault: 'chain' } : judged
}

/** The judged slot with the lists of its record in place. A list that is lost or damaged makes it unreadable. */
export async function entryOf(
  judged: Judged,
  pos: number,
  hash: string,
  loadList: LoadList,
): Promise<LogEntry> {
  const fault = judged.fault ? { fault: judged.fault } : {}
  if (!judged.record) return { pos, hash, ...fault }
  try {
    return { pos, hash, ...fault, record: await withLists(judged.record, loadList) }
  } catch (error) {
    const isLost = error instanceof EverstowError && LOST_LIST.has(error.code)
    if (isLost) return { pos, hash, fault: 'unreadable' }
    throw error
  }
}

const LOST_LIST: ReadonlySet<string> = new Set(['object-missing', 'data-damaged'])

function openAndVerify(codec: RecordCodec, state: State, pos: number, bytes: Uint8Array): Judged {
  const publicKeyOf = (deviceId: string): Uint8Array | undefined => {
    const device = state.devices.get(deviceId)
    return device && Buffer.from(device.publicKey, 'hex')
  }
  const destId = pos === 0 ? destinationOf(codec, bytes) : state.destId
  if (destId === undefined) return { fault: 'unreadable' }
  try {
    return typed(codec.decode(destId, pos, bytes, publicKeyOf), pos) ?? { fault: 'unreadable' }
  } catch (error) {
    if (!(error instanceof EverstowError) || error.code !== 'log-damaged') throw error
    const { reason } = error.data
    const fault = reason === 'signature' ? reason : reason === 'unknown-device' ? 'device' : undefined
    // Someone with the keys wrote it, so that what it names can be protected, though nothing of it counts.
    const peeked = fault && typed(codec.peek(pos, bytes) as LogRecord, pos)
    return peeked ? { record: peeked.record, fault } : { fault: 'unreadable' }
  }
}

function typed(record: LogRecord, pos: number): { readonly record: TypedRecord } | undefined {
  const { type } = record
  if (!isRecordType(type)) throw new EverstowError('repository-newer', { data: { pos, feature: type } })
  const body = BODIES[type].safeParse(record.body)
  // `type` was looked up together with its schema, which the compiler cannot follow.
  return body.success ? { record: { ...record, body: body.data } as TypedRecord } : undefined
}

/** The destination's id out of its record 0, which nothing else tells. */
export function destinationOf(codec: RecordCodec, firstRecord: Uint8Array): string | undefined {
  const record = codec.peek(0, firstRecord) as { readonly body?: unknown } | undefined
  const body = BODIES.genesis.safeParse(record?.body)
  return body.success ? body.data.dest : undefined
}

async function withLists(record: TypedRecord, loadList: LoadList): Promise<PlainRecord> {
  const inPlace = async (ids: IdsOrList): Promise<readonly string[]> =>
    Array.isArray(ids) ? ids : loadList(ids as Exclude<IdsOrList, readonly string[]>)
  switch (record.type) {
    case 'commit': {
      const { snaps, idx } = record.body
      return { ...record, body: { ...record.body, snaps: await inPlace(snaps), idx: await inPlace(idx) } }
    }
    case 'repack': {
      const { idx, drop } = record.body
      return { ...record, body: { ...record.body, idx: await inPlace(idx), drop: await inPlace(drop) } }
    }
    default:
      return record
  }
}
