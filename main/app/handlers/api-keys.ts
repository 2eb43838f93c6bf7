import { isAbsolute } from 'node:path'
import type { ApiKey as ApiKeyView } from '../../contract/index.ts'
import type { ApiKey } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { apiState } from '../api/api-state.ts'
import type { AppContext } from '../app-context.ts'
import { restoreRoots, setRestoreRoots } from '../restore-roots.ts'
import type { Handlers } from '../server/contract-server.ts'
import { isoTime } from '../views/backup-view.ts'

const DAY_MS = 86_400_000

/** Calls about the REST API: how it stands with it, keys for programs, and where those may restore to. */
export function apiKeyHandlers({ engine, host, settings }: AppContext) {
  const { clock } = engine.env
  const view = (key: ApiKey) => apiKeyView(key, clock.now())
  return {
    'api.state': async () => apiState(engine, await settings()),

    'apiKeys.list': async () => (await engine.apiKeys.list()).map(view),

    'apiKeys.add': async ({ name, role, expiresDays }) => {
      const expiresMs = expiresDays === undefined ? undefined : clock.now() + expiresDays * DAY_MS
      const { key, token } = await engine.apiKeys.add({
        name,
        role,
        ...(expiresMs === undefined ? {} : { expiresMs }),
      })
      return { key: view(key), token: token.reveal() }
    },

    'apiKeys.limit': async () => {
      throw new EverstowError('not-supported', { data: { what: 'apiKeys.limit' } })
    },

    'apiKeys.revoke': async ({ key }) => view(await engine.apiKeys.revoke(key)),

    'restoreRoots.list': async () => ({ roots: await restoreRoots(engine) }),

    'restoreRoots.set': async ({ roots }) => {
      if (host !== 'cli') throw new EverstowError('permission-denied', { data: { name: 'restoreRoots.set' } })
      const relative = roots.find((root) => !isAbsolute(root))
      if (relative !== undefined)
        throw new EverstowError('invalid-input', { data: { field: 'roots', value: relative } })
      await setRestoreRoots(engine, roots)
      return { roots: await restoreRoots(engine) }
    },
  } satisfies Partial<Handlers>
}

/** A key as clients see it. */
function apiKeyView({ id, name, role, createdMs, expiresMs, lastUsedMs }: ApiKey, nowMs: number): ApiKeyView {
  return {
    id,
    name,
    role,
    createdAt: isoTime(createdMs),
    isExpired: expiresMs !== undefined && expiresMs <= nowMs,
    ...(expiresMs === undefined ? {} : { expiresAt: isoTime(expiresMs) }),
    ...(lastUsedMs === undefined ? {} : { lastUsedAt: isoTime(lastUsedMs) }),
  }
}
