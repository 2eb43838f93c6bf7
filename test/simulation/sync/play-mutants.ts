import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { RuleRow } from '../../unit/sync-rows.ts'
import { type Edit, SYNC_MUTANTS, type SyncMutant } from './mutants.ts'
import type { runHistory } from './run-history.ts'

// Plays each mutant until a history shows it, and prints one line a mutant. A process of its own, because each mutant is loaded anew.

const ROOT = resolve(import.meta.dirname, '../../..')
const PARTS = [
  'main/engine/sync',
  'main/engine/env',
  'main/engine/model',
  'test/simulation/commit-log',
  'test/simulation/sync',
]
const TABLES = ['test/unit/sync-rows.ts', 'test/unit/sync-journal-rows.ts']
const MOST_SEEDS = Number(process.argv[2] ?? 1_500)

/** The seed that showed it, or that a table did; undefined where it lived. */
async function killer({ edits, seed }: SyncMutant): Promise<number | 'table' | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'everstow-sync-mutant-'))
  try {
    for (const part of [...PARTS, ...TABLES]) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}')
    for (const edit of edits) make(edit, copy)
    if (seed === undefined) return (await breaksTable(copy)) ? 'table' : undefined
    const url = pathToFileURL(join(copy, 'test/simulation/sync/run-history.ts')).href
    const play = (await import(url)) as { readonly runHistory: typeof runHistory }
    if (await shows(play.runHistory, seed)) return seed
    for (let next = 1; next <= MOST_SEEDS; next++) if (await shows(play.runHistory, next)) return next
    return undefined
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function make({ file, from, to }: Edit, copy: string): void {
  const path = join(copy, 'main/engine/sync', file)
  const source = readFileSync(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`“${from}” must stand in ${file} once`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
}

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

async function shows(play: typeof runHistory, seed: number): Promise<boolean> {
  return play(seed).then(
    ({ faults }) => faults.length > 0,
    () => true,
  )
}

for (const mutant of SYNC_MUTANTS)
  console.log(JSON.stringify({ rule: mutant.rule, name: mutant.name, seed: (await killer(mutant)) ?? null }))
