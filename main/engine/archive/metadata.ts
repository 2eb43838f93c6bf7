import { z } from 'zod'
import { EverstowError } from '../model/errors.ts'

/** A larger file is not looked at. */
export const METADATA_LIMIT_BYTES = 4 * 1024 * 1024

/** The word of the older systems for how far a backup, or one copy of it, has come. */
const syncStatus = z.enum(['pending', 'syncing', 'synced', 'failed'])

/** A file name that can only mean a file in the same folder. */
const plainName = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => !/[/\\\0]/.test(name) && name !== '.' && name !== '..', 'not a plain file name')

const timestamp = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a time')
const count = z.number().int().nonnegative()
const digest = (hexDigits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${hexDigits}}$`, 'i'))

const copy = z.looseObject({
  /** Stable id of the place. */
  destination: z.string(),
  name: z.string(),
  type: z.string(),
  status: syncStatus,
  cloud_path: z.string().nullish(),
  synced_at: timestamp.nullish(),
  verified_at: timestamp.nullish(),
})

/**
 * What stands in `unified_backup_YYYYMMDD_HHMMSS_metadata.json`. The first nine keys are those of the older systems, and all that a file
 * needs to be accepted; unknown keys are kept, so that a file of a newer version survives being written again.
 */
const metadata = z.looseObject({
  backup_id: plainName,
  /** ISO 8601. */
  timestamp,
  filename: plainName,
  size_bytes: count,
  /** MD5 of the archive, hex. */
  checksum: digest(32),
  format: z.string(),
  /** A number; some older files list the names instead. */
  files_backed_up: z.union([count, z.array(z.unknown()).transform((names) => names.length)]),
  cloud_sync_status: syncStatus,
  cloud_path: z.string().nullish(),

  /** SHA-256 of the archive, hex. */
  sha256: digest(64).nullish(),
  schema_version: z.number().nullish(),
  copies: z.array(copy).nullish(),
  hostname: z.string().nullish(),
  tool: z.string().nullish(),
  /** Which source lies under which path of the archive. */
  sources: z.array(z.looseObject({ path: z.string(), prefix: z.string() })).nullish(),
  directories: count.nullish(),
  /** Bytes of the sources that were read. */
  bytes_read: count.nullish(),
  /** Something that was chosen could not be read, or changed while it was. */
  incomplete: z.boolean().nullish(),
  skipped_count: count.nullish(),
  /** File name of the index beside the archive. */
  index: plainName.nullish(),
  plan: z.string().nullish(),
  plan_id: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
})

/** `null` and absent mean the same in the file; a reader gets `undefined` for both, a writer may give either. */
type WithoutNull<T> = {
  readonly [K in keyof T]: Exclude<T[K], null>
}

export type ArchiveMetadata = WithoutNull<z.output<typeof metadata>>
export type MetadataInput = Readonly<z.input<typeof metadata>>

/** The bytes of the file: JSON for people, two spaces deep, absent facts left out except `cloud_path`, which scripts look for. */
export function buildMetadata(input: MetadataInput): Uint8Array {
  return Buffer.from(`${JSON.stringify({ ...input, cloud_path: input.cloud_path ?? null }, null, 2)}\n`)
}

/** Reads the file, ours or an older system's. Throws `archive-damaged` with what is wrong. */
export function parseMetadata(bytes: Uint8Array): ArchiveMetadata {
  if (bytes.length > METADATA_LIMIT_BYTES)
    throw new EverstowError('archive-damaged', {
      data: { part: 'metadata', reason: 'too large', sizeBytes: bytes.length },
    })
  let json: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    json = JSON.parse(text, (key, value) => (key === '__proto__' ? undefined : value))
  } catch (cause) {
    throw new EverstowError('archive-damaged', { data: { part: 'metadata', reason: 'not JSON' }, cause })
  }
  const read = metadata.safeParse(withoutNull(json))
  if (read.success) return read.data as ArchiveMetadata
  const [issue] = read.error.issues
  throw new EverstowError('archive-damaged', {
    data: { part: 'metadata', reason: issue?.message, field: issue?.path.join('.') },
  })
}

/** Drops the `null`s of the top level: older files write them where they know nothing. */
function withoutNull(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null))
}
