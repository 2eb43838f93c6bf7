import type { ApiKey, DataScope } from '../../../../main/contract/index.ts'

const MB = 1_000_000

/** Budgets for an hour that can be chosen, in bytes. */
export const BUDGETS = [1, 10, 100, 1_000, 10_000].map((size) => size * MB)

/** How far a key sees, as the fields have it. */
export interface Limits {
  readonly planIds: readonly string[]
  /** One a line. */
  readonly paths: string
  /** Days; empty: not limited. */
  readonly from: string
  readonly to: string
  readonly bytesPerHour: number
}

export const noLimits: Limits = { planIds: [], paths: '', from: '', to: '', bytesPerHour: 100 * MB }

/** The limits of a key that there is. */
export function limitsOf({ scope, bytesPerHour }: Pick<ApiKey, 'scope' | 'bytesPerHour'>): Limits {
  return {
    planIds: scope?.planIds ?? [],
    paths: scope?.paths?.join('\n') ?? '',
    from: scope?.from?.slice(0, 10) ?? '',
    to: scope?.to?.slice(0, 10) ?? '',
    bytesPerHour: bytesPerHour ?? noLimits.bytesPerHour,
  }
}

/** What the fields mean; undefined where nothing is limited. */
export function scopeOf({ planIds, paths, from, to }: Limits): DataScope | undefined {
  const lines = paths
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const scope = {
    ...(planIds.length > 0 && { planIds: [...planIds] }),
    ...(lines.length > 0 && { paths: lines }),
    ...(from && { from }),
    ...(to && { to }),
  }
  return Object.keys(scope).length > 0 ? scope : undefined
}
