import { NO_RECORD_HASH } from '../format/log-record.ts'
import type { PlainRecord } from './plain-record.ts'
import type { RecordDevice, SessionPurpose } from './record-bodies.ts'

/** What a replay of the records 0 … pos of one log gives. Never changed in place: a later state shares what stayed the same. */
export interface State extends Facts, ReadonlyCollections {}

interface Facts {
  /** Position of the last record; -1 before record 0. */
  readonly pos: number
  /** Hex SHA-256 of the last record's bytes; 64 zeros before record 0. */
  readonly hash: string
  /** The destination's own id, from record 0. */
  readonly destId: string
  /** Hex SHA-256 of `repo.json`, from record 0. */
  readonly repoJsonHash: string
  /** The one device that may write, where the store has no conditional writes. */
  readonly owner: string | undefined
  /** Records that did not verify, oldest first. */
  readonly alarms: readonly Alarm[]
  /** A record could not be read at all: what it swept is unknown, so nothing may be written any more; reading goes on. */
  readonly damaged: boolean
}

/** The growing part of a state. Insertion order follows the log, so that equal logs give equal bytes. */
export interface Collections {
  readonly devices: Map<string, DeviceState>
  readonly slots: Map<string, SlotState>
  /** By the position of their `begin`. */
  readonly sessions: Map<number, SessionState>
  /** By snapId: committed snapshots, also forgotten ones. */
  readonly snapshots: Map<string, SnapshotState>
  /** snapId → the `forget` of a snapshot that is not here (yet): forgetting wins over commits that come later. */
  readonly tombstones: Map<string, Tombstone>
  /** segId → `b` of the session that brought it last. */
  readonly segments: Map<string, number>
  /** By position: sweeps, and the drops of repacks. */
  readonly sweeps: Map<number, SweepState>
  /** packId → ascending positions of the sweeps that name it and are not restored. Follows from `sweeps`. */
  readonly swept: Map<string, readonly number[]>
  /** chunkId → position of the record that called it lost. */
  readonly lost: Map<string, number>
  /** snapId → position of the record that named it and did not verify: they count as roots, so that nothing they may need is deleted. */
  readonly suspects: Map<string, number>
}

type ReadonlyCollections = {
  readonly [Name in keyof Collections]: Collections[Name] extends Map<infer Key, infer Value>
    ? ReadonlyMap<Key, Value>
    : never
}

export interface Alarm {
  readonly pos: number
  readonly reason: AlarmReason
}

/**
 * `unreadable`: does not decrypt or parse. `chain`: names another predecessor. `signature`: not signed by the device it names. `device`: that device is
 * unknown or removed. `session`: a commit of a session that is not open. `owner`: another device owns the log, or an owner where many write.
 */
export type AlarmReason = 'unreadable' | 'chain' | 'signature' | 'device' | 'session' | 'owner'

export interface DeviceState extends RecordDevice {
  /** Position of its first record. */
  readonly pos: number
  readonly removed?: number
}

export interface SlotState {
  readonly kind: 'password' | 'recovery'
  readonly epoch: number
}

export interface SessionState {
  readonly b: number
  readonly device: string
  readonly purpose: SessionPurpose
  /** Store time of the `begin` as its writer knew it, ISO 8601. */
  readonly at: string
  /** Position of its commit or repack. */
  readonly done?: number
  readonly expired?: number
  /** A record that did not verify names it: nothing of it is ever deleted. */
  readonly suspect?: true
}

export interface SnapshotState {
  /** Position of the commit that brought it last. */
  readonly pos: number
  /** The session that brought it last; its key ends in this. */
  readonly b: number
  readonly device: string
  readonly pinned: boolean
  /** Position of the `forget`. */
  readonly forgotten?: number
  /** Store time of the `forget` as its writer knew it, ISO 8601. */
  readonly forgottenAt?: string
  /** Position of the sweep that gave it up: it cannot be remembered again unless that sweep and all since are restored. */
  readonly gone?: number
}

export interface Tombstone {
  readonly forgotten: number
  readonly forgottenAt: string
}

export interface SweepState {
  readonly pos: number
  readonly packs: readonly string[]
  /** Forgotten snapshots whose packs were no longer kept. */
  readonly snaps: readonly string[]
  /** Store time as its writer knew it, ISO 8601. */
  readonly at: string
  readonly purged?: number
  readonly restored?: number
}

/** One slot of the log, judged: `record` is there unless it was unreadable. */
export interface LogEntry {
  readonly pos: number
  /** Hex SHA-256 of the slot's bytes. */
  readonly hash: string
  /** Why the record does not count; absent when it does. */
  readonly fault?: AlarmReason
  readonly record?: PlainRecord
}

/** The state before record 0. */
export const EMPTY_STATE: State = {
  pos: -1,
  hash: NO_RECORD_HASH,
  destId: '',
  repoJsonHash: '',
  owner: undefined,
  alarms: [],
  damaged: false,
  devices: new Map(),
  slots: new Map(),
  sessions: new Map(),
  snapshots: new Map(),
  tombstones: new Map(),
  segments: new Map(),
  sweeps: new Map(),
  swept: new Map(),
  lost: new Map(),
  suspects: new Map(),
}
