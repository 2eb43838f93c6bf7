import { z } from 'zod'
import { call, None } from './call.ts'
import { Bytes, Id, IsoTime, PathText, WireError } from './nouns.ts'

/** `read-data` reads data in backups and nothing else; of the others only `admin` may do that, too. */
export const ApiRole = z.enum(['read-data', 'read', 'operate', 'admin'])
export type ApiRole = z.infer<typeof ApiRole>

/** How far a key with the role `read-data` sees. What is absent is not limited. */
export const DataScope = z.strictObject({
  /** Only backups of these plans, by id. */
  planIds: z.array(Id).min(1).max(100).optional(),
  /** Only these paths inside backups and what is below them; with `*`, `?` or `**` as globs. */
  paths: z.array(z.string().min(1).max(4_096)).min(1).max(100).optional(),
  /** Only backups made from, and up to; inclusive. A date alone means the whole day. */
  from: IsoTime.optional(),
  to: IsoTime.optional(),
})
export type DataScope = z.infer<typeof DataScope>

/** A key for programs, without what opens with it. */
export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  role: ApiRole,
  createdAt: IsoTime,
  expiresAt: IsoTime.optional(),
  isExpired: z.boolean(),
  /** At most a minute old. */
  lastUsedAt: IsoTime.optional(),
  /** Of keys that read data: how far they see, how many bytes of contents an hour, and how many of those are used. */
  scope: DataScope.optional(),
  bytesPerHour: Bytes.optional(),
  usedBytes: Bytes.optional(),
})
export type ApiKey = z.infer<typeof ApiKey>

/** How it stands with the REST API that the settings want. */
export const ApiState = z.object({
  /** `waiting`: it is switched on, and nothing is there that serves it. */
  state: z.enum(['off', 'waiting', 'listening', 'failed']),
  port: z.number().int(),
  /** Where it listens. */
  url: z.string().optional(),
  /** Why it does not. */
  error: WireError.optional(),
})
export type ApiState = z.infer<typeof ApiState>

/** Calls about who may come in through the REST API, and how far. */
export const apiKeyCalls = {
  'api.state': call('view', None, ApiState),
  'apiKeys.list': call('view', None, z.array(ApiKey)),
  /** The token is in this answer and nowhere else. */
  'apiKeys.add': call(
    'admin',
    z.object({
      name: z.string().trim().min(1).max(60),
      role: ApiRole,
      expiresDays: z.number().int().min(1).max(3_650).optional(),
      /** With the role `read-data` only. */
      scope: DataScope.optional(),
      /** With the role `read-data` only; absent: 100 MiB. */
      bytesPerHour: z.number().int().min(1_024).max(1_099_511_627_776).optional(),
    }),
    z.object({ key: ApiKey, token: z.string() }),
  ),
  /** How far a key that reads data sees from now on; what is absent stays, `scope` is replaced as a whole. */
  'apiKeys.limit': call(
    'admin',
    z.object({
      key: z.string().min(1).max(100),
      scope: DataScope.optional(),
      bytesPerHour: z.number().int().min(1_024).max(1_099_511_627_776).optional(),
    }),
    ApiKey,
  ),
  'apiKeys.revoke': call('admin', z.object({ key: z.string().min(1).max(100) }), ApiKey),

  /** Folders that restores of the REST API may write into. */
  'restoreRoots.list': call('view', None, z.object({ roots: z.array(z.string()) })),
  /** Replaces those that were chosen. Only the command line may: whoever holds a key or a window must not widen what keys can do. */
  'restoreRoots.set': call(
    'admin',
    z.object({ roots: z.array(PathText).max(100) }),
    z.object({ roots: z.array(z.string()) }),
  ),
} as const
