import type { Random } from '../../env/random.ts'
import type { Secret } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'
import type { MasterKeys } from '../crypto/repo-keys.ts'
import type { SlotKind } from './slot-file.ts'
import type { ScryptCost } from './slot-kdf.ts'
import { createSlot, describeSlot, openSlot, type StoredSlot } from './slots.ts'
import { isRefusal } from './try-unlock.ts'

/** A slot with the present master keys, to be put in the place of another. */
export interface RewrittenSlot extends StoredSlot {
  readonly kind: SlotKind
  readonly label: string
  /** The slot that goes once this one is stored and recorded. */
  readonly replaces: string
}

/** A slot that cannot be made anew and stays behind: it knows the old epochs only. */
export interface FallenSlot {
  readonly slotId: string
  readonly reason: 'secret-unknown' | 'damaged'
  /** What it was called, where that can be read. */
  readonly label?: string
  readonly kind?: SlotKind
}

/**
 * After a rotation: the slots whose secret is among `secrets`, sealed anew with `master`, and those that fall because nobody here knows theirs.
 * Nothing is written: an object never changes, so each new slot has an id of its own, and the caller stores it before the old one goes.
 */
export async function rewriteSlots(options: {
  readonly repoId: Uint8Array
  readonly slots: readonly StoredSlot[]
  readonly secrets: readonly Secret[]
  readonly master: MasterKeys
  readonly random: Random
  /** Milliseconds since 1970. */
  readonly now: number
  readonly cost?: ScryptCost
}): Promise<{ readonly rewritten: readonly RewrittenSlot[]; readonly fallen: readonly FallenSlot[] }> {
  const { slots, secrets, ...fresh } = options
  const rewritten: RewrittenSlot[] = []
  const fallen: FallenSlot[] = []
  for (const slot of slots) {
    const found = await findSecret(slot, fresh.repoId, secrets)
    if ('reason' in found) {
      fallen.push(found)
      continue
    }
    const { kind, label, secret } = found
    const created = await createSlot({ ...fresh, kind, label, secret })
    rewritten.push({ ...created, kind, label, replaces: slot.slotId })
  }
  return { rewritten, fallen }
}

async function findSecret(
  { slotId, bytes }: StoredSlot,
  repoId: Uint8Array,
  secrets: readonly Secret[],
): Promise<{ kind: SlotKind; label: string; secret: Secret } | FallenSlot> {
  let known: { kind: SlotKind; label: string } | undefined
  try {
    const { kind, label } = describeSlot(bytes)
    known = { kind, label }
    for (const secret of secrets) {
      if (await opens(bytes, slotId, repoId, secret)) return { kind, label, secret }
    }
    return { slotId, reason: 'secret-unknown', kind, label }
  } catch (error) {
    if (!(error instanceof EverstowError)) throw error
    // Whatever is wrong with it, this slot opens for nobody; the caller is told and every other slot goes on.
    return { slotId, reason: 'damaged', ...known }
  }
}

async function opens(
  bytes: Uint8Array,
  slotId: string,
  repoId: Uint8Array,
  secret: Secret,
): Promise<boolean> {
  try {
    await openSlot(bytes, slotId, repoId, secret)
    return true
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}
