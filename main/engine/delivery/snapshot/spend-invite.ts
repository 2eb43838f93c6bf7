import type { Clock } from '../../env/clock.ts'
import type { Random } from '../../env/random.ts'
import type { Secret } from '../../env/secrets.ts'
import { asEverstowError, EverstowError, hasCode } from '../../model/errors.ts'
import type { MasterKeys } from '../../repository/crypto/repo-keys.ts'
import { inviteKey } from '../../repository/format/keys-of-objects.ts'
import { describeSlot, openSlot, type StoredSlot } from '../../repository/keys/slots.ts'
import { isRefusal } from '../../repository/keys/try-unlock.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { placeTimeMs, readInvites } from './invites.ts'
import { markSpent } from './mark-spent.ts'

/** As far as the measuring of a place's time may err, twice. */
const MOST_BACK_MS = 10 * 60_000

/**
 * The master keys that an invite gives, once: whoever is first to say that it is used has it. Throws `invite-wrong` where no invite there has this code,
 * `invite-expired`, `invite-used`, `slot-damaged`. A wrong code uses up nothing.
 */
export async function spendInvite(
  store: ObjectStore,
  repoId: Uint8Array,
  code: Secret,
  env: { readonly clock: Clock; readonly random: Random },
  signal: AbortSignal,
): Promise<MasterKeys> {
  const { slotId, untilMs, createdMs, master } = await findInvite(
    await readInvites(store, signal),
    repoId,
    code,
  )
  const nowMs = await placeTimeMs(store, env, signal)
  // A place whose clock went back behind the making of it says nothing of its end.
  const isOver = nowMs >= untilMs || nowMs < createdMs - MOST_BACK_MS
  if (isOver) {
    await store.delete(inviteKey(slotId), signal)
    throw new EverstowError('invite-expired')
  }
  if (!(await markSpent(store, slotId, env.random, signal))) throw new EverstowError('invite-used')
  // What says that it is used stays; the slot itself is of no use to anybody now.
  await store.delete(inviteKey(slotId), signal)
  return master
}

interface Found {
  readonly slotId: string
  readonly untilMs: number
  readonly createdMs: number
  readonly master: MasterKeys
}

async function findInvite(slots: readonly StoredSlot[], repoId: Uint8Array, code: Secret): Promise<Found> {
  let damage: EverstowError | undefined
  for (const { slotId, bytes } of slots) {
    try {
      const { kind, created, until } = describeSlot(bytes)
      if (kind !== 'invite' || until === undefined) continue
      const master = await openSlot(bytes, slotId, repoId, code)
      return { slotId, untilMs: Date.parse(until), createdMs: Date.parse(created), master }
    } catch (error) {
      if (hasCode(error, 'invite-wrong')) throw error
      // Its commitment was right, and the rest of it is not what was sealed.
      if (hasCode(error, 'slot-damaged') && error.data.slotId === slotId) damage ??= asEverstowError(error)
      else if (!isRefusal(error) && !hasCode(error, 'slot-damaged') && !hasCode(error, 'kdf-refused'))
        throw error
    }
  }
  throw damage ?? new EverstowError('invite-wrong', { data: { reason: 'unknown' } })
}
