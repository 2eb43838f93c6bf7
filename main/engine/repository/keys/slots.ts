import { createHash, timingSafeEqual } from 'node:crypto'
import { type Random, randomHex } from '../../env/random.ts'
import type { Secret } from '../../env/secrets.ts'
import { EverstowError } from '../../model/errors.ts'
import { NONCE_BYTES, open, seal } from '../crypto/aead.ts'
import { KEY_BYTES, type MasterKeys } from '../crypto/repo-keys.ts'
import { lettersOf } from './invite-code.ts'
import { entropyOf } from './recovery-kit.ts'
import {
  encodeSlotFile,
  encodeSlotHead,
  type KeptKind,
  LONGEST_LABEL,
  parseSlotFile,
  type SlotFile,
  type SlotKind,
} from './slot-file.ts'
import { DEFAULT_COST, deriveSlotKeys, type ScryptCost, type SlotKeys } from './slot-kdf.ts'

/** A slot as it lies at `keys/<slotId>`. */
export interface StoredSlot {
  /** 16 hex digits. */
  readonly slotId: string
  readonly bytes: Uint8Array
}

export interface NewSlot {
  /** 16 bytes. */
  readonly repoId: Uint8Array
  readonly kind: SlotKind
  readonly label: string
  /** Milliseconds since 1970 by the clock of its place: when an invite ends. */
  readonly untilMs?: number
  /** The password, the text of the 24 words, or the code of an invite. */
  readonly secret: Secret
  readonly master: MasterKeys
  readonly random: Random
  /** Milliseconds since 1970. */
  readonly now: number
  readonly cost?: ScryptCost
}

/** What a slot says of itself to anyone. It is believed only once the slot was opened. */
export type SlotDescription = Pick<SlotFile, 'kind' | 'label' | 'created' | 'until' | 'cost'>

// The key that this nonce goes with is made of a salt of its own, and seals once.
const NONCE = new Uint8Array(NONCE_BYTES)

/** Seals the master keys under a secret (section 3 of `docs/format/repository.md`). Fails with `invalid-input` on an empty secret or a label too long. */
export async function createSlot(slot: NewSlot): Promise<StoredSlot> {
  const { repoId, kind, label, untilMs, secret, master, random, now, cost = DEFAULT_COST } = slot
  if (label.length > LONGEST_LABEL) throw new EverstowError('invalid-input', { data: { field: 'label' } })
  if (secret.reveal() === '') throw new EverstowError('invalid-input', { data: { field: 'passphrase' } })
  const slotId = randomHex(random, 8)
  const salt = random.bytes(32)
  const { kek, commit } = await deriveSlotKeys(kdfInput(kind, secret), salt, cost)
  const until = untilMs === undefined ? undefined : new Date(untilMs).toISOString()
  const head = { kind, label, created: new Date(now).toISOString(), until, cost, salt, commit }
  const plain = encodeMaster(master)
  const sealed = seal(kek, NONCE, boundTo(repoId, slotId, head), [plain])
  plain.fill(0)
  kek.fill(0)
  return { slotId, bytes: encodeSlotFile({ ...head, sealed }) }
}

/** What stands open in a slot. Fails as `parseSlotFile` does. */
export function describeSlot(bytes: Uint8Array): SlotDescription {
  const { kind, label, created, until, cost } = parseSlotFile(bytes)
  return { kind, label, created, until, cost }
}

/** The same of a slot that stays. An invite does not belong where those lie, and counts as `slot-damaged` there. */
export function describeKeptSlot(bytes: Uint8Array): SlotDescription & { readonly kind: KeptKind } {
  const { kind, ...rest } = describeSlot(bytes)
  if (kind === 'invite') throw new EverstowError('slot-damaged')
  return { kind, ...rest }
}

/**
 * The master keys in a slot. Fails with `passphrase-wrong` or `recovery-words-wrong` (by the slot's kind), `slot-damaged`, `kdf-refused`,
 * `repository-newer`; never gives other keys than those that were sealed for this repository under this slot's id.
 */
export async function openSlot(
  bytes: Uint8Array,
  slotId: string,
  repoId: Uint8Array,
  secret: Secret,
): Promise<MasterKeys> {
  const slot = parseSlotFile(bytes)
  const keys = await deriveSlotKeys(kdfInput(slot.kind, secret), slot.salt, slot.cost)
  try {
    return openDerived(slot, slotId, repoId, keys)
  } finally {
    keys.kek.fill(0)
  }
}

/** Opens a slot with keys that are already derived. */
export function openDerived(slot: SlotFile, slotId: string, repoId: Uint8Array, keys: SlotKeys): MasterKeys {
  if (!timingSafeEqual(slot.commit, keys.commit)) {
    throw slot.kind === 'recovery'
      ? new EverstowError('recovery-words-wrong', { data: { slotId, reason: 'other-kit' } })
      : new EverstowError('passphrase-wrong', { data: { slotId, reason: 'repository' } })
  }
  const plain = openSeal(slot, slotId, boundTo(repoId, slotId, slot), keys.kek)
  const master = decodeMaster(plain)
  plain.fill(0)
  if (!master) throw new EverstowError('slot-damaged', { data: { slotId } })
  return master
}

function openSeal(slot: SlotFile, slotId: string, aad: Uint8Array, kek: Uint8Array): Uint8Array {
  try {
    return open(kek, NONCE, aad, slot.sealed, 'slot')
  } catch (cause) {
    throw new EverstowError('slot-damaged', { data: { slotId }, cause })
  }
}

/** Typed composed or decomposed, a password is the same; a kit's words stand for their 32 bytes, an invite's code for its letters. */
function kdfInput(kind: SlotKind, secret: Secret): Uint8Array {
  if (kind === 'recovery') return entropyOf(secret)
  return Buffer.from(kind === 'invite' ? lettersOf(secret) : secret.reveal().normalize('NFC'))
}

/** The additional data of the seal: repository, slot, and everything that stands in the file before the seal. */
function boundTo(repoId: Uint8Array, slotId: string, head: Omit<SlotFile, 'sealed'>): Uint8Array {
  const headHash = createHash('sha256').update(encodeSlotHead(head)).digest()
  return Buffer.concat([repoId, Buffer.from(slotId), headHash])
}

function encodeMaster({ epochs }: MasterKeys): Buffer {
  const plain = Buffer.alloc(4 + epochs.length * (4 + KEY_BYTES))
  plain.writeUInt32LE(epochs.length)
  for (const [index, { epoch, key }] of epochs.entries()) {
    const offset = 4 + index * (4 + KEY_BYTES)
    plain.writeUInt32LE(epoch, offset)
    plain.set(key, offset + 4)
  }
  return plain
}

/** The keys by epoch, or undefined unless they are those of epochs 1, 2 … without a gap and nothing follows. */
function decodeMaster(bytes: Uint8Array): MasterKeys | undefined {
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = plain.length >= 4 ? plain.readUInt32LE() : 0
  if (count === 0 || plain.length !== 4 + count * (4 + KEY_BYTES)) return undefined
  const epochs = Array.from({ length: count }, (_, index) => {
    const offset = 4 + index * (4 + KEY_BYTES)
    return {
      epoch: plain.readUInt32LE(offset),
      key: new Uint8Array(plain.subarray(offset + 4, offset + 4 + KEY_BYTES)),
    }
  })
  return epochs.every(({ epoch }, index) => epoch === index + 1) ? { epochs } : undefined
}
