import type { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { getFact, setFact } from '../catalogue/journal.ts'

const Keys = z.array(z.string())
const damageFact = (databaseId: string, destinationId: string): string =>
  `wal-damage/${databaseId}/${destinationId}`

/** Keys of what the last check found damaged in a destination and could not mend. */
export function damagedWal(
  catalogue: DatabaseSync,
  databaseId: string,
  destinationId: string,
): readonly string[] {
  const kept = Keys.safeParse(JSON.parse(getFact(catalogue, damageFact(databaseId, destinationId)) ?? '[]'))
  return kept.success ? kept.data : []
}

/** Keeps what a check found and could not mend, until one finds it good. */
export function noteDamagedWal(
  catalogue: DatabaseSync,
  databaseId: string,
  destinationId: string,
  keys: readonly string[],
): void {
  const fact = damageFact(databaseId, destinationId)
  setFact(catalogue, fact, keys.length === 0 ? undefined : JSON.stringify(keys))
}
