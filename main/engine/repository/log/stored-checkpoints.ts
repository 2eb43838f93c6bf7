import type { Log } from '../../env/log.ts'
import type { Random } from '../../env/random.ts'
import { asEverstowError } from '../../model/errors.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { ckptKey, parseObjectKey } from '../format/keys-of-objects.ts'
import { recordHash } from '../format/log-record.ts'
import { epochOfObject } from '../format/sealed-object.ts'
import { checkpointEvery, openCheckpoint, sealCheckpoint } from './checkpoint.ts'
import { readSmallObject } from './log-home.ts'
import type { LogSlots } from './log-slots.ts'
import type { State } from './state.ts'

const LARGEST_CHECKPOINT_BYTES = 512 * 1024 * 1024
/** The newest and the one before it stay. */
const KEPT_CHECKPOINTS = 2

/** Puts the state beside the log, so that a computer that comes new need not read every record. Only an accelerator: failing is no harm. */
export async function storeCheckpoint(
  store: ObjectStore,
  keys: RepoKeys,
  state: State,
  env: { readonly random: Random; readonly log: Log },
): Promise<void> {
  try {
    const bytes = sealCheckpoint(keys, state, env.random)
    await store.put(ckptKey(state.pos), bodyOfBytes(bytes), { purpose: 'meta' })
    const old = state.pos - KEPT_CHECKPOINTS * checkpointEvery(state.pos)
    for (const pos of old > 0 ? await storedPositions(store) : [])
      if (pos <= old) await store.delete(ckptKey(pos))
  } catch (cause) {
    env.log.warn('checkpoint could not be stored', { pos: state.pos, error: asEverstowError(cause) })
  }
}

/**
 * After a rotation: where older keys seal a checkpoint, puts the present state beside the log under the newest, and deletes the others. Checkpoints are
 * no part of what the log names, so nothing has to be recorded. Failing is no harm.
 */
export async function renewCheckpoints(
  store: ObjectStore,
  keys: RepoKeys,
  state: State,
  env: { readonly random: Random; readonly log: Log; readonly signal?: AbortSignal },
): Promise<void> {
  const { log, signal } = env
  try {
    const older: number[] = []
    for (const pos of await storedPositions(store, signal)) {
      const sealed = await readSmallObject(store, ckptKey(pos), LARGEST_CHECKPOINT_BYTES, signal)
      if (sealed && epochOfObject(sealed) < keys.epoch) older.push(pos)
    }
    if (older.length === 0 || state.damaged) return
    await storeCheckpoint(store, keys, state, env)
    for (const pos of older) if (pos !== state.pos) await store.delete(ckptKey(pos), signal)
  } catch (cause) {
    const error = asEverstowError(cause)
    if (error.code === 'cancelled') throw error
    log.warn('checkpoints could not be renewed', { error })
  }
}

/**
 * The newest checkpoint that opens and whose last record is the one in the log; `undefined` where there is none. A listing may lack some; then an
 * older one or record 0 does. Trust: whoever has the repository's keys may have written it, and the signatures of the records before it are not looked
 * at; those behind it are chained to it and verified as ever.
 */
export async function newestCheckpoint(
  store: ObjectStore,
  slots: LogSlots,
  keys: RepoKeys,
  destId: string,
  positions: Promise<readonly number[]>,
  { log, signal }: { readonly log: Log; readonly signal?: AbortSignal },
): Promise<State | undefined> {
  try {
    for (const pos of (await positions).toSorted((one, other) => other - one)) {
      const state = await fittingCheckpoint(store, slots, keys, pos, signal)
      if (state?.destId === destId) return state
      log.warn('checkpoint does not fit its log', { pos })
    }
  } catch (cause) {
    log.warn('checkpoints could not be read', { error: asEverstowError(cause) })
  }
  return undefined
}

/** Positions of the checkpoints that a listing has. They are few: old ones are deleted. */
export async function storedPositions(store: ObjectStore, signal?: AbortSignal): Promise<number[]> {
  const { objects } = await store.list({ prefix: 'ckpt/', ...(signal && { signal }) })
  return objects.flatMap(({ key }) => {
    const name = parseObjectKey(key)
    return name?.type === 'ckpt' ? [name.pos] : []
  })
}

async function fittingCheckpoint(
  store: ObjectStore,
  slots: LogSlots,
  keys: RepoKeys,
  pos: number,
  signal: AbortSignal | undefined,
): Promise<State | undefined> {
  const [sealed, record] = await Promise.all([
    readSmallObject(store, ckptKey(pos), LARGEST_CHECKPOINT_BYTES, signal),
    slots.get(pos, signal),
  ])
  if (!sealed || !record) return undefined
  const state = openCheckpoint(keys, sealed)
  return state.pos === pos && state.hash === recordHash(record) ? state : undefined
}
