import { isAbsolute } from 'node:path'
import type { ApiKey as ApiKeyView, CallParsed, DataScope as DataScopeView } from '../../contract/index.ts'
import type { ApiKey, DataLimits } from '../../engine/engine.ts'
import type { DataScope } from '../../engine/model/data-scope.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { apiState } from '../api/api-state.ts'
import type { AppContext } from '../app-context.ts'
import { restoreRoots, setRestoreRoots } from '../restore-roots.ts'
import type { Handlers } from '../server/contract-server.ts'
import { isoTime } from '../wire/backup-view.ts'

const DAY_MS = 86_400_000

type GivenLimits = Pick<CallParsed<'apiKeys.limit'>, 'scope' | 'bytesPerHour'>

/** Calls about the REST API: how it stands with it, keys for programs, and where those may restore to. */
export function apiKeyHandlers({ engine, host, settings }: AppContext) {
  const { clock } = engine.env
  const view = (key: ApiKey) => apiKeyView(key, clock.now())

  /** A plan that is not there would leave a key that sees nothing, and nobody would know why. */
  async function checkPlans({ scope }: GivenLimits): Promise<void> {
    const { plans } = await engine.configuration.read()
    const unknown = scope?.planIds?.find((wanted) => !plans.some(({ id }) => id === wanted))
    if (unknown !== undefined)
      throw new EverstowError('invalid-input', {
        data: { field: 'scope.planIds', value: unknown, reason: 'scope-plan' },
      })
  }

  return {
    'api.state': async () => apiState(engine, await settings()),

    'apiKeys.list': async () => (await engine.apiKeys.list()).map(view),

    'apiKeys.add': async ({ name, role, expiresDays, ...limits }) => {
      await checkPlans(limits)
      const expiresMs = expiresDays === undefined ? undefined : clock.now() + expiresDays * DAY_MS
      const { key, token } = await engine.apiKeys.add({
        name,
        role,
        ...(expiresMs === undefined ? {} : { expiresMs }),
        ...limitsOf(limits),
      })
      return { key: view(key), token: token.reveal() }
    },

    'apiKeys.limit': async ({ key, ...limits }) => {
      await checkPlans(limits)
      return view(await engine.apiKeys.limit(key, limitsOf(limits)))
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

function limitsOf({ scope, bytesPerHour }: GivenLimits): DataLimits {
  return { ...(scope && { scope }), ...(bytesPerHour === undefined ? {} : { bytesPerHour }) }
}

function scopeView({ planIds, paths, ...span }: DataScope): DataScopeView {
  return { ...span, ...(planIds && { planIds: [...planIds] }), ...(paths && { paths: [...paths] }) }
}

/** A key as clients see it. */
function apiKeyView(key: ApiKey, nowMs: number): ApiKeyView {
  const { id, name, role, createdMs, expiresMs, lastUsedMs, scope, bytesPerHour, usedBytes } = key
  return {
    id,
    name,
    role,
    createdAt: isoTime(createdMs),
    isExpired: expiresMs !== undefined && expiresMs <= nowMs,
    ...(expiresMs === undefined ? {} : { expiresAt: isoTime(expiresMs) }),
    ...(lastUsedMs === undefined ? {} : { lastUsedAt: isoTime(lastUsedMs) }),
    ...(scope && { scope: scopeView(scope) }),
    ...(bytesPerHour === undefined ? {} : { bytesPerHour }),
    ...(usedBytes === undefined ? {} : { usedBytes }),
  }
}
