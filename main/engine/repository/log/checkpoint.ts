import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import type { Random } from '../../env/random.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { damaged } from '../format/damaged.ts'
import { countField, hex16Bytes, hex32Bytes, parseBoundedJson } from '../format/json-fields.ts'
import { mostFromFrame } from '../format/most-from-frame.ts'
import { openObject, sealObject } from '../format/sealed-object.ts'
import type { Collections, State } from './state.ts'

/**
 * A checkpoint is written behind every record whose position is a multiple of this: often while the log is short and its state small, so that a computer that
 * comes new asks for few records; seldom where each costs more.
 */
export function checkpointEvery(pos: number): number {
  return pos <= SHORT_LOG ? 64 : 256
}

const SHORT_LOG = 1024
const LARGEST_STATE_BYTES = 512 * 1024 * 1024

/** The collections that a checkpoint holds; `swept` follows from `sweeps`. */
const KEPT = [
  'devices',
  'slots',
  'sessions',
  'snapshots',
  'tombstones',
  'segments',
  'sweeps',
  'lost',
  'suspects',
] as const satisfies readonly (keyof Collections)[]

const entries = z.array(z.tuple([z.union([z.string(), countField]), z.unknown()]))
const schema = z.object({
  version: z.literal(1),
  pos: countField,
  hash: hex32Bytes,
  destId: hex16Bytes,
  repoJsonHash: hex32Bytes,
  owner: hex16Bytes.nullable(),
  alarms: z.array(z.object({ pos: countField, reason: z.string() })),
  ...(Object.fromEntries(KEPT.map((name) => [name, entries])) as Record<
    (typeof KEPT)[number],
    typeof entries
  >),
})

/** The state as bytes: equal logs give equal bytes (V8). */
export function encodeState(state: State): Uint8Array {
  const { pos, hash, destId, repoJsonHash, owner, alarms } = state
  const facts = { version: 1, pos, hash, destId, repoJsonHash, owner: owner ?? null, alarms }
  const collections = Object.fromEntries(KEPT.map((name) => [name, [...state[name]]]))
  return Buffer.from(JSON.stringify({ ...facts, ...collections }))
}

/** The state back from its bytes; `data-damaged` when they are none. A damaged state is never encoded. */
export function decodeState(bytes: Uint8Array): State {
  const parsed = schema.safeParse(parseBoundedJson(bytes, LARGEST_STATE_BYTES))
  if (!parsed.success) throw damaged('ckpt', 'json', parsed.error)
  const { version: _, owner, ...facts } = parsed.data
  const collections = Object.fromEntries(KEPT.map((name) => [name, new Map(facts[name])]))
  // The seal says that a holder of the keys encoded it so; of its entries only the shape of the keys is checked again.
  const state = { ...facts, ...collections, owner: owner ?? undefined, damaged: false } as unknown as State
  return { ...state, swept: sweptOf(state) }
}

/** The checkpoint object of a state. */
export function sealCheckpoint(keys: RepoKeys, state: State, random: Random): Uint8Array {
  const level = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }
  return sealObject(keys, 'ckpt', zstdCompressSync(encodeState(state), level), random).bytes
}

/** The state in a checkpoint object; `data-damaged` or `key-missing` when it cannot be had. */
export function openCheckpoint(keys: RepoKeys, bytes: Uint8Array): State {
  const frame = openObject(keys, 'ckpt', bytes)
  try {
    return decodeState(
      zstdDecompressSync(frame, { maxOutputLength: mostFromFrame(frame.length, LARGEST_STATE_BYTES) }),
    )
  } catch (error) {
    throw damaged('ckpt', 'zstd', error)
  }
}

function sweptOf(state: State): Map<string, readonly number[]> {
  const swept = new Map<string, readonly number[]>()
  for (const { pos, packs, restored } of state.sweeps.values()) {
    if (restored !== undefined) continue
    for (const pack of packs) swept.set(pack, [...(swept.get(pack) ?? []), pos])
  }
  return swept
}
