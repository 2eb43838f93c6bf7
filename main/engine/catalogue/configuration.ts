import { z } from 'zod'
import type { Files } from '../env/files.ts'
import { rememberedFile } from '../env/remembered-file.ts'
import { DESTINATION_TYPES, type Destination, type KnownRepository } from '../model/destination.ts'
import { EverstowError } from '../model/errors.ts'
import { lineOfJsonError } from '../model/json-line.ts'
import { MIRROR_DIRECTIONS, MIRROR_KEEP_DAYS, type Mirror } from '../model/mirror.ts'
import type { Plan } from '../model/plan.ts'
import type { ProtectedDatabase } from '../model/protected-database.ts'
import { CONDITIONS, PLAN_CONDITIONS, parseQuietHours } from '../model/schedule/conditions.ts'
import { parseSchedule } from '../model/schedule/schedule.ts'
import { SYNC_STRATEGIES, type SyncedFolder } from '../model/synced-folder.ts'

/** What a person set up. It is small, holds no secret, and is the one thing that cannot be rebuilt from the places. */
export interface Configuration {
  readonly destinations: readonly Destination[]
  readonly plans: readonly Plan[]
  /** Clusters under continuous protection. */
  readonly databases: readonly ProtectedDatabase[]
  /** Folders that are kept the same as those of other devices. */
  readonly syncedFolders: readonly SyncedFolder[]
  /** Folders whose files lie somewhere as plain objects. */
  readonly mirrors: readonly Mirror[]
  /** Repositories this computer has the keys of; the first is its own. */
  readonly repositories: readonly KnownRepository[]
  /** Bytes of snapshots that may wait on this computer; absent: 20 GiB or half of what is free, whichever is less. */
  readonly spoolLimitBytes?: number
  /** Choices of the application (language, theme …); the engine only keeps them. */
  readonly preferences: Readonly<Record<string, unknown>>
}

const text = z.string().min(1)
const limit = z.number().int().positive().optional()
const price = z.number().nonnegative()
const quietHours = text.transform((value) => parseQuietHours(value)).optional()

const DestinationSchema = z.object({
  id: text,
  name: text,
  type: z.enum(DESTINATION_TYPES),
  path: text.optional(),
  bucket: text.optional(),
  prefix: text.optional(),
  endpoint: text.optional(),
  region: text.optional(),
  account: text.optional(),
  project: text.optional(),
  credentialsFile: text.optional(),
  profile: text.optional(),
  pathStyle: z.boolean().optional(),
  encryption: z.object({ kind: z.enum(['AES256', 'aws:kms']), kmsKeyId: text.optional() }).optional(),
  storageClass: text.optional(),
  uploadLimit: limit,
  downloadLimit: limit,
  limits: text.optional(),
  budgetBytes: limit,
  prices: z
    .object({
      asOf: text,
      currency: text,
      storageGbMonth: price,
      putPer1000: price,
      getPer1000: price,
      listPer1000: price,
      egressGb: price,
    })
    .optional(),
  waitFor: z.array(z.enum(CONDITIONS)).optional(),
  quietHours,
  repositoryId: text.optional(),
})

const RepositorySchema = z.object({
  id: text,
  createdAt: text,
  deviceId: text,
  deviceName: text,
  kitConfirmedAt: text.optional(),
  isRenewing: z.boolean().optional(),
})

const PlanSchema = z.object({
  id: text,
  name: text,
  sources: z.array(text).min(1),
  format: z.enum(['archive', 'snapshot']),
  destinationIds: z.array(text),
  exclude: z.array(z.string()).default([]),
  excludePresets: z.array(z.string()).default([]),
  schedule: z.string().transform((value) => parseSchedule(value)),
  waitFor: z.array(z.enum(PLAN_CONDITIONS)).optional(),
  quietHours,
  staleAfterHours: limit,
  keepDays: z.number().int().positive().optional(),
  keep: text.optional(),
  keepAt: z.record(z.string(), text).optional(),
  compression: z.enum(['normal', 'fast']).optional(),
  canaries: z.boolean().optional(),
})

const DatabaseSchema = z.object({
  id: text,
  name: text,
  url: text,
  destinationIds: z.array(text),
  baseSchedule: z.string().transform((value) => parseSchedule(value)),
  keepDays: z.number().int().positive(),
  systemId: text.optional(),
})

const SyncedFolderSchema = z.object({
  id: text,
  name: text,
  spaceId: text.regex(/^[0-9a-f]{32}$/),
  destinationId: text,
  folder: text,
  strategy: z.enum(SYNC_STRATEGIES),
  only: z.array(text).default([]),
  ignore: z.array(text).default([]),
  auto: z.boolean().default(true),
})

const MirrorSchema = z.object({
  id: text,
  name: text,
  destinationId: text,
  folder: text,
  prefix: text,
  direction: z.enum(MIRROR_DIRECTIONS),
  ignore: z.array(text).default([]),
  keepDays: z.number().int().positive().default(MIRROR_KEEP_DAYS),
  schedule: z.string().transform((value) => parseSchedule(value)),
})

const ConfigurationSchema = z.object({
  version: z.literal(1),
  destinations: z.array(DestinationSchema),
  plans: z.array(PlanSchema),
  databases: z.array(DatabaseSchema).default([]),
  syncedFolders: z.array(SyncedFolderSchema).default([]),
  mirrors: z.array(MirrorSchema).default([]),
  repositories: z.array(RepositorySchema).default([]),
  spoolLimitBytes: limit,
  preferences: z.record(z.string(), z.unknown()).default({}),
})

const EMPTY: Configuration = {
  destinations: [],
  plans: [],
  databases: [],
  syncedFolders: [],
  mirrors: [],
  repositories: [],
  preferences: {},
}
const MAX_BYTES = 8 * 1024 * 1024

/** The settings file. Several processes may use it: every read looks whether it changed, every change happens under a lock. */
export interface ConfigurationFile {
  read(): Promise<Configuration>
  /** Reads, applies `change`, writes durably. Nothing is written when `change` throws or gives the same object back. */
  update(change: (current: Configuration) => Configuration): Promise<Configuration>
}

/** Opens the settings file at `path` (made at the first change). `exclusively` runs a task while no other process changes the file. */
export function openConfiguration(
  path: string,
  files: Files,
  exclusively: <T>(task: () => Promise<T>) => Promise<T>,
): ConfigurationFile {
  const readFile = rememberedFile(
    files,
    path,
    (text) => parseConfiguration(text, path),
    ({ sizeBytes }) => {
      if (sizeBytes > MAX_BYTES)
        throw new EverstowError('settings-invalid', { data: { path, reason: 'size' } })
    },
  )
  const read = async (): Promise<Configuration> => (await readFile()) ?? EMPTY

  return {
    read,
    update: (change) =>
      exclusively(async () => {
        const before = await read()
        const after = change(before)
        if (after !== before)
          await files.writeAtomic(path, `${JSON.stringify({ version: 1, ...after }, null, 2)}\n`, {
            mode: 0o600,
          })
        return after
      }),
  }
}

function parseConfiguration(content: string, path: string): Configuration {
  const text = content.replace(/^\uFEFF/, '')
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    // What is wrong quotes the file; where it is wrong is enough.
    throw new EverstowError('settings-invalid', {
      data: { path, line: lineOfJsonError(text), reason: 'json' },
    })
  }
  const parsed = ConfigurationSchema.safeParse(raw)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new EverstowError('settings-invalid', {
      data: { path, reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` },
    })
  }
  const { version: _, ...configuration } = parsed.data
  return configuration
}
