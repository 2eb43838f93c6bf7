import { z } from 'zod'
import { damaged } from './damaged.ts'
import { countField, hex16Bytes, hex32Bytes, parseBoundedJson, timeField } from './json-fields.ts'

/** Bounded by what its writers put in: `skipped` lists at most some thousands. */
const LARGEST_BYTES = 64 * 1024 * 1024

const schema = z.object({
  version: z.literal(1),
  backupId: z.string().min(1),
  time: timeField,
  planId: z.string().nullable(),
  planName: z.string().nullable(),
  device: z.object({ id: hex16Bytes, name: z.string() }),
  hostname: z.string(),
  tag: z.string().nullable(),
  /** chunkId of the directory whose entries are the prefixes of `roots`. */
  tree: hex32Bytes,
  sources: z.array(z.string()),
  roots: z.array(z.object({ source: z.string(), prefix: z.string().min(1) })),
  stats: z.object({
    files: countField,
    directories: countField,
    bytes: countField,
    newBytes: countField,
    storedBytes: countField,
    durationMs: countField,
  }),
  incomplete: z.boolean(),
  skipped: z.array(z.object({ path: z.string(), reason: z.string(), code: z.string() })),
  /** How many were skipped; `skipped` may list fewer. */
  skippedCount: countField,
  /** Whether extended attributes were read. */
  xattrs: z.boolean(),
})

/** What a snapshot says of itself (docs/format/repository.md, section 6). */
export type SnapshotRoot = z.infer<typeof schema>

/** The plaintext of a snapshot's root: the same facts make the same bytes. */
export function encodeSnapshotRoot(root: SnapshotRoot): Uint8Array {
  return Buffer.from(JSON.stringify(schema.parse(root)))
}

/** Reads the plaintext of a snapshot's root; `data-damaged` when it is none. */
export function decodeSnapshotRoot(plain: Uint8Array): SnapshotRoot {
  const root = schema.safeParse(parseBoundedJson(plain, LARGEST_BYTES))
  if (!root.success) throw damaged('snap', 'json', root.error)
  return root.data
}
