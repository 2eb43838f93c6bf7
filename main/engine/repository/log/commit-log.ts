import type { Clock } from '../../env/clock.ts'
import type { Log } from '../../env/log.ts'
import type { Random } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import type { LogRecord } from '../format/log-record.ts'
import { type Appending, type AppendOptions, appendRecord } from './append-record.ts'
import { checkpointEvery } from './checkpoint.ts'
import { entryOf, judgeRecord, type LoadList } from './judge-record.ts'
import type { ListStore } from './list-objects.ts'
import type { LogSlots } from './log-slots.ts'
import type { Mended } from './mend-record.ts'
import { gap, readNewSlots } from './read-ahead.ts'
import type { RecordBody, RecordDevice, RecordType, SessionPurpose } from './record-bodies.ts'
import type { RecordCodec } from './record-codec.ts'
import { refuseToWrite } from './refuse-to-write.ts'
import type { Head, RememberedHeads, SeenHead } from './remembered-heads.ts'
import { draftOf } from './replay.ts'
import {
  type CommitRequest,
  type Committed,
  commitSession,
  type RepackRequest,
  repackSession,
} from './session.ts'
import { EMPTY_STATE, type LogEntry, type State } from './state.ts'

/** The log of one destination: its state, and the only way to change it. Calls on one object take their turns by themselves. */
export interface CommitLog {
  /** 32 hex digits, from record 0. */
  readonly destId: string
  /** What people call the destination, for errors. */
  readonly place: string
  /** Of the last record that was read or written here. */
  readonly state: State
  readonly head: Head
  /** Reads what others appended. */
  refresh(signal?: AbortSignal): Promise<State>
  /** Appends a record behind the end; `undefined` when the precheck stopped it. Introduces this device first where the log does not know it. */
  append<Type extends RecordType>(
    type: Type,
    body: RecordBody<Type>,
    options?: AppendOptions,
  ): Promise<LogRecord | undefined>
  /** Begins a session; gives its `b`. */
  beginSession(purpose: SessionPurpose, signal?: AbortSignal): Promise<number>
  /** Commits a session, or finds that it is committed; `session-expired` when it must begin again under a new `b`. */
  commitSession(request: CommitRequest): Promise<Committed>
  /** The same for a session that replaces packs. */
  repackSession(request: RepackRequest): Promise<Committed>
  /** The judged records from `from` up to the present end, read again from the place: the audit trail. */
  records(from?: number, signal?: AbortSignal): AsyncGenerator<LogEntry>
  /**
   * Puts a record back that is missing or damaged in the place, with the bytes this computer kept, when the record behind it (or the end as it is known) names
   * just these.
   */
  mend(pos: number, signal?: AbortSignal): Promise<Mended>
  /** The ids of a list that a record names. */
  readonly loadList: LoadList
  /** The store's own time of a record. */
  writtenMs(pos: number, signal?: AbortSignal): Promise<number>
  /** The store's time now, as far as it was measured; our own clock until then. */
  storeNowMs(): number
  /** G0: measures the store's time. `clock-off` when ours is more than five minutes away from it: then nothing is forgotten or swept. */
  checkClock(signal?: AbortSignal): Promise<void>
}

/** What a log is made of. */
export interface LogParts {
  readonly place: { readonly id: string; readonly name: string }
  readonly slots: LogSlots
  readonly codec: RecordCodec
  readonly lists: ListStore
  readonly device: RecordDevice
  readonly remembered: RememberedHeads
  /** The store's time less ours, milliseconds. */
  measureOffsetMs(signal?: AbortSignal): Promise<number>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Called with slots that were verified and the state they led to. */
  readonly keep?: (state: State, fresh: readonly Uint8Array[]) => Promise<void>
  /** Puts back a record of a log that ends so, where it was kept. */
  readonly mend?: (pos: number, end: Head, signal?: AbortSignal) => Promise<Mended>
  /** Called with the state behind a record of ours where a checkpoint is due. */
  readonly checkpoint?: (state: State) => Promise<void>
}

/** So often a slot that does not verify is read again while the reads differ. */
const MOST_LOOKS = 5
const LARGEST_OFFSET_MS = 5 * 60_000
/** A log that is read for the first time has some records: asked for at once, they take one round. */
const GUESSED_NEW = 3

