import { z } from 'zod'
import { call, None, Started } from './call.ts'
import { Bytes, Id, IsoTime, PathText, WireError } from './nouns.ts'

const Name = z.string().trim().min(1).max(100)
const WalFileName = z.string().min(1).max(100)
const Lsn = z.string()

/** A PostgreSQL cluster under continuous protection. */
export const ProtectedDatabase = z.object({
  id: Id,
  name: z.string(),
  /** Without a password. */
  url: z.string(),
  placeIds: z.array(Id),
  baseSchedule: z.string(),
  keepDays: z.number().int(),
  /** The cluster's own number, once known. */
  systemId: z.string().optional(),
  /** When a restore of it was last proven, and whether it was right. */
  lastProven: z
    .object({ at: IsoTime, ok: z.boolean(), tables: z.number().int(), rows: z.number().int() })
    .optional(),
})
export type ProtectedDatabase = z.infer<typeof ProtectedDatabase>

/** A stretch of time in which every moment can be recovered, or none. */
export const CoverageBand = z.object({
  state: z.enum(['covered', 'gap']),
  from: IsoTime,
  to: IsoTime,
  fromLsn: Lsn,
  toLsn: Lsn,
})

/** What a place gives back of a database. */
export const PlaceCoverage = z.object({
  placeId: Id,
  placeName: z.string(),
  objects: z.number().int(),
  storedBytes: Bytes,
  /** Files of the log on this computer that the place has not got yet. */
  waiting: z.number().int(),
  /** Objects that are not what was stored. */
  damaged: z.array(z.string()),
  bases: z.array(
    z.object({
      id: Id,
      endedAt: IsoTime,
      timeline: z.number().int(),
      isUsable: z.boolean(),
      sizeBytes: Bytes,
    }),
  ),
  timelines: z.array(
    z.object({
      timeline: z.number().int(),
      bands: z.array(CoverageBand),
      missing: z.array(z.object({ first: z.string(), last: z.string(), count: z.number().int() })),
    }),
  ),
  restorePoints: z.array(z.object({ name: z.string(), at: IsoTime, lsn: Lsn })),
  error: WireError.optional(),
})
export type PlaceCoverage = z.infer<typeof PlaceCoverage>

/** How its server is doing with its log. */
export const LogGuard = z.object({
  isArchiving: z.boolean(),
  /** How often the server was refused in a row, and since when nothing was archived. */
  failedCount: z.number().int(),
  lastArchivedAt: IsoTime.optional(),
  lastFailedAt: IsoTime.optional(),
  logBytes: Bytes,
  waitingSegments: z.number().int(),
  bytesPerHour: Bytes.optional(),
  /** Where its files lie on this computer. */
  freeBytes: Bytes.optional(),
  /** Until the disk of the log is full if nothing is archived any more. */
  hoursLeft: z.number().optional(),
  error: WireError.optional(),
})
export type LogGuard = z.infer<typeof LogGuard>

/** A cluster that was made ready to be started. */
export const RecoveryReport = z.object({
  into: z.string(),
  baseId: Id,
  placeName: z.string(),
  timeline: z.number().int(),
  segments: z.number().int(),
  /** What PostgreSQL will stop at; none where it goes to the end of the log. */
  settings: z.record(z.string(), z.string()),
  knownUntil: IsoTime,
  /** What starts it. */
  command: z.string(),
})
export type RecoveryReport = z.infer<typeof RecoveryReport>

/** What a trial restore of the latest state found. */
export const DatabaseProofReport = z.object({
  ok: z.boolean(),
  baseId: Id,
  placeName: z.string(),
  /** Everything up to here was in it. */
  knownUntil: IsoTime,
  tables: z.number().int(),
  rows: z.number().int(),
  counts: z.array(z.object({ table: z.string(), rows: z.number().int() })),
})
export type DatabaseProofReport = z.infer<typeof DatabaseProofReport>

/** What goes, or would go, because no kept moment needs it. */
export const DatabaseTidyReport = z.object({
  dryRun: z.boolean(),
  places: z.array(
    z.object({
      placeName: z.string(),
      /** Base backups. */
      bases: z.array(Id),
      objects: z.number().int(),
      bytes: Bytes,
      /** The base backup that everything is kept from; absent: none is old enough, and nothing goes. */
      keptFrom: Id.optional(),
      error: WireError.optional(),
    }),
  ),
})
export type DatabaseTidyReport = z.infer<typeof DatabaseTidyReport>

/** Calls about clusters under continuous protection. */
export const databaseCalls = {
  'databases.list': call('view', None, z.array(ProtectedDatabase)),
  'databases.add': call(
    'admin',
    z.object({
      name: Name,
      url: z.string().min(1).max(2_000),
      placeIds: z.array(Id).min(1).max(50),
      baseSchedule: z.string().max(200).optional(),
      keepDays: z.number().int().min(1).max(36_500).optional(),
      password: z.string().max(1_000).optional(),
    }),
    ProtectedDatabase,
  ),
  'databases.remove': call('admin', z.object({ name: Name }), z.object({ removed: z.boolean() })),
  /** Settings of the server that make it archive. */
  'databases.settings': call(
    'view',
    z.object({ name: Name }),
    z.object({ settings: z.array(z.object({ name: z.string(), value: z.string() })) }),
  ),
  'databases.coverage': call(
    'view',
    z.object({ name: Name, placeId: Id.optional() }),
    z.object({ places: z.array(PlaceCoverage) }),
  ),
  'databases.guard': call('view', z.object({ name: Name }), LogGuard),
  /** A file that PostgreSQL wants archived. Answers once it is durable in at least one place. */
  'databases.archiveWal': call(
    'operate',
    z.object({ name: Name, path: PathText }),
    z.object({
      file: z.string(),
      places: z.array(
        z.object({
          placeId: Id,
          placeName: z.string(),
          state: z.enum(['stored', 'same', 'waiting']),
          error: WireError.optional(),
        }),
      ),
    }),
  ),
  /** Writes a file of the log where PostgreSQL wants it. */
  'databases.fetchWal': call(
    'operate',
    z.object({ name: Name, file: WalFileName, into: PathText }),
    z.object({ file: z.string() }),
  ),
  'databases.base': call('operate', z.object({ name: Name }), Started),
  /** Restores the latest state into a scratch server and reads every table. */
  'databases.prove': call('operate', z.object({ name: Name }), Started),
  /** Removes base backups and the log that no kept moment needs any more. */
  'databases.tidy': call('admin', z.object({ name: Name, dryRun: z.boolean().default(false) }), Started),
  /** `to`: `latest`, a time (ISO), a place in the log, or the name of a restore point. */
  'databases.recover': call(
    'operate',
    z.object({
      name: Name,
      to: z.string().trim().min(1).max(200),
      timeline: z.number().int().positive().optional(),
      into: PathText,
      placeId: Id.optional(),
    }),
    Started,
  ),
} as const
