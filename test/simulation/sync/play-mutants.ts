import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { RuleRow } from '../../unit/sync-rows.ts'
import { playMutants } from '../seeded-mutants/play.ts'
import { SYNC_MUTANTS } from './mutants.ts'

const TABLES = ['test/unit/sync-rows.ts', 'test/unit/sync-journal-rows.ts']

await playMutants({
  mutants: SYNC_MUTANTS,
  parts: [
    'main/engine/sync',
    'main/engine/env',
    'main/engine/model',
    'test/simulation/commit-log',
    'test/simulation/sync',
    ...TABLES,
  ],
  edited: 'main/engine/sync',
  history: 'test/simulation/sync/run-history.ts',
  mostSeeds: 1_500,
  shows: breaksTable,
})

async function breaksTable(copy: string): Promise<boolean> {
  for (const table of TABLES) {
    const rows = (await import(pathToFileURL(join(copy, table)).href)) as {
      readonly RECONCILE_ROWS?: readonly RuleRow[]
      readonly JOURNAL_ROWS?: readonly RuleRow[]
    }
    for (const { found, expected } of rows.JOURNAL_ROWS ?? rows.RECONCILE_ROWS ?? [])
      if (!isDeepStrictEqual(found(), expected)) return true
  }
  return false
}
