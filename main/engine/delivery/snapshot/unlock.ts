import type { Clock } from '../../env/clock.ts'
import type { Random } from '../../env/random.ts'
import type { Secret } from '../../env/secrets.ts'
import { hasCode } from '../../model/errors.ts'
import type { MasterKeys } from '../../repository/crypto/repo-keys.ts'
import { meantAsInvite } from '../../repository/keys/invite-code.ts'
import type { SlotKind } from '../../repository/keys/slot-file.ts'
import { isRefusal, tryUnlock } from '../../repository/keys/try-unlock.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { readSlots } from './read-slots.ts'
import { spendInvite } from './spend-invite.ts'

/** The master keys behind whatever a person typed: a passphrase, the words of a kit, or the code of an invite, which is used up by it. */
export async function unlock(
  store: ObjectStore,
  repoId: Uint8Array,
  secret: Secret,
  env: { readonly clock: Clock; readonly random: Random },
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly kind: SlotKind; readonly master: MasterKeys }> {
  const byKeptSlot = async () => tryUnlock(await readSlots(store, signal), repoId, secret, signal)
  if (!meantAsInvite(secret)) return byKeptSlot()
  try {
    return { kind: 'invite', master: await spendInvite(store, repoId, secret, env, signal) }
  } catch (error) {
    if (!hasCode(error, 'invite-wrong')) throw error
    // A passphrase may happen to look like a code.
    return byKeptSlot().catch((refusal: unknown) => {
      throw isRefusal(refusal) ? error : refusal
    })
  }
}
