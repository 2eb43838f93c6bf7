import type { ApiKey, Plan } from '../../../contract/index.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

/** A key as JSON documents show it. */
export function apiKeyRecord(key: ApiKey) {
  const { id, name, role, createdAt, expiresAt, isExpired, lastUsedAt, scope, bytesPerHour, usedBytes } = key
  return {
    id,
    name,
    role,
    created_at: createdAt,
    expires_at: expiresAt ?? null,
    expired: isExpired,
    last_used_at: lastUsedAt ?? null,
    scope: scope
      ? {
          plan_ids: scope.planIds ?? null,
          paths: scope.paths ?? null,
          from: scope.from ?? null,
          to: scope.to ?? null,
        }
      : null,
    bytes_per_hour: bytesPerHour ?? null,
    used_bytes: usedBytes ?? null,
  }
}

/** Keys as a table: those that read data with how far they see, and what they were given. */
export function apiKeyLines(
  { say, output }: Pick<Session, 'say' | 'output'>,
  keys: readonly ApiKey[],
  plans: readonly Plan[],
): string[] {
  if (keys.length === 0) return [say('apiKey.none')]
  return table(
    [
      { title: say('column.key') },
      { title: say('column.name') },
      { title: say('column.role') },
      { title: say('column.lastUsed') },
      { title: say('column.expires') },
      { title: say('column.sees') },
      { title: say('column.given') },
    ],
    keys.map((key) => [
      key.id,
      safeText(key.name),
      say(`apiKey.roles.${key.role}`),
      key.lastUsedAt === undefined ? say.any('common.never') : say.relative(key.lastUsedAt),
      endOf(say, key),
      sightOf(say, key, plans),
      key.bytesPerHour === undefined
        ? '–'
        : say('apiKey.given', {
            used: say.bytes(key.usedBytes ?? 0),
            limit: say.bytes(key.bytesPerHour),
          }),
    ]),
    (text) => output.paint('quiet', text),
  )
}

function endOf(say: Session['say'], { expiresAt, isExpired }: ApiKey): string {
  if (expiresAt === undefined) return '–'
  return isExpired ? say('apiKey.expired', { when: say.relative(expiresAt) }) : say.relative(expiresAt)
}

/** How far a key sees, in one line. */
export function sightOf(say: Session['say'], { scope }: ApiKey, plans: readonly Plan[]): string {
  if (!scope) return '–'
  const { planIds, paths, from, to } = scope
  const names = planIds?.map((wanted) => plans.find(({ id }) => id === wanted)?.name ?? wanted)
  const parts = [
    ...(names ? [say('apiKey.plans', { plans: names.join(', ') })] : []),
    ...(paths ? [say('apiKey.paths', { paths: paths.join(', ') })] : []),
    ...(from === undefined ? [] : [say('apiKey.from', { from })]),
    ...(to === undefined ? [] : [say('apiKey.to', { to })]),
  ]
  return parts.length === 0 ? say('apiKey.everything') : parts.join('; ')
}
