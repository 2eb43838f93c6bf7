import { z } from 'zod'
import { call, Started } from './call.ts'
import { Bytes, Id, IsoTime } from './nouns.ts'

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
  fromPlace: z.string().optional(),
})
export type DatabaseReport = z.infer<typeof DatabaseReport>

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
} as const
