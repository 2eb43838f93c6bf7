import type { Clock } from '../../env/clock.ts'
import type { Random } from '../../env/random.ts'
import type { Secret } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'
import { inviteKey } from '../../repository/format/keys-of-objects.ts'
import { createInviteCode } from '../../repository/keys/invite-code.ts'
import type { ScryptCost } from '../../repository/keys/slot-kdf.ts'
import { createSlot, describeSlot, type StoredSlot } from '../../repository/keys/slots.ts'
import { readSmallObject } from '../../repository/log/log-home.ts'
import { measureStoreOffset } from '../../repository/log/measure-store-offset.ts'
import { bodyOfBytes } from '../../storage/body.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { Identity } from './identity.ts'
import { markSpent } from './mark-spent.ts'

/** An invite that was just made: the only time its code leaves the engine. */
export interface NewInvite {
  readonly inviteId: string
  readonly code: Secret
  /** Milliseconds since 1970, by the clock of its place. */
  readonly untilMs: number
}

/** An invite that lies in a place, as it says of itself. */
export interface OpenInvite {
  readonly inviteId: string
  /** The device that made it. */
  readonly label: string
  readonly createdMs: number
  readonly untilMs: number
}

type Env = { readonly clock: Clock; readonly random: Random }

const HOUR_MS = 3_600_000
/** No invite is good for longer. */
const MOST_INVITE_HOURS = 168
/** So many at once; each costs whoever joins a try. */
const MOST_INVITES = 8
const LARGEST_INVITE_BYTES = 64 * 1024
const INVITE = /^invites\/([0-9a-f]{16})$/
const SPENT = /^invites\/([0-9a-f]{16})\.spent$/

/** Makes an invite in a place that can settle who was first; throws `sync-place-unfit` where it cannot, `invite-too-many`. */
export async function makeInvite(
  store: ObjectStore,
  { keys, master, device }: Pick<Identity, 'keys' | 'master' | 'device'>,
  env: Env,
  { hours, cost }: { readonly hours: number; readonly cost?: ScryptCost },
  signal: AbortSignal,
): Promise<NewInvite> {
  const nowMs = await placeTimeMs(store, env, signal)
  const known = await sweepInvites(store, nowMs, signal)
  if (known.length >= MOST_INVITES)
    throw new EverstowError('invite-too-many', { data: { count: known.length } })
  const code = createInviteCode(env.random)
  const untilMs = nowMs + hours * HOUR_MS
  const { slotId, bytes } = await createSlot({
    repoId: keys.repoId,
    kind: 'invite',
    label: device.name,
    untilMs,
    secret: code,
    master,
    random: env.random,
    now: nowMs,
    ...(cost && { cost }),
  })
  await store.put(inviteKey(slotId), bodyOfBytes(bytes), { purpose: 'meta', signal })
  return { inviteId: slotId, code, untilMs }
}

/** Takes invites back, one or all that lie there; gives how many. What was read with one before is not taken back. */
export async function revokeInvites(
  store: ObjectStore,
  { random }: Pick<Env, 'random'>,
  inviteId: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const there = await readInvites(store, signal)
  let revoked = 0
  for (const { slotId } of there) {
    if (inviteId !== undefined && slotId !== inviteId) continue
    // First what keeps it from opening, should the slot come back or not go.
    if (await markSpent(store, slotId, random, signal)) revoked++
    await store.delete(inviteKey(slotId), signal)
  }
  return revoked
}

/** Invites that can still be used, and the end of those whose time is over. */
export async function listInvites(store: ObjectStore, env: Env, signal: AbortSignal): Promise<OpenInvite[]> {
  return sweepInvites(store, await placeTimeMs(store, env, signal), signal)
}

/** The place's own time, as good as half a request. Two devices that ask the same place agree, however wrong their clocks are. */
export async function placeTimeMs(store: ObjectStore, env: Env, signal: AbortSignal): Promise<number> {
  const offsetMs = await measureStoreOffset(store, env, signal)
  return env.clock.now() + offsetMs
}

/** Slots of invites, found by listing; every one proves itself. */
export async function readInvites(store: ObjectStore, signal: AbortSignal): Promise<StoredSlot[]> {
  const found: StoredSlot[] = []
  for (const { key } of (await store.list({ prefix: 'invites/', signal })).objects) {
    const slotId = INVITE.exec(key)?.[1]
    const bytes = slotId && (await readSmallObject(store, key, LARGEST_INVITE_BYTES, signal))
    if (slotId && bytes) found.push({ slotId, bytes })
  }
  return found
}

/** Deletes invites that are over, and what said of long gone ones that they were used; gives the others. */
async function sweepInvites(store: ObjectStore, nowMs: number, signal: AbortSignal): Promise<OpenInvite[]> {
  const open: OpenInvite[] = []
  for (const { slotId, bytes } of await readInvites(store, signal)) {
    const invite = openOf(slotId, bytes)
    if (!invite) continue
    if (invite.untilMs > nowMs) open.push(invite)
    else await store.delete(inviteKey(slotId), signal)
  }
  const { objects } = await store.list({ prefix: 'invites/', signal })
  const spent = new Set(objects.flatMap(({ key }) => SPENT.exec(key)?.[1] ?? []))
  // Its slot would be over by now, wherever it came from.
  for (const { key, modifiedMs } of objects)
    if (SPENT.test(key) && nowMs - modifiedMs > 2 * MOST_INVITE_HOURS * HOUR_MS)
      await store.delete(key, signal)
  return open.filter(({ inviteId }) => !spent.has(inviteId))
}

/** Undefined for what is none. */
function openOf(slotId: string, bytes: Uint8Array): OpenInvite | undefined {
  try {
    const { kind, label, created, until } = describeSlot(bytes)
    if (kind !== 'invite' || until === undefined) return undefined
    return { inviteId: slotId, label, createdMs: Date.parse(created), untilMs: Date.parse(until) }
  } catch {
    return undefined
  }
}
