import type { Clock } from '../../env/clock.ts'
import type { Files } from '../../env/files.ts'
import type { Log } from '../../env/log.ts'
import type { Random } from '../../env/random.ts'
import { EverstowError, hasCode } from '../../model/errors.ts'
import { sleep } from '../../storage/again.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { REPO_JSON_KEY } from '../format/keys-of-objects.ts'
import { recordHash } from '../format/log-record.ts'
import { parseRepoJson } from '../format/repo-json.ts'
import type { DeviceIdentity } from '../keys/device-identity.ts'
import { type CommitLog, createCommitLog } from './commit-log.ts'
import { destinationOf } from './judge-record.ts'
import { listObjects } from './list-objects.ts'
import { type LogCache, openLogCache } from './log-cache.ts'
import { type LogHome, logHomePrefix, readLogHome, readSmallObject } from './log-home.ts'
import { type MendableSlots, ownedSlots, sharedSlots } from './log-slots.ts'
import { measureStoreOffset } from './measure-store-offset.ts'
import { type Mending, mendRecord } from './mend-record.ts'
import type { RecordDevice } from './record-bodies.ts'
import { createRecordCodec, type RecordCodec } from './record-codec.ts'
import type { Head, RememberedHeads } from './remembered-heads.ts'
import type { State } from './state.ts'
import { newestCheckpoint, storeCheckpoint, storedPositions } from './stored-checkpoints.ts'

export type { CommitLog }

export interface OpenLogOptions {
  readonly keys: RepoKeys
  readonly device: DeviceIdentity
  /** The destination of the settings: what its log is remembered under, and what errors call it. */
  readonly place: { readonly id: string; readonly name: string }
  /** The place's `repo.json`, where the caller has just read it. */
  readonly repoJson?: Uint8Array
  /** The folder of this destination's verified log, and the port to it. Without it everything is read from the place. */
  readonly cache?: { readonly files: Files; readonly folder: string }
  readonly remembered: RememberedHeads
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** The store of another destination that holds this one's log. */
  readonly homeOf?: (destId: string) => Promise<ObjectStore | undefined>
  /** Records that are damaged or missing are put back where this computer kept them, before they are looked at; called with the position of each. */
  readonly onMended?: (pos: number) => void
  /** A person has seen the rollback alarm and takes what is there now for the truth. */
  readonly acceptHistory?: boolean
  readonly signal?: AbortSignal
}

const LARGEST_REPO_JSON_BYTES = 64 * 1024

/**
 * Opens the log of a destination: verifies chain and signatures from the kept state (or a checkpoint, or record 0) to the end, that the log is not shorter
 * than or different from what is remembered (`rollback-detected`; nothing is written, and nothing forgotten), and that `repo.json` is the one that
 * record 0 names.
 */
