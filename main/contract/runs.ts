import { z } from 'zod'
import { DatabaseProofReport, DatabaseTidyReport, RecoveryReport } from './databases.ts'
import { MirrorReport } from './mirror.ts'
import { Backup, Bytes, CopyState, Id, IsoTime, WireError } from './nouns.ts'
import { DatabaseReport, DumpProofReport } from './postgres.ts'
import { CheckReport, DrillReport, PruneReport, RenewReport } from './repositories.ts'
import { SpaceTidyReport, SyncReport } from './sync-nouns.ts'

export const RunKind = z.enum([
  'backup',
  'push',
  'restore',
  'verify',
  'cleanup',
  'rebuild',
  'prune',
  'drill',
  'renew',
  'recover',
  'prove',
  'tidy',
  'sync',
  'mirror',
  'sweep',
  'undo',
])

export const RestoreReport = z.object({
  into: z.string(),
  restored: z.number().int(),
  bytes: Bytes,
  directories: z.number().int(),
  links: z.number().int(),
  replaced: z.number().int(),
  renamed: z.number().int(),
  unchanged: z.number().int(),
  /** Left alone because something is there. */
  skipped: z.number().int(),
  refused: z.array(z.object({ path: z.string(), reason: z.string() })),
  failed: z.array(z.object({ path: z.string(), reason: z.string() })),
  /** Where overwritten files were put. */
  replacedInto: z.string().optional(),
  fromPlace: z.string().optional(),
  dryRun: z.boolean(),
  /** It can be undone by this. */
  undoId: Id.optional(),
})
export type RestoreReport = z.infer<typeof RestoreReport>

/** Why something is left as it is when a restore is undone. */
export const LeftReason = z.enum(['changed', 'in-use', 'in-the-way', 'kept-gone', 'folder-gone', 'refused'])

/** What undoing a restore did, or with `dryRun` would do. Counts are files and links. */
export const UndoReport = z.object({
  into: z.string(),
  dryRun: z.boolean(),
  /** New ones that went. */
  removed: z.number().int(),
  /** Replaced ones that are back. */
  broughtBack: z.number().int(),
  /** Left as it is; at most 10,000 are named. */
  left: z.array(z.object({ path: z.string(), reason: LeftReason })),
  leftCount: z.number().int(),
  /** The folder with what was replaced, where something is still in it. */
  keptIn: z.string().optional(),
})
export type UndoReport = z.infer<typeof UndoReport>

/** What reading the log of a protected database back from one place said. */
export const LogCheck = z.object({
  databaseId: Id,
  databaseName: z.string(),
  placeId: Id,
  placeName: z.string(),
  /** Files that were read, and what they take there. */
  files: z.number().int(),
  bytes: Bytes,
  /** Names of files that are not what was stored, also of those that were mended. */
  damaged: z.array(z.string()),
  healed: z.number().int(),
  /** Those that are whole nowhere. */
  lost: z.array(z.string()),
  error: WireError.optional(),
})
export type LogCheck = z.infer<typeof LogCheck>

export const VerifyReport = z.object({
  checked: z.number().int(),
  ok: z.number().int(),
  bytes: Bytes,
  problems: z.array(
    z.object({
      backupId: Id,
      placeId: Id,
      placeName: z.string(),
      kind: z.enum(['damaged', 'missing', 'unreachable']),
      error: WireError.optional(),
    }),
  ),
  /** What was found in the repositories, by place. */
  repositories: z.array(CheckReport),
  /** What was found in the logs of protected databases, by database and place. */
  logs: z.array(LogCheck),
})
export type VerifyReport = z.infer<typeof VerifyReport>

export const CleanupReport = z.object({
  dryRun: z.boolean(),
  keepDays: z.number().int(),
  /** Backups that go (or would go), oldest first. */
  removed: z.array(z.object({ id: Id, createdAt: IsoTime, sizeBytes: Bytes })),
  kept: z.number().int(),
  /** Never removed: the newest complete backup of each plan. */
  protectedIds: z.array(Id),
  freedBytes: Bytes,
  problems: z.array(z.object({ backupId: Id, placeName: z.string(), error: WireError })),
})
export type CleanupReport = z.infer<typeof CleanupReport>

export const PushReport = z.object({
  pushed: z.number().int(),
  remaining: z.number().int(),
  problems: z.array(z.object({ backupId: Id, placeName: z.string(), state: CopyState, error: WireError })),
  /** Logs of protected databases: files brought to a place, and what waits for it. */
  logs: z.array(
    z.object({
      database: z.string(),
      placeName: z.string(),
      delivered: z.number().int(),
      remaining: z.number().int(),
      error: WireError.optional(),
    }),
  ),
})
export type PushReport = z.infer<typeof PushReport>

/** Something long that works or has worked. */
export const Run = z.object({
  id: Id,
  kind: RunKind,
  /** Plan name, backup id or folder it is about. */
  label: z.string(),
  planId: Id.optional(),
  backupId: Id.optional(),
  /** The synced folders or the mirror it is about. */
  aboutIds: z.array(Id).optional(),
  state: z.enum(['running', 'done', 'incomplete', 'failed', 'cancelled']),
  phase: z.enum([
    'preparing',
    'reading',
    'delivering',
    'verifying',
    'restoring',
    'packing',
    'removing',
    'finished',
  ]),
  startedAt: IsoTime,
  endedAt: IsoTime.optional(),
  files: z.number().int(),
  filesTotal: z.number().int().optional(),
  bytes: Bytes,
  bytesTotal: Bytes.optional(),
  bytesPerSecond: z.number(),
  secondsLeft: z.number().optional(),
  currentPath: z.string().optional(),
  copies: z
    .array(
      z.object({ placeId: Id, placeName: z.string(), state: CopyState, sentBytes: Bytes, totalBytes: Bytes }),
    )
    .optional(),
  error: WireError.optional(),
  backup: Backup.optional(),
  restore: RestoreReport.optional(),
  undo: UndoReport.optional(),
  database: DatabaseReport.optional(),
  verify: VerifyReport.optional(),
  cleanup: CleanupReport.optional(),
  push: PushReport.optional(),
  prune: PruneReport.optional(),
  drill: DrillReport.optional(),
  renew: RenewReport.optional(),
  recovery: RecoveryReport.optional(),
  databaseProof: DatabaseProofReport.optional(),
  dumpProof: DumpProofReport.optional(),
  databaseTidy: DatabaseTidyReport.optional(),
  sync: SyncReport.optional(),
  mirror: MirrorReport.optional(),
  spaceTidy: SpaceTidyReport.optional(),
})
export type Run = z.infer<typeof Run>
