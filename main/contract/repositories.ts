import { z } from 'zod'
import { Bytes, Id, IsoTime, WireError } from './nouns.ts'

/** One way to open a repository: a password, or the words of a recovery kit. */
export const KeySlot = z.object({
  id: Id,
  kind: z.enum(['password', 'recovery']),
  label: z.string(),
  createdAt: IsoTime,
  /** The newest epoch it opens; an older one cannot read what was written since the last rotation. */
  epoch: z.number().int(),
})
export type KeySlot = z.infer<typeof KeySlot>

/** Every pack should be read back within so many days. */
export const PROVEN_WITHIN_DAYS = 90

export const RepositoryInfo = z.object({
  id: Id,
  createdAt: IsoTime,
  epoch: z.number().int(),
  deviceId: Id,
  deviceName: z.string(),
  /** When somebody typed the words of the recovery kit back; absent: there is no proven kit. */
  kitConfirmedAt: IsoTime.optional(),
  /** The keys were changed and everything is to be stored anew with them, which is not done everywhere yet. */
  isRenewing: z.boolean(),
  slots: z.array(KeySlot),
  devices: z.array(z.object({ id: Id, name: z.string(), isThis: z.boolean(), isRemoved: z.boolean() })),
  places: z.array(
    z.object({
      placeId: Id,
      placeName: z.string(),
      snapshots: z.number().int(),
      packs: z.number().int(),
      bytes: Bytes,
      /** Every pack there was written, or read back whole by this computer, then or later: the age of the one that was not looked at for the longest time. */
      provenSince: IsoTime.optional(),
      /** That is longer ago than data should go without being read. */
      isProvenLate: z.boolean(),
      /** Packs that this computer has not read back yet. */
      unreadPacks: z.number().int(),
      /** Records of its history. */
      records: z.number().int(),
      /** How writes are ordered there. */
      log: z.enum(['own', 'elsewhere', 'single-writer']),
      isOwner: z.boolean(),
      error: WireError.optional(),
    }),
  ),
})
export type RepositoryInfo = z.infer<typeof RepositoryInfo>

/** A recovery kit just made: the only time its words leave the engine. */
export const RecoveryKit = z.object({
  kitId: Id,
  repositoryId: Id,
  words: z.array(z.string()).length(24),
  /** A page to print: one HTML document with everything in it. */
  page: z.string(),
})
export type RecoveryKit = z.infer<typeof RecoveryKit>

/** A backup on its way to one place. */
export const OutboxItem = z.object({
  backupId: Id,
  planName: z.string().optional(),
  createdAt: IsoTime,
  placeId: Id,
  placeName: z.string(),
  state: z.enum(['pending', 'syncing', 'waiting', 'failed', 'damaged', 'missing']),
  sizeBytes: Bytes,
  attempts: z.number().int(),
  error: WireError.optional(),
  /** False: no place has this backup yet; removing its last item gives it up. */
  isSavedElsewhere: z.boolean(),
})
export type OutboxItem = z.infer<typeof OutboxItem>

export const Outbox = z.object({
  offline: z.boolean(),
  items: z.array(OutboxItem),
  /** Files of the logs of protected databases that a place does not have yet. */
  logs: z.array(
    z.object({
      databaseId: Id,
      databaseName: z.string(),
      placeId: Id,
      placeName: z.string(),
      files: z.number().int(),
    }),
  ),
  spoolBytes: Bytes,
  spoolLimitBytes: Bytes,
})
export type Outbox = z.infer<typeof Outbox>

/** A restore that was really done, into a scratch folder or a scratch server, and compared. */
export const Proof = z.object({
  /** `drill`: a sample of files. `dump`: dumped databases, whole. */
  kind: z.enum(['drill', 'dump']),
  planId: Id.optional(),
  placeId: Id,
  placeName: z.string(),
  backupId: Id,
  at: IsoTime,
  ok: z.boolean(),
  files: z.number().int(),
  bytes: Bytes,
  durationMs: z.number(),
  detail: z.string().optional(),
})
export type Proof = z.infer<typeof Proof>

