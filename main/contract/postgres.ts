import { z } from 'zod'
import { call, Started } from './call.ts'
import { Bytes, Id, IsoTime, WireError } from './nouns.ts'

/** `postgres://user@host:port/database`, without a password. */
const Address = z.string().min(1).max(2_000)
const Password = z.string().max(1_000)

/** Whether a source is a database and not a file. */
export const isDatabaseAddress = (source: string): boolean => /^postgres(ql)?:\/\//i.test(source)

/** What became of a database that was restored. */
export const DatabaseReport = z.object({
  database: z.string(),
  host: z.string(),
  /** When the dump was taken. */
  takenAt: IsoTime,
  tables: z.number().int(),
  /** The database that was there before, under its new name. */
  keptAs: z.string().optional(),
  /** Settings of the database that the server did not take; their names. */
  notTaken: z.array(z.string()).optional(),
  fromPlace: z.string().optional(),
})
export type DatabaseReport = z.infer<typeof DatabaseReport>

/** What a trial restore of the dumps of a backup found. */
export const DumpProofReport = z.object({
  /** Every dump was restored, and no table has other rows than were counted when it was dumped. */
  ok: z.boolean(),
  backupId: Id,
  /** Absent: they still lay on this computer. */
  placeName: z.string().optional(),
  /** Major version of the server that they were restored into. */
  serverMajor: z.number().int(),
  durationMs: z.number(),
  databases: z.array(
    z.object({
      database: z.string(),
      takenAt: IsoTime,
      tables: z.number().int(),
      rows: z.number().int(),
      sizeBytes: Bytes,
      /** False: nobody counted rows when it was dumped. */
      isCompared: z.boolean(),
      /** Tables with other rows than were counted then; absent count: no such table. */
      differing: z.array(
        z.object({
          table: z.string(),
          recorded: z.number().int().optional(),
          found: z.number().int().optional(),
        }),
      ),
      durationMs: z.number(),
      /** Why it could not be restored. */
      error: WireError.optional(),
    }),
  ),
})
export type DumpProofReport = z.infer<typeof DumpProofReport>

/** Calls about PostgreSQL databases as sources of plans. */
export const postgresCalls = {
  /** Whether a database can be backed up: its server answers, lets us in, and the programs here are new enough. Absent password: the one that is kept. */
  'postgres.test': call(
    'admin',
    z.object({ source: Address, password: Password.optional() }),
    z.object({
      /** The address in its usual form: what a plan takes. */
      source: z.string(),
      serverVersion: z.string(),
      databases: z.array(z.object({ name: z.string(), sizeBytes: Bytes })),
      /** Roles' passwords can only be backed up by a superuser. */
      canReadPasswords: z.boolean(),
    }),
  ),
  /** Keeps the password of a server's user with the secrets; empty: forgets it. */
  'postgres.setPassword': call(
    'admin',
    z.object({ source: Address, password: Password }),
    z.object({ kept: z.boolean() }),
  ),
  /** Restores a database of a backup into a server. */
  'postgres.restore': call(
    'admin',
    z.object({
      backupId: Id,
      /** Which database of the backup; absent where there is one. */
      database: z.string().max(200).optional(),
      into: Address,
      password: Password.optional(),
      withRoles: z.boolean().default(false),
      noOwners: z.boolean().default(false),
      /** A database of that name is kept under another name. */
      replace: z.boolean().default(false),
      placeId: Id.optional(),
    }),
    Started,
  ),
  /** Restores the dumps of a backup into a scratch server and compares the rows of every table with those that were dumped. */
  'postgres.prove': call(
    'operate',
    z.object({
      backupId: Id,
      /** Only this database; absent: all of the backup. */
      database: z.string().max(200).optional(),
      placeId: Id.optional(),
    }),
    Started,
  ),
} as const
