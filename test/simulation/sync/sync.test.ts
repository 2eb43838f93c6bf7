import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHistory } from './run-history.ts'

/** `SYNC_SEEDS=200000 npx vitest run test/simulation/sync` to soak; `SEED=…` to play one again. */
const SEEDS = Number(process.env.SYNC_SEEDS ?? 3_000)

test('whatever people, crashes and stores do, all folders end equal and nothing anybody wrote is lost', {
  timeout: 3_600_000,
}, async () => {
  const seeds = process.env.SEED === undefined ? [...keptSeeds(), ...freshSeeds()] : [process.env.SEED]
  const failed: string[] = []
  let acts = 0
  let crashes = 0
  for (const seed of seeds) {
    const history = await runHistory(seed)
    acts += history.acts
    crashes += history.crashes
    if (history.faults.length > 0) failed.push(`SEED=${seed}: ${history.faults[0]}`)
    if (failed.length >= 10) break
  }
  expect(failed, failed.join('\n')).toEqual([])
  expect(acts / seeds.length).toBeGreaterThan(10)
  if (seeds.length > 100) expect(crashes).toBeGreaterThan(seeds.length)
})

/** Seeds that once failed. */
function keptSeeds(): string[] {
  const lines = readFileSync(join(import.meta.dirname, '../seeds.txt'), 'utf8').split('\n')
  return lines.flatMap((line) => /^sync (\S+)/.exec(line)?.[1] ?? [])
}

function* freshSeeds(): Generator<string> {
  for (let seed = 1; seed <= SEEDS; seed++) yield String(seed)
}
