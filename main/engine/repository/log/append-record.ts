import type { Clock } from '../../env/clock.ts'
import type { Log } from '../../env/log.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { sleep } from '../../storage/again.ts'
import { throwIfCancelled } from '../../storage/cancel.ts'
import type { LogRecord } from '../format/log-record.ts'
import type { LogSlots } from './log-slots.ts'
import { putSlot } from './put-slot.ts'
import type { RecordBody, RecordType } from './record-bodies.ts'
import type { RecordCodec } from './record-codec.ts'
import { refuseToWrite } from './refuse-to-write.ts'
import type { SeenHead } from './remembered-heads.ts'
import type { LogEntry, State } from './state.ts'

export interface AppendOptions {
  /** Looks at the state that the record would follow; `stop` gives up. Called again whenever somebody else was faster. */
  readonly precheck?: (state: State) => 'stop' | undefined | Promise<'stop' | undefined>
  readonly signal?: AbortSignal
}

export interface AppendRequest<Type extends RecordType> extends AppendOptions {
  readonly type: Type
  readonly body: RecordBody<Type>
}

/** What appending needs of an open log. */
export interface Appending {
  readonly place: string
  readonly slots: LogSlots
  readonly codec: RecordCodec
  readonly deviceId: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  state(): State
  storeNowMs(): number
  /** The ends of other logs, to be carried along. */
  seen(): readonly SeenHead[]
  /** Takes a slot that was just written or read as the next one; gives its entry. */
  take(bytes: Uint8Array): Promise<LogEntry>
  /** Reads on to the end. */
  readOn(signal?: AbortSignal): Promise<readonly LogEntry[]>
}

/** Waits after lost races grow up to this. */
const LONGEST_PAUSE_MS = 2_000
const MOST_SEEN = 32

/**
 * Puts a record behind the last one: `undefined` when the precheck stopped it. A slot that somebody else took is read and judged first, and the precheck
 * asked again. Answers that were lost are settled by reading the slot; the record is given up (and may still land) only when the time is used up.
 */
export async function appendRecord<Type extends RecordType>(
  log: Appending,
  request: AppendRequest<Type>,
): Promise<LogRecord | undefined> {
  const { type, body, precheck, signal } = request
  const rid = randomHex(log.random, 16)
  for (let lostRaces = 0; ; lostRaces++) {
    throwIfCancelled(signal)
    refuseToWrite(log.state(), log.deviceId, type, log.place)
    if ((await precheck?.(log.state())) === 'stop') return undefined
    const record = recordAfter(log, type, body, rid)
    const bytes = log.codec.encode(log.state().destId, record)
    const found = await putSlot(log, record.pos, bytes, signal)
    if (found === 'mine') {
      await log.take(bytes)
      return record
    }
    if (lostRaces > 0) await sleep(log.clock, pauseMs(log.random, lostRaces), signal)
    // Read after the wait, so that the next try is behind the end of now.
    const entries = [await log.take(found), ...(await log.readOn(signal))]
    // A download with a flipped bit hid that it was ours.
    const mine = entries.find((entry) => entry.record?.rid === rid)
    if (mine) return { ...record, pos: mine.pos }
  }
}

function pauseMs(random: Random, lostRaces: number): number {
  return random.float() * Math.min(LONGEST_PAUSE_MS, 10 * 2 ** lostRaces)
}

function recordAfter(
  log: Appending,
  type: RecordType,
  body: Readonly<Record<string, unknown>>,
  rid: string,
): LogRecord {
  const { pos, hash, destId } = log.state()
  const seen = log.seen().filter(({ dest }) => dest !== destId)
  const at = new Date(log.storeNowMs()).toISOString()
  return {
    pos: pos + 1,
    prev: hash,
    rid,
    device: log.deviceId,
    type,
    at,
    seen: seen.slice(0, MOST_SEEN),
    body,
  }
}