export async function openLog(store: ObjectStore, options: OpenLogOptions): Promise<CommitLog> {
  const { keys, device, place, remembered, random, signal } = options
  const repoJson =
    options.repoJson ?? (await readSmallObject(store, REPO_JSON_KEY, LARGEST_REPO_JSON_BYTES, signal))
  if (!repoJson) throw nothingThere(options)
  if (parseRepoJson(repoJson).id !== keys.repoIdHex) throw differs(place.name)

  const cache = options.cache && openLogCache(options.cache.files, options.cache.folder, keys, options)
  if (options.acceptHistory) {
    await remembered.forget(place.id)
    await cache?.drop()
  }
  const codec = createRecordCodec(keys, device, random)
  const lists = listObjects(store, keys, random)
  const kept = await cache?.load(codec, lists.load)
  const checkpoints = kept ? Promise.resolve([]) : storedPositions(store, signal)
  // Whoever needs them is told.
  checkpoints.catch(() => {})
  const ahead = askAhead(sharedSlots(store), wantedFirst(kept, options), signal)
  const { at, first: found } = await findLog(store, ahead.slots, options, cache)
  const readable = at.store === store ? ahead.slots : sharedSlots(at.store, at.prefix)
  const mending: Mending = { slots: readable, codec, kept: async (pos) => cache?.record(pos) }
  const first = await mendedFirst(mending, found, options)
  const destId = first && destinationOf(codec, first)
  if (destId === undefined) {
    throw new EverstowError('log-damaged', { data: { place: place.name, pos: 0, reason: 'unreadable' } })
  }
  await compareWithMemory(mending, destId, kept, options)

  const commitLog: CommitLog = createCommitLog(
    {
      ...options,
      slots: {
        ...readable,
        create: (...slot) =>
          (commitLog.state.owner === undefined ? readable : ownedSlots(at.store, at.prefix)).create(...slot),
      },
      codec,
      lists,
      device: recordDeviceOf(device),
      measureOffsetMs: (signal) => measureStoreOffset(store, options, signal),
      keep: cache?.keep,
      mend: (...record) => mendRecord(mending, ...record),
      checkpoint: (state) => storeCheckpoint(store, keys, state, options),
    },
    kept ?? (await newestCheckpoint(store, readable, keys, destId, checkpoints, options)),
  )
  await commitLog.refresh(signal)
  ahead.forget()
  if (commitLog.state.repoJsonHash !== recordHash(repoJson)) {
    throw new EverstowError('data-damaged', { data: { place: place.name, what: REPO_JSON_KEY } })
  }
  return commitLog
}

/** Slots that every opening reads, where the log is what it was: the first, the last that is known, and the next. */
function wantedFirst(kept: State | undefined, { place, remembered }: OpenLogOptions): number[] {
  const destId = remembered.destinationAt(place.id)
  const head = destId === undefined ? undefined : remembered.headOf(destId)
  return [...new Set([0, ...(head ? [head.pos] : []), ...(kept ? [kept.pos, kept.pos + 1] : [])])]
}

/** Asks for some slots at once, before they are needed. Each answer serves one question: whoever asks a second time wants to look again. */
function askAhead(slots: MendableSlots, positions: readonly number[], signal: AbortSignal | undefined) {
  const asked = new Map(positions.map((pos) => [pos, slots.get(pos, signal)]))
  // Whoever needs it is told.
  for (const answer of asked.values()) answer.catch(() => {})
  const get: MendableSlots['get'] = (pos, ownSignal) => {
    const answer = asked.get(pos)
    asked.delete(pos)
    return answer ?? slots.get(pos, ownSignal)
  }
  return { slots: { ...slots, get }, forget: () => asked.clear() }
}

/** The log's place: here, or at the home that `log-home.json` names. With it comes record 0, unless just that is missing and may be put back. */
async function findLog(
  store: ObjectStore,
  slotsHere: MendableSlots,
  options: OpenLogOptions,
  cache: LogCache | undefined,
): Promise<{ readonly at: LogLocation; readonly first: Uint8Array | undefined }> {
  const { place, signal, onMended } = options
  const here: LogLocation = { store, prefix: '' }
  const first = await slotsHere.get(0, signal)
  if (first) return { at: here, first }
  const home = await readLogHome(store, signal)
  const at = home ? await homeOf(home, options) : here
  const slots = sharedSlots(at.store, at.prefix)
  const there = home && (await slots.get(0, signal))
  if (there) return { at, first: there }
  const isMendable = onMended && (await slots.get(1, signal)) && (await cache?.record(0))
  if (!isMendable) throw nothingThere(options)
  options.log.warn('record 0 is missing', { place: place.name })
  return { at, first: undefined }
}

async function homeOf({ dest, home }: LogHome, { place, ...options }: OpenLogOptions): Promise<LogLocation> {
  const store = await options.homeOf?.(home)
  if (!store) throw new EverstowError('offline', { data: { place: place.name, home } })
  return { store, prefix: logHomePrefix(dest) }
}

