import { z } from 'zod'
import type { Random } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import type { RepoKeys } from '../../repository/crypto/repo-keys.ts'
import { damaged } from '../../repository/format/damaged.ts'
import { countField, hex16Bytes, hex32Bytes } from '../../repository/format/json-fields.ts'
import type { Batch } from '../operations.ts'
import { LARGEST_SLOT_BYTES, openJson, sealJson } from './sealed.ts'

const MOST_OPERATIONS = 200_000
const MOST_PACKS = 100_000
const LONGEST_NAME = 1024
const LATEST_MS = 8.64e15

const nodeId = z.string().regex(/^[\w:.-]{1,80}$/)
const name = z
  .string()
  .min(1)
  .max(LONGEST_NAME)
  .refine((text) => text !== '.' && text !== '..' && !/[/\0]/.test(text))
/** `<size>-<base64url of 32 bytes>`, `0-` for nothing. */
export const contentField = z.string().regex(/^(0-|[1-9]\d{0,14}-[\w-]{43})$/)
/** What is inside a file or a link, as an operation says it: with `!x` for one that may be run; `>` and the target for a link. */
export const insideField = z.union([
  z.string().regex(/^(0-|[1-9]\d{0,14}-[\w-]{43})(!x)?$/),
  z
    .string()
    .max(4_097)
    .regex(/^>[^\0]+$/),
])
const mtimeMs = z.number().min(-LATEST_MS).max(LATEST_MS)
const base = countField
const kind = z.enum(['file', 'directory', 'symlink'])

const operation = z
  .discriminatedUnion('do', [
    z.strictObject({
      do: z.literal('create'),
      id: nodeId,
      parent: nodeId,
      name,
      kind,
      content: insideField.optional(),
      mtimeMs,
    }),
    z.strictObject({ do: z.literal('update'), id: nodeId, content: insideField, mtimeMs, base }),
    z.strictObject({ do: z.literal('move'), id: nodeId, parent: nodeId, name, base }),
    z.strictObject({ do: z.literal('delete'), id: nodeId, base }),
    z.strictObject({ do: z.literal('keep'), id: nodeId, content: insideField, base }),
  ])
  .refine((one) => one.id !== 'root')
  .refine((one) => one.do !== 'create' || (one.kind === 'directory') === (one.content === undefined))

const storedField = z.strictObject({
  packs: z.array(z.base64()).max(MOST_PACKS),
  contents: z.array(z.tuple([contentField, z.base64()])).max(MOST_OPERATIONS),
})

const schema = z.strictObject({
  version: z.literal(1),
  /** Hex SHA-256 of the stored bytes of the slot before; 64 zeros in the first. */
  previous: hex32Bytes,
  rid: z.string().min(1).max(80),
  device: z.string().min(1).max(80),
  atMs: mtimeMs,
  operations: z.array(operation).max(MOST_OPERATIONS),
  stored: storedField.optional(),
  condemn: z.array(hex32Bytes).max(MOST_PACKS).optional(),
  swept: z.array(hex32Bytes).max(MOST_PACKS).optional(),
})

/** What the first slot follows. */
export const NO_SLOT = '0'.repeat(64)

export const spaceIdField = hex16Bytes

/** The bytes of a slot; `invalid-input` when they are more than a slot may have, or the batch is none that others would take. */
export function sealSlot(
  keys: RepoKeys,
  at: { readonly spaceId: string; readonly slot: number; readonly previous: string },
  batch: Batch,
  random: Random,
): Uint8Array {
  const { spaceId, slot, previous } = at
  const checked = schema.safeParse({ version: 1, previous, ...batch })
  if (!checked.success)
    throw new EverstowError('invalid-input', {
      data: { field: 'batch', reason: z.prettifyError(checked.error).slice(0, 300) },
    })
  const bytes = sealJson(keys, { type: 'slot', spaceId, slot }, checked.data, random)
  if (bytes.length > LARGEST_SLOT_BYTES)
    throw new EverstowError('invalid-input', {
      data: { field: 'batch', reason: 'too-large', sizeBytes: bytes.length, mostBytes: LARGEST_SLOT_BYTES },
      message: 'a batch is too large for a slot: hand over less at a time',
    })
  return bytes
}

/** The batch in a slot; `data-damaged` where it is none, or was written for another place. */
export function openSlot(
  keys: RepoKeys,
  spaceId: string,
  slot: number,
  bytes: Uint8Array,
): { readonly previous: string; readonly batch: Batch } {
  if (bytes.length > LARGEST_SLOT_BYTES) throw damaged('sync-slot', 'too-large')
  const parsed = schema.safeParse(openJson(keys, { type: 'slot', spaceId, slot }, bytes))
  if (!parsed.success) throw damaged('sync-slot', 'schema', parsed.error)
  const { version: _, previous, ...batch } = parsed.data
  return { previous, batch: batch as Batch }
}
