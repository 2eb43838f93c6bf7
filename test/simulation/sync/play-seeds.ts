import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runHistory } from './run-history.ts'

/** `SYNC_SEEDS=200000 npx vitest run test/simulation/sync` to soak; `SEED=…` to play one again. */
const SEEDS = Number(process.env.SYNC_SEEDS ?? 20_000)
/** What must have happened in so many histories, or they prove nothing about it. */
const HAPPENS = [
  'sleep',
  'clock',
  'lost base',
  'image',
  'full',
  'choose',
  'change',
  'problem',
  'held out',
  'held in',
  'power',
  'unfinished',
]

/** Plays the odd or the even seeds: two workers share the work. */
export async function playSeeds(half: 0 | 1): Promise<void> {
  const seeds = process.env.SEED === undefined ? [...keptSeeds(), ...freshSeeds(half)] : [process.env.SEED]
  const failed: string[] = []
  const happened = new Map<string, number>()
  let acts = 0
  let crashes = 0
  for (const seed of seeds) {
    const history = await runHistory(seed)
    acts += history.acts
    crashes += history.crashes
    for (const [what, times] of history.happened) happened.set(what, (happened.get(what) ?? 0) + times)
    if (history.faults.length > 0) failed.push(`SEED=${seed}: ${history.faults[0]}`)
    if (failed.length >= 10) break
  }
  expect(failed, failed.join('\n')).toEqual([])
  expect(acts / seeds.length).toBeGreaterThan(10)
  if (seeds.length < 1_000) return
  expect(crashes).toBeGreaterThan(seeds.length)
  for (const what of HAPPENS) expect(happened.get(what), what).toBeGreaterThan(seeds.length / 20)
  expect(happened.get('lost name')).toBeGreaterThan(seeds.length / 500)
}

/** Seeds that once failed. */
function keptSeeds(): string[] {
  const lines = readFileSync(join(import.meta.dirname, '../seeds.txt'), 'utf8').split('\n')
  return lines.flatMap((line) => /^sync (\S+)/.exec(line)?.[1] ?? [])
}

function* freshSeeds(half: 0 | 1): Generator<string> {
  for (let seed = 1 + half; seed <= SEEDS; seed += 2) yield String(seed)
}
