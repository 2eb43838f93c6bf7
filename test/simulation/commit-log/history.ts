import { encodeState } from '../../../main/engine/repository/log/checkpoint.ts'
import type { State } from '../../../main/engine/repository/log/state.ts'
import { cheapCodec } from './cheap-codec.ts'

/** One call of one client: when it was made, when it was answered, and what it said. */
export interface Call {
  readonly client: number
  readonly kind: 'append' | 'commit' | 'refresh'
  readonly calledAt: number
  answeredAt?: number
  /** Position of what it appended, or of the end it saw. */
  pos?: number
  rid?: string
  /** commit: the session. */
  b?: number
  /** refresh: the hash of the end it saw. */
  hash?: string
  /** What it failed with; whether it took effect is then open. */
  failure?: string
}

/**
 * What is wrong with a history, as a list of sentences: empty when the log is linearizable, that is, when each call may have taken effect at one moment
 * between being made and answered, in the order of the slots.
 */
export function faultsOf(calls: readonly Call[], slots: readonly Uint8Array[], final: State): string[] {
  const faults: string[] = []
  const records = slots.map((bytes, pos) => cheapCodec.decode('', pos, bytes, () => undefined))
  const rids = records.map(({ rid }) => rid)
  if (new Set(rids).size !== rids.length) faults.push('one record stands in two slots')

  const answered = calls.filter(
    ({ failure, answeredAt }) => failure === undefined && answeredAt !== undefined,
  )
  for (const call of answered) {
    const record = records[call.pos ?? -1]
    if (!record) faults.push(`V4: what client ${call.client} was told stands at ${call.pos} is not there`)
    else if (call.rid !== undefined && record.rid !== call.rid)
      faults.push(`V4: ${call.pos} holds another record than client ${call.client} was told`)
    else if (call.kind === 'commit' && final.sessions.get(call.b ?? -1)?.done !== call.pos)
      faults.push(`V4: session ${call.b} is not done at ${call.pos}`)
    else if (call.kind === 'refresh' && cheapCodec.hashOf(slots[call.pos ?? -1] as Uint8Array) !== call.hash)
      faults.push(`a refresh of client ${call.client} saw a log that never was`)
  }
  for (const before of answered) {
    for (const after of answered) {
      if ((before.answeredAt ?? 0) >= after.calledAt) continue
      const [first, second] = [before.pos ?? 0, after.pos ?? 0]
      // A refresh sees everything that was answered before; a commit may find that it had landed long before.
      const isAppend = after.kind === 'append'
      const inOrder = isAppend ? first < second : after.kind === 'commit' || first <= second
      if (!inOrder) faults.push(`${after.kind} at ${second} called after ${first} was answered`)
    }
  }
  const commits = records.filter(({ type }) => type === 'commit').map(({ body }) => body.b)
  if (new Set(commits).size !== commits.length) faults.push('V3: a session committed twice')
  if (final.alarms.length > 0) faults.push(`a record did not verify: ${JSON.stringify(final.alarms)}`)
  return faults
}

/** V8: whoever replays the log has the same state, byte for byte. */
export function sameStates(states: readonly State[]): boolean {
  const [first, ...others] = states.map((state) => Buffer.from(encodeState(state)))
  return others.every((bytes) => first?.equals(bytes))
}
