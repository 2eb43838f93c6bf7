import { z } from 'zod'
import { Bytes, Id, IsoTime, PlaceType, Sentence, StatusLevelName, WireError } from './nouns.ts'

export const Settings = z.object({
  language: z.enum(['auto', 'en', 'fr']),
  theme: z.enum(['auto', 'light', 'dark']),
  closeToTray: z.boolean(),
  startAtLogin: z.boolean(),
  notifications: z.boolean(),
  /** Unfinished copies are tried again this often. */
  pushIntervalSeconds: z.number().int().min(60).max(604_800),
  /** Backups go to their places at once (older name: auto sync). */
  autoSync: z.boolean(),
  /** When a part of what is stored is read again, so that all of it is within 90 days; a schedule as plans have it. */
  verifySchedule: z.string().max(200),
  /** When backups go that no rule keeps. */
  cleanupSchedule: z.string().max(200),
  /** When samples are restored and compared. */
  drillSchedule: z.string().max(200),
  /** Alert channels tell once a week how it stands, also when all is well. */
  weeklyDigest: z.boolean(),
  /** The REST API is served to this computer by whatever stays: the application, `serve`, `daemon`. */
  serveApi: z.boolean(),
  apiPort: z.number().int().min(1).max(65_535),
  /** Programs with a key of their own may read data in backups: MCP, and the data routes of the REST API. */
  serveData: z.boolean(),
  /** Newer versions: looked for and loaded by itself, only announced, or looked for when a person asks. */
  updates: z.enum(['auto', 'ask', 'never']),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
  /** The hint that closing the window keeps the tray was shown. */
  trayHintShown: z.boolean(),
})
export type Settings = z.infer<typeof Settings>

export const StatusLevel = StatusLevelName
export type StatusLevel = z.infer<typeof StatusLevel>

export const Status = z.object({
  level: StatusLevel,
  /** The one sentence; then the numbers. */
  sentence: Sentence,
  /** What needs a person, worst first; each says what happened, what is safe, what to do. */
  problems: z.array(
    z.object({
      id: z.string(),
      level: StatusLevel,
      sentence: Sentence,
      error: WireError.optional(),
      placeId: Id.optional(),
      planId: Id.optional(),
      backupId: Id.optional(),
    }),
  ),
  lastBackupAt: IsoTime.optional(),
  nextRunAt: IsoTime.optional(),
  copiesCurrent: z.number().int(),
  copiesTotal: z.number().int(),
  pausedUntil: IsoTime.optional(),
  secretStore: z.enum(['keychain', 'sealed-file', 'plain-file', 'memory']),
  /** A person chose to work offline: backups wait on this computer. */
  offline: z.boolean(),
  /** Days of the last 30, oldest first: backups made and problems on that day. */
  days: z.array(
    z.object({ date: z.string(), backups: z.number().int(), failures: z.number().int(), bytes: Bytes }),
  ),
})
export type Status = z.infer<typeof Status>

/** A7 of the older systems; names kept. */
export const Statistics = z.object({
  total_backups: z.number().int(),
  total_size_mb: z.number(),
  total_size_bytes: Bytes,
  cloud_synced: z.number().int(),
  provider: z.string(),
  pending: z.number().int(),
  failed: z.number().int(),
  source_size_mb: z.number(),
  /** Part of the source bytes that compression saved, 0 to 1. */
  saved_ratio: z.number(),
  last_backup: IsoTime.nullable(),
  places: z.array(
    z.object({
      id: Id,
      name: z.string(),
      type: PlaceType,
      copies: z.number().int(),
      size_mb: z.number(),
      synced: z.number().int(),
      requests: z.object({
        read: z.number().int(),
        write: z.number().int(),
        list: z.number().int(),
        delete: z.number().int(),
      }),
    }),
  ),
})
export type Statistics = z.infer<typeof Statistics>

/** The metadata of A2 as lists of the older systems show it. */
export const BackupRecord = z.object({
  backup_id: z.string(),
  timestamp: IsoTime,
  filename: z.string(),
  size_bytes: Bytes,
  checksum: z.string(),
  sha256: z.string(),
  format: z.string(),
  files_backed_up: z.number().int(),
  cloud_sync_status: z.enum(['pending', 'syncing', 'synced', 'failed']),
  cloud_path: z.string().nullable(),
})
export type BackupRecord = z.infer<typeof BackupRecord>

export const CloudStatus = z.object({
  success: z.literal(true),
  statistics: Statistics,
  recent_backups: z.array(BackupRecord),
})
export type CloudStatus = z.infer<typeof CloudStatus>
