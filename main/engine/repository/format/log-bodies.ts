import { z } from 'zod'
import { countField, hex16Bytes, hex32Bytes, slotIdField } from './json-fields.ts'

/** A device as records introduce it; the key is a raw Ed25519 public key. */
export const deviceField = z.object({ id: hex16Bytes, name: z.string().max(256), publicKey: hex32Bytes })

/** Hex ids, or where to find them: a list object written by session `b`. */
const idsOrList = z.union([z.array(hex32Bytes), z.object({ list: hex32Bytes, b: countField })])

const snapsBody = z.object({ snaps: idsOrList })
const sweepBody = z.object({ sweep: countField })
const chunksBody = z.object({ chunks: idsOrList })
const slotBody = z.object({
  slot: slotIdField,
  kind: z.enum(['password', 'recovery']),
  epoch: z.int().positive(),
})

/** What each type of record says (docs/format/repository.md, section 8). */
export const BODIES = {
  genesis: z.object({ repo: hex32Bytes, dest: hex16Bytes, device: deviceField }),
  begin: z.object({ purpose: z.enum(['backup', 'replicate', 'repack', 'heal']) }),
  commit: z.object({
    b: countField,
    snaps: idsOrList,
    idx: idsOrList,
    uses: z.object({ packs: idsOrList, snaps: idsOrList }),
  }),
  repack: z.object({ b: countField, idx: idsOrList, drop: idsOrList }),
  forget: snapsBody,
  unforget: snapsBody,
  pin: snapsBody,
  unpin: snapsBody,
  expire: z.object({ b: countField }),
  sweep: z.object({ packs: idsOrList }),
  restore: sweepBody,
  purge: sweepBody,
  lost: chunksBody,
  found: chunksBody,
  'device+': z.object({ device: deviceField }),
  'device-': z.object({ id: hex16Bytes }),
  'key+': slotBody,
  'key-': slotBody,
  owner: z.object({ device: hex16Bytes }),
} as const

export type RecordType = keyof typeof BODIES
export type RecordBody<T extends RecordType> = z.infer<(typeof BODIES)[T]>
export type RecordDevice = z.infer<typeof deviceField>
/** Hex ids in a record, or the list object that holds them. */
export type IdsOrList = z.infer<typeof idsOrList>

/** Whether this version knows records of that type. */
export function isRecordType(type: string): type is RecordType {
  return Object.hasOwn(BODIES, type)
}
