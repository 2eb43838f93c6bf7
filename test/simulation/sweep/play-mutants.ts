import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Edit, SWEEP_MUTANTS, type SweepMutant } from './mutants.ts'
import type { runHistory } from './run-history.ts'

// Plays each mutant until a history shows it, and prints one line a mutant. A process of its own, because each mutant is loaded anew.

const ROOT = resolve(import.meta.dirname, '../../..')
const PARTS = [
  ...['sync', 'env', 'model', 'repository', 'storage'].map((part) => `main/engine/${part}`),
  'main/engine/sources/files/thread-failure.ts',
  'test/simulation/sweep',
]
const MOST_SEEDS = Number(process.argv[2] ?? 300)

/** The seed that showed it; undefined where it lived. */
async function killer({ edits, seed }: SweepMutant): Promise<number | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'everstow-sweep-mutant-'))
  try {
    for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}')
    for (const edit of edits) make(edit, copy)
    const url = pathToFileURL(join(copy, 'test/simulation/sweep/run-history.ts')).href
    const play = (await import(url)) as { readonly runHistory: typeof runHistory }
    if (await shows(play.runHistory, seed)) return seed
    for (let next = 1; next <= MOST_SEEDS; next++) if (await shows(play.runHistory, next)) return next
    return undefined
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function make({ file, from, to }: Edit, copy: string): void {
  const path = join(copy, 'main/engine/sync/space', file)
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

for (const mutant of SWEEP_MUTANTS)
  console.log(JSON.stringify({ name: mutant.name, seed: (await killer(mutant)) ?? null }))