/** What a retention rule does with one backup in one place, and why. */
export const RetentionEntry = z.object({
  backupId: Id,
  createdAt: IsoTime,
  keep: z.boolean(),
  /** `pinned`, `last`, `within`, `daily 2026-11-20`, `newest-complete` … */
  reasons: z.array(z.string()),
})

export const RetentionPreview = z.object({
  places: z.array(
    z.object({
      placeId: Id,
      placeName: z.string(),
      planId: Id.optional(),
      planName: z.string().optional(),
      /** The rule in its text form; absent: everything stays. */
      keep: z.string().optional(),
      entries: z.array(RetentionEntry),
      kept: z.number().int(),
      forgotten: z.number().int(),
      freedBytes: Bytes,
      /** More than half, or all, would go: it must be confirmed. */
      needsConfirmation: z.boolean(),
      error: WireError.optional(),
    }),
  ),
})
export type RetentionPreview = z.infer<typeof RetentionPreview>

export const PruneReport = z.object({
  dryRun: z.boolean(),
  places: z.array(
    z.object({
      placeId: Id,
      placeName: z.string(),
      forgotten: z.array(Id),
      sweptPacks: z.number().int(),
      repackedPacks: z.number().int(),
      deletedObjects: z.number().int(),
      /** Bytes given back now, and those that follow when their grace is over. */
      freedBytes: Bytes,
      freedLaterBytes: Bytes,
      /** Until then `retention.undo` brings back what was forgotten. */
      undoUntil: IsoTime.optional(),
      unknownKeys: z.number().int(),
      error: WireError.optional(),
    }),
  ),
})
export type PruneReport = z.infer<typeof PruneReport>

/** What storing everything anew after a change of keys did in each place, and what is left there under older keys. */
export const RenewReport = z.object({
  places: z.array(
    z.object({
      placeId: Id,
      placeName: z.string(),
      /** Packs that were written anew, their bytes, and the bytes of those that took their place. */
      packs: z.number().int(),
      bytes: Bytes,
      addedBytes: Bytes,
      /** Packs in use that older keys still open, and how many of them could not be read. */
      olderPacks: z.number().int(),
      olderBytes: Bytes,
      damagedPacks: z.number().int(),
      /** Descriptions of snapshots (names, folders, figures) that older keys still open until those are forgotten; of them the pinned ones. */
      olderSnapshots: z.number().int(),
      olderPinned: z.number().int(),
      freedBytes: Bytes,
      /** Bytes of packs that are not in use any more and stay until their grace is over. */
      waitingBytes: Bytes,
      waitingUntil: IsoTime.optional(),
      error: WireError.optional(),
    }),
  ),
})
export type RenewReport = z.infer<typeof RenewReport>

export const DrillReport = z.object({ proofs: z.array(Proof) })
export type DrillReport = z.infer<typeof DrillReport>

/** Damage in one place, as exactly as it is known. */
export const CheckReport = z.object({
  placeId: Id,
  placeName: z.string(),
  level: z.enum(['stored', 'bytes', 'contents', 'tree']),
  objects: z.number().int(),
  bytes: Bytes,
  damaged: z.array(z.string()),
  missing: z.array(z.string()),
  healed: z.number().int(),
  /** Chunks that no place and no live file could give back. */
  lostChunks: z.number().int(),
  /** Files that cannot be restored from here, by backup. */
  affected: z.array(z.object({ backupId: Id, paths: z.array(z.string()), more: z.number().int() })),
  error: WireError.optional(),
})
export type CheckReport = z.infer<typeof CheckReport>

export const FoundFile = z.object({
  path: z.string(),
  kind: z.enum(['file', 'directory', 'symlink', 'other']),
  sizeBytes: Bytes,
  modifiedAt: IsoTime,
  /** Newest backup that holds this version. */
  backupId: Id,
  createdAt: IsoTime,
  /** Backups that hold it. */
  backups: z.number().int(),
})
export type FoundFile = z.infer<typeof FoundFile>

export const DiffEntry = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed', 'metadata', 'type']),
  kind: z.enum(['file', 'directory', 'symlink', 'other']),
  fromBytes: Bytes.optional(),
  toBytes: Bytes.optional(),
})
export type DiffEntry = z.infer<typeof DiffEntry>
