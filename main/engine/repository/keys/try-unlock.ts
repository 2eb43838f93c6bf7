import type { Secret } from '../../env/secrets.ts'
import { asEverstowError, EverstowError, hasCode } from '../../model/errors.ts'
import type { MasterKeys } from '../crypto/repo-keys.ts'
import { entropyOf, meantAsWords } from './recovery-kit.ts'
import type { SlotKind } from './slot-file.ts'
import { describeKeptSlot, openSlot, type SlotDescription, type StoredSlot } from './slots.ts'

/** The slot that opened, and the master keys that were in it. */
export interface Unlocked {
  readonly slotId: string
  readonly kind: SlotKind
  readonly master: MasterKeys
}

/**
 * Opens a repository with what a person typed: a password or the words of a kit, nobody has to say which. Slots that only cost little are tried
 * first, so that dear ones which somebody put there do not stand in the way; the signal ends the trying between two slots.
 * Fails with `passphrase-wrong` or `recovery-words-wrong` where some sound slot refused, else with what was wrong with the slots.
 */
export async function tryUnlock(
  slots: readonly StoredSlot[],
  repoId: Uint8Array,
  secret: Secret,
  signal?: AbortSignal,
): Promise<Unlocked> {
  const wordsError = whatIsWrongWithWords(secret)
  const { sound, damage } = sortOut(slots)
  const fitting = sound.filter(({ kind }) => kind === 'password' || !wordsError)
  let firstDamage = damage
  let ours: EverstowError | undefined
  let refusals = sound.length - fitting.length
  for (const { slotId, bytes, kind } of fitting) {
    signal?.throwIfAborted()
    try {
      return { slotId, kind, master: await openSlot(bytes, slotId, repoId, secret) }
    } catch (error) {
      if (isRefusal(error)) refusals++
      // Its commitment was right: whatever other slots say, the secret is right and the slot is damaged.
      else if (hasCode(error, 'slot-damaged')) ours ??= asEverstowError(error)
      else firstDamage ??= asEverstowError(error)
    }
  }
  if (ours) throw ours
  if (refusals === 0) throw firstDamage ?? new EverstowError('slot-damaged', { data: { slots: 0 } })
  if (!wordsError) throw new EverstowError('recovery-words-wrong', { data: { reason: 'other-kit' } })
  throw meantAsWords(secret)
    ? wordsError
    : new EverstowError('passphrase-wrong', { data: { reason: 'repository' } })
}

/** Whether a slot, sound in itself, was not made for this secret. */
export function isRefusal(error: unknown): boolean {
  return hasCode(error, 'passphrase-wrong') || hasCode(error, 'recovery-words-wrong')
}

function whatIsWrongWithWords(secret: Secret): EverstowError | undefined {
  try {
    entropyOf(secret)
    return undefined
  } catch (error) {
    return asEverstowError(error)
  }
}

type SoundSlot = StoredSlot & SlotDescription

/** The slots that can be read, cheapest first, and what is wrong with the first of the others. */
function sortOut(slots: readonly StoredSlot[]): { sound: SoundSlot[]; damage: EverstowError | undefined } {
  const sound: SoundSlot[] = []
  let damage: EverstowError | undefined
  for (const slot of slots) {
    try {
      sound.push({ ...slot, ...describeKeptSlot(slot.bytes) })
    } catch (error) {
      damage ??= asEverstowError(error)
    }
  }
  const work = ({ cost }: SlotDescription) => cost.n * cost.r * cost.p
  return { sound: sound.sort((a, b) => work(a) - work(b)), damage }
}