/** The log as it goes on behind `initial`, which the caller has verified. */
export function createCommitLog(parts: LogParts, initial: State = EMPTY_STATE): CommitLog {
  const { slots, codec, lists, device, remembered, clock } = parts
  const place = parts.place.name
  let state = initial
  let storeOffsetMs = 0
  let turn: Promise<unknown> = Promise.resolve()

  /** One at a time: a record is judged by the state just before it. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work, work)
    turn = result
    return result
  }

  /** Judges slots that follow the state and carries it on; nothing changes when one of them cannot be fetched. */
  async function take(found: readonly Uint8Array[]): Promise<readonly LogEntry[]> {
    if (found.length === 0) return []
    const draft = draftOf(state)
    const entries: LogEntry[] = []
    const fresh: Uint8Array[] = []
    const seen: SeenHead[] = []
    for (const first of found) {
      const pos = draft.now.pos + 1
      const { bytes, judged } = await judgeTwice(draft.now, pos, first)
      const entry = await entryOf(judged, pos, codec.hashOf(bytes), lists.load)
      draft.apply(entry)
      entries.push(entry)
      fresh.push(bytes)
      for (const head of judged.record?.seen ?? []) if (!entry.fault) seen.push(head)
    }
    const alarmsBefore = state.alarms.length
    state = draft.finish()
    for (const alarm of state.alarms.slice(alarmsBefore)) {
      parts.log.error('record of the log does not verify', { place, ...alarm })
    }
    await remember(fresh, seen)
    return entries
  }

  /** A slot is believed not to verify only when two reads in a row gave the same bytes. */
  async function judgeTwice(before: State, pos: number, first: Uint8Array) {
    let bytes = first
    for (let look = 0; ; look++) {
      const judged = judgeRecord(codec, before, pos, bytes)
      if (!judged.fault) return { bytes, judged }
      const again = await slots.get(pos)
      if (again && Buffer.from(again).equals(bytes)) return { bytes, judged }
      if (!again || look === MOST_LOOKS) {
        throw new EverstowError('connection-lost', { data: { place, pos, reason: 'reads-differ' } })
      }
      bytes = again
    }
  }

  /** What happened in the log has happened; not being able to note it here must not undo it. */
  async function remember(fresh: readonly Uint8Array[], seen: readonly SeenHead[]): Promise<void> {
    try {
      const { destId, pos, hash } = state
      await remembered.witness(seen.filter(({ dest }) => dest !== destId))
      await remembered.note(parts.place.id, { dest: destId, pos, hash })
      // A damaged log is read from the place each time: perhaps somebody has mended it.
      if (!state.damaged) await parts.keep?.(state, fresh)
    } catch (error) {
      parts.log.warn('what was read of the log could not be kept', { place, error })
    }
  }

  async function readOn(signal?: AbortSignal): Promise<readonly LogEntry[]> {
    const entries: LogEntry[] = []
    const destId = remembered.destinationAt(parts.place.id)
    const head = destId === undefined ? undefined : remembered.headOf(destId)
    const known = head?.pos ?? state.pos + GUESSED_NEW
    for (;;) {
      const { found, more } = await readNewSlots(slots, state.pos + 1, place, signal, known)
      entries.push(...(await take(found)))
      if (!more) return entries
    }
  }

  const appending: Appending = {
    ...parts,
    place,
    deviceId: device.id,
    state: () => state,
    storeNowMs: () => clock.now() + storeOffsetMs,
    seen: () => remembered.all(),
    take: async (bytes) => (await take([bytes]))[0]!,
    readOn,
  }

  const log: CommitLog = {
    get destId() {
      return state.destId
    },
    place,
    get state() {
      return state
    },
    get head() {
      return { pos: state.pos, hash: state.hash }
    },
    refresh: (signal) =>
      inTurn(async () => {
        await readOn(signal)
        return state
      }),
    append: (type, body, options) =>
      inTurn(async () => {
        refuseToWrite(state, device.id, type, place)
        const introduces = type === 'genesis' || type === 'device+'
        if (!introduces && !state.devices.has(device.id)) await introduce(options?.signal)
        const record = await appendRecord(appending, { type, body, ...options })
        const isDue =
          record && record.pos === state.pos && state.pos % checkpointEvery(state.pos) === 0 && state.pos > 0
        if (isDue && !state.damaged) await parts.checkpoint?.(state)
        return record
      }),
    async beginSession(purpose, signal) {
      const record = await log.append('begin', { purpose }, { signal })
      // Without a precheck nothing stops it.
      return record!.pos
    },
    commitSession: (request) => commitSession(log, lists, request),
    repackSession: (request) => repackSession(log, lists, request),
    records: (from = 0, signal) => readRecords(from, signal),
    mend: (pos, signal) =>
      inTurn(async () => (await parts.mend?.(pos, { pos: state.pos, hash: state.hash }, signal)) ?? 'beyond'),
    loadList: lists.load,
    writtenMs: (pos, signal) => slots.writtenMs(pos, signal),
    storeNowMs: appending.storeNowMs,
    async checkClock(signal) {
      storeOffsetMs = await parts.measureOffsetMs(signal)
      if (Math.abs(storeOffsetMs) <= LARGEST_OFFSET_MS) return
      throw new EverstowError('clock-off', { data: { place, offsetMs: storeOffsetMs } })
    },
  }

  async function introduce(signal: AbortSignal | undefined): Promise<void> {
    const { id, name, publicKey } = device
    await appendRecord(appending, {
      type: 'device+',
      body: { device: { id, name, publicKey } },
      precheck: (latest) => (latest.devices.has(id) ? 'stop' : undefined),
      signal,
    })
  }

  /** Judged by the devices known now and chained among themselves; whether each may stand where it stands was the replay's to say. */
  async function* readRecords(from: number, signal?: AbortSignal): AsyncGenerator<LogEntry> {
    const end = state.pos
    let before = from === 0 ? EMPTY_STATE : undefined
    for (let pos = from; pos <= end; pos++) {
      const bytes = await slots.get(pos, signal)
      if (!bytes) throw gap(place, pos)
      const { judged } = await judgeTwice(before ?? (await stateBefore(pos, signal)), pos, bytes)
      const hash = codec.hashOf(bytes)
      yield await entryOf(judged, pos, hash, lists.load)
      before = { ...state, pos, hash }
    }
  }

  async function stateBefore(pos: number, signal?: AbortSignal): Promise<State> {
    const bytes = await slots.get(pos - 1, signal)
    if (!bytes) throw gap(place, pos - 1)
    return { ...state, pos: pos - 1, hash: codec.hashOf(bytes) }
  }

  return log
}
