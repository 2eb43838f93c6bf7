import { z } from 'zod'
import { EverstowError } from '../../model/errors.ts'
import { checkCost, type ScryptCost } from './slot-kdf.ts'

/** Who opens a slot: a password that a person knows, the 24 words of a recovery kit, or, once, the code of an invite. */
export type SlotKind = KeptKind | 'invite'
/** Slots that stay until somebody takes them away. */
export type KeptKind = 'password' | 'recovery'

/** A slot file taken apart. The format is section 3 of `docs/format/repository.md`. */
export interface SlotFile {
  readonly kind: SlotKind
  /** What a person calls it. */
  readonly label: string
  /** ISO 8601. */
  readonly created: string
  /** ISO 8601, by the clock of its place: when an invite ends. Others have none. */
  readonly until?: string | undefined
  readonly cost: ScryptCost
  /** 32 bytes. */
  readonly salt: Uint8Array
  /** 32 bytes, compared before the seal is tried. */
  readonly commit: Uint8Array
  /** The master keys, sealed; tag at the end. */
  readonly sealed: Uint8Array
}

/** The longest label, in UTF-16 units. */
export const LONGEST_LABEL = 200
/** A slot with the keys of 800 epochs still fits. */
const MOST_BYTES = 64 * 1024

const HASH = z.string().regex(/^[0-9a-f]{64}$/)
const HEAD = {
  version: z.literal(1),
  label: z.string().max(LONGEST_LABEL),
  created: z.iso.datetime(),
  kdf: z.strictObject({ id: z.literal('scrypt'), n: z.int(), r: z.int(), p: z.int(), salt: HASH }),
  commit: HASH,
  sealed: z.string().regex(/^(?:[0-9a-f]{2})+$/),
}
const SLOT = z.discriminatedUnion('kind', [
  z.strictObject({ ...HEAD, kind: z.enum(['password', 'recovery']), until: z.undefined().optional() }),
  z.strictObject({ ...HEAD, kind: z.literal('invite'), until: z.iso.datetime() }),
])
const NEWER = z.object({ version: z.int().min(2) })

/** The bytes before the field `sealed`. Their hash goes into the seal, so that kind, label, date and cost cannot be changed unseen. */
export function encodeSlotHead({
  kind,
  label,
  created,
  until,
  cost,
  salt,
  commit,
}: Omit<SlotFile, 'sealed'>): Uint8Array {
  const { n, r, p } = cost
  const kdf = { id: 'scrypt', n, r, p, salt: hex(salt) }
  return Buffer.from(
    JSON.stringify({ version: 1, kind, label, created, until, kdf, commit: hex(commit) }).slice(0, -1),
  )
}

export function encodeSlotFile(slot: SlotFile): Uint8Array {
  return Buffer.concat([encodeSlotHead(slot), Buffer.from(`,"sealed":"${hex(slot.sealed)}"}`)])
}

/**
 * Takes a slot file apart without any secret. There is one way to write a slot and only that one is read, so a changed byte is a damaged slot
 * or changes a field that the seal binds. Fails with `slot-damaged`, `kdf-refused` or, for a later version, `repository-newer`.
 */
export function parseSlotFile(bytes: Uint8Array): SlotFile {
  const json = parseJson(bytes)
  const parsed = SLOT.safeParse(json)
  if (!parsed.success) {
    if (NEWER.safeParse(json).success) throw new EverstowError('repository-newer')
    throw new EverstowError('slot-damaged')
  }
  const { kind, label, created, until, kdf, commit, sealed } = parsed.data
  const { n, r, p } = kdf
  const slot: SlotFile = {
    kind,
    label,
    created,
    until,
    cost: { n, r, p },
    salt: Buffer.from(kdf.salt, 'hex'),
    commit: Buffer.from(commit, 'hex'),
    sealed: Buffer.from(sealed, 'hex'),
  }
  if (!Buffer.from(encodeSlotFile(slot)).equals(bytes)) throw new EverstowError('slot-damaged')
  checkCost(slot.cost)
  return slot
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MOST_BYTES)
    throw new EverstowError('slot-damaged', { data: { sizeBytes: bytes.length } })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw new EverstowError('slot-damaged', { cause: error })
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
