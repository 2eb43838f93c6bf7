import { z } from 'zod'
import { countField, hex16Bytes, hex32Bytes } from '../format/json-fields.ts'

/** Hex ids, or the list object of session `b` that holds them because they do not fit into a record. */
const idsOrList = z.union([z.array(hex32Bytes), z.object({ list: hex32Bytes, b: countField })])

const ids = z.array(hex32Bytes)
const slotId = z.string().regex(/^[0-9a-f]{16}$/)
const device = z.object({ id: hex16Bytes, name: z.string().max(256), publicKey: hex32Bytes })
const snapsBody = z.object({ snaps: ids })
const chunksBody = z.object({ chunks: ids })
const sweepBody = z.object({ sweep: countField })

/** What a record of each type says (docs/format/repository.md, section 8). */
export const BODIES = {
  genesis: z.object({
    repo: hex32Bytes,
    dest: hex16Bytes,
    device,
    /** `one`: a store without conditional writes; only the owner writes, at first this device. */
    writers: z.enum(['many', 'one']).default('many'),
  }),
  begin: z.object({ purpose: z.enum(['backup', 'replicate', 'repack', 'heal']) }),
  commit: z.object({
    b: countField,
    snaps: idsOrList,
    idx: idsOrList,
    uses: z.object({ packs: idsOrList, snaps: idsOrList }),
  }),
  /** `gone`: segments that nobody has any more and that the index does without. */
  repack: z.object({ b: countField, idx: idsOrList, drop: idsOrList, gone: ids.optional() }),
  forget: snapsBody,
  unforget: snapsBody,
  pin: snapsBody,
  unpin: snapsBody,
  expire: z.object({ b: countField }),
  sweep: z.object({ packs: ids, snaps: ids }),
  restore: sweepBody,
  purge: sweepBody,
  lost: chunksBody,
  found: chunksBody,
  'device+': z.object({ device }),
  'device-': z.object({ id: hex16Bytes }),
  'key+': z.object({
    slot: slotId,
    kind: z.enum(['password', 'recovery']),
    epoch: z.int().positive(),
  }),
  'key-': z.object({ slot: slotId }),
  owner: z.object({ device: hex16Bytes }),
} as const

export type RecordType = keyof typeof BODIES
export type RecordBody<Type extends RecordType> = z.infer<(typeof BODIES)[Type]>
export type RecordDevice = z.infer<typeof device>
export type IdsOrList = z.infer<typeof idsOrList>
export type SessionPurpose = RecordBody<'begin'>['purpose']

/** Whether this version knows records of that type. */
export function isRecordType(type: string): type is RecordType {
  return Object.hasOwn(BODIES, type)
}