/** Record 0, which tells the destination's id; put back where it is not what it was. */
async function mendedFirst(
  mending: Mending,
  first: Uint8Array | undefined,
  { onMended, signal }: OpenLogOptions,
): Promise<Uint8Array | undefined> {
  if (!onMended || (first && destinationOf(mending.codec, first) !== undefined)) return first
  // Its own end is not known yet, and never record 0: without the record behind it there is nothing to go by.
  const mended = await mendRecord(mending, 0, { pos: -1, hash: '' }, signal)
  if (mended === 'mended') onMended(0)
  return mended === 'beyond' ? first : mending.slots.get(0, signal)
}

interface LogLocation {
  readonly store: ObjectStore
  readonly prefix: string
}

/** What we know of the log must still stand in it, byte for byte: the last record we saw, whose chain then fixes all before it. */
async function compareWithMemory(
  mending: Mending,
  destId: string,
  kept: State | undefined,
  options: OpenLogOptions,
): Promise<void> {
  const { place, remembered, clock, signal, onMended } = options
  const { slots, codec } = mending
  const expectedId = remembered.destinationAt(place.id) ?? kept?.destId ?? destId
  if (expectedId !== destId) throw rolledBack(place.name, 'other-log')
  const heads: Head[] = [remembered.headOf(destId), kept].filter((head) => head !== undefined)
  const distinct = new Map(heads.map((head) => [`${head.pos} ${head.hash}`, head]))
  for (const { pos, hash } of distinct.values()) {
    let bytes = await slots.get(pos, signal)
    if (!bytes || recordHash(bytes) !== hash) {
      // An alarm is worth a second look.
      await sleep(clock, SECOND_LOOK_MS, signal)
      bytes = await slots.get(pos, signal)
    }
    if (onMended && (await isOneBad(mending, pos, bytes, hash, signal))) {
      if ((await mendRecord(mending, pos, { pos, hash }, signal)) === 'mended') onMended(pos)
      bytes = await slots.get(pos, signal)
    }
    if (!bytes) throw rolledBack(place.name, 'shorter', pos)
    if (recordHash(bytes) === hash) continue
    // Nobody wrote that: it is damage, not another history.
    if (isUnreadable(codec, pos, bytes))
      throw new EverstowError('log-damaged', { data: { place: place.name, pos, reason: 'unreadable' } })
    throw rolledBack(place.name, 'different', pos)
  }
}

/** Whether just this record is bad: one that is missing must follow the one before it. Where more is missing, the place was taken back to an older state. */
async function isOneBad(
  { slots, codec, kept }: Mending,
  pos: number,
  bytes: Uint8Array | undefined,
  hash: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (bytes) return recordHash(bytes) !== hash
  const ours = await kept(pos)
  const before = pos > 0 ? await slots.get(pos - 1, signal) : undefined
  if (!ours || !before) return false
  return (codec.peek(pos, ours) as { readonly prev?: string } | undefined)?.prev === recordHash(before)
}

function isUnreadable(codec: RecordCodec, pos: number, bytes: Uint8Array): boolean {
  try {
    return codec.peek(pos, bytes) === undefined
  } catch (error) {
    // Of an epoch that we do not know: somebody went on without us.
    if (hasCode(error, 'key-missing')) return false
    throw error
  }
}

const SECOND_LOOK_MS = 500

function rolledBack(place: string, reason: string, pos?: number): EverstowError {
  return new EverstowError('rollback-detected', { data: { place, reason, pos } })
}

/** A place where a log was is not one that never had any. */
function nothingThere({ place, remembered }: OpenLogOptions): EverstowError {
  if (remembered.destinationAt(place.id) !== undefined) return rolledBack(place.name, 'gone')
  return new EverstowError('repository-missing', { data: { place: place.name } })
}

function differs(place: string): EverstowError {
  return new EverstowError('repository-differs', { data: { place } })
}

/** The device as records introduce it. */
export function recordDeviceOf({ id, name, publicKey }: DeviceIdentity): RecordDevice {
  return { id, name, publicKey: Buffer.from(publicKey).toString('hex') }
}
