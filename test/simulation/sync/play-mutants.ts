import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
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
const MOST_SEEDS = Number(process.argv[2] ?? 1_500)

/** The seed that showed it; undefined where it lived. */
async function killer({ edits, seed }: SyncMutant): Promise<number | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'everstow-sync-mutant-'))
  try {
    for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}')
    for (const edit of edits) make(edit, copy)
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

async function shows(play: typeof runHistory, seed: number): Promise<boolean> {
  return play(seed).then(
    ({ faults }) => faults.length > 0,
    () => true,
  )
}

for (const mutant of SYNC_MUTANTS)
  console.log(JSON.stringify({ rule: mutant.rule, name: mutant.name, seed: (await killer(mutant)) ?? null }))
