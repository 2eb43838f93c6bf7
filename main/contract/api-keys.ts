import { z } from 'zod'
import { call, None } from './call.ts'
import { IsoTime, PathText, WireError } from './nouns.ts'

export const ApiRole = z.enum(['read', 'operate', 'admin'])
export type ApiRole = z.infer<typeof ApiRole>

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
    }),
    z.object({ key: ApiKey, token: z.string() }),
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
