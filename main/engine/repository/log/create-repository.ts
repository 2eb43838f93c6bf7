import type { Clock } from '../../env/clock.ts'
import { type Log, silentLog } from '../../env/log.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import { createPatience, sleep } from '../../storage/again.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { REPO_JSON_KEY, slotKey } from '../format/keys-of-objects.ts'
import { NO_RECORD_HASH, recordHash } from '../format/log-record.ts'
import { encodeRepoJson, parseRepoJson, type RepoDescription } from '../format/repo-json.ts'
import type { DeviceIdentity } from '../keys/device-identity.ts'
import { describeKeptSlot, type StoredSlot } from '../keys/slots.ts'
import { destinationOf } from './judge-record.ts'
import { encodeLogHome, LOG_HOME_KEY, logHomePrefix, readLogHome, readSmallObject } from './log-home.ts'
import { type LogSlots, ownedSlots, sharedSlots } from './log-slots.ts'
import { openLog, recordDeviceOf } from './open-log.ts'
import { putSlot } from './put-slot.ts'
import { createRecordCodec } from './record-codec.ts'
import { forgetfulHeads } from './remembered-heads.ts'

/**
 * Where the log is to lie. `here`: the store has conditional writes. `home`: it has none, and another destination that has some holds the log.
 * `owned`: it has none, and only one device at a time writes (the first is the one that creates it).
 */
export type LogChoice =
  | { readonly kind: 'here' }
  | { readonly kind: 'owned' }
  | { readonly kind: 'home'; readonly store: ObjectStore; readonly destId: string }

export interface CreateOptions {
  readonly keys: RepoKeys
  /** The same for every destination of a repository, so that `repo.json` is. */
  readonly description: RepoDescription
  readonly device: DeviceIdentity
  readonly slots: readonly StoredSlot[]
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  /** Default `here`. */
  readonly where?: LogChoice
  /** What people call the destination, for errors. */
  readonly placeName?: string
  readonly signal?: AbortSignal
}

const LARGEST_REPO_JSON_BYTES = 64 * 1024

/**
 * Makes a destination a place of the repository: `repo.json`, the slots, record 0. Each step is created once by whoever is first, so a crash between them
 * or another creator at the same time does no harm: the same repository is adopted as it is (`created` is false), another one is `repository-exists`.
 */
export async function createRepositoryAt(
  store: ObjectStore,
  options: CreateOptions,
): Promise<{ readonly destId: string; readonly created: boolean }> {
  const { keys, device, slots, random, clock, where = { kind: 'here' }, signal } = options
  const place = options.placeName ?? store.url(REPO_JSON_KEY)
  const env = { place, random, clock, log: options.log ?? silentLog }
  const conditional = where.kind === 'here'
  const ours = encodeRepoJson(options.description)
  const repoJson = await createOnce(store, REPO_JSON_KEY, ours, conditional, env, signal)
  if (parseRepoJson(repoJson).id !== keys.repoIdHex) throw exists(place)

  const wanted = randomHex(random, 16)
  const destId = where.kind === 'home' ? await settleHome(store, wanted, where.destId, env, signal) : wanted
  const logSlots = slotsOf(store, where, destId)
  if (!(await logSlots.get(0, signal))) {
    for (const { slotId, bytes } of slots) {
      await store.put(slotKey(slotId), bodyOfBytes(bytes), { signal, purpose: 'meta' })
    }
  }
  const codec = createRecordCodec(keys, device, random)
  const genesis = codec.encode(destId, {
    pos: 0,
    prev: NO_RECORD_HASH,
    rid: randomHex(random, 16),
    device: device.id,
    type: 'genesis',
    at: new Date(clock.now()).toISOString(),
    seen: [],
    body: {
      repo: recordHash(repoJson),
      dest: destId,
      device: recordDeviceOf(device),
      writers: where.kind === 'owned' ? 'one' : 'many',
    },
  })
  const found = await putSlot({ ...env, slots: logSlots }, 0, genesis, signal)
  const created = found === 'mine'
  const settledId = created ? destId : destinationOf(codec, found)
  // Somebody else's repository: its record 0 does not open with our keys.
  if (settledId === undefined) throw exists(place)
  if (created) await recordSlots(store, options, env)
  return { destId: settledId, created }
}

/** Tells the log of the slots, once there is one. */
async function recordSlots(
  store: ObjectStore,
  { keys, device, slots, where, signal }: CreateOptions,
  env: { readonly place: string; readonly clock: Clock; readonly random: Random; readonly log: Log },
): Promise<void> {
  const log = await openLog(store, {
    ...env,
    keys,
    device,
    place: { id: '', name: env.place },
    remembered: forgetfulHeads(),
    homeOf: async () => (where?.kind === 'home' ? where.store : undefined),
    signal,
  })
  for (const { slotId, bytes } of slots) {
    const body = { slot: slotId, kind: describeKeptSlot(bytes).kind, epoch: keys.epoch }
    await log.append('key+', body, {
      precheck: (state) => (state.slots.has(slotId) ? 'stop' : undefined),
      signal,
    })
  }
}

function slotsOf(store: ObjectStore, where: LogChoice, destId: string): LogSlots {
  switch (where.kind) {
    case 'here':
      return sharedSlots(store)
    case 'owned':
      return ownedSlots(store)
    case 'home':
      return sharedSlots(where.store, logHomePrefix(destId))
  }
}

/** The destination's id once `log-home.json` stands: ours, or what an earlier try wrote. */
async function settleHome(
  store: ObjectStore,
  wanted: string,
  homeId: string,
  env: CreateEnv,
  signal: AbortSignal | undefined,
): Promise<string> {
  await createOnce(store, LOG_HOME_KEY, encodeLogHome(wanted, homeId), false, env, signal)
  const settled = await readLogHome(store, signal)
  if (settled?.home !== homeId) throw exists(env.place)
  return settled.dest
}

interface CreateEnv {
  readonly place: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Creates an object where nothing is, and gives what stands there in the end. */
async function createOnce(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  conditional: boolean,
  env: CreateEnv,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const patience = createPatience(env)
  for (let tries = 1; ; tries++) {
    const there = await readSmallObject(store, key, LARGEST_REPO_JSON_BYTES, signal)
    if (there) return there
    if (tries > 1) {
      const waitMs = patience(tries)
      if (waitMs === undefined) throw new EverstowError('timed-out', { data: { place: env.place, key } })
      await sleep(env.clock, waitMs, signal)
    }
    try {
      if (conditional) await store.putIfAbsent(key, bytes, { signal, purpose: 'meta' })
      else await store.put(key, bodyOfBytes(bytes), { signal, purpose: 'meta' })
    } catch (error) {
      // The answer was lost; what stands there tells.
      if (!(error instanceof EverstowError) || error.retry !== 'retry') throw error
    }
  }
}

function exists(place: string): EverstowError {
  return new EverstowError('repository-exists', { data: { place } })
}
