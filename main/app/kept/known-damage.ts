import type { CheckReport } from '../../contract/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { AppContext } from '../app-context.ts'

/** Whether a place is as it should be, perhaps after healing. */
export function isGood(check: CheckReport): boolean {
  return (
    !check.error && check.affected.length === 0 && check.healed >= check.damaged.length + check.missing.length
  )
}

/** The fact that keeps how many backups of a repository's place the last check could not vouch for. */
const damageFact = (placeId: string): string => `damage/${placeId}`

/** Keeps what a check found and could not mend, until one finds nothing. One that could not look says nothing. */
export function noteDamage({ engine }: Pick<AppContext, 'engine'>, check: CheckReport): void {
  if (check.error) return
  const found = Math.max(1, check.affected.length)
  engine.facts.set(damageFact(check.placeId), isGood(check) ? undefined : String(found))
}

/** How many backups in a place the last check could not vouch for. */
export function damagedBackups(engine: Engine, placeId: string): number {
  return Number(engine.facts.get(damageFact(placeId)) ?? 0)
}
