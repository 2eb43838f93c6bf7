import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHistory } from './run-history.ts'

/** `SWEEPS=20000 npx vitest run test/simulation/sweep` to soak; `SEED=…` to play one again. */
const SWEEPS = Number(process.env.SWEEPS ?? 100)
const IN_FOLDERS = Math.ceil(SWEEPS / 60)
/** What must have happened in so many histories, or they prove nothing about it. */
const HAPPENS = ['condemned', 'swept', 'killed', 'late listing', 'came late']

const limit = { timeout: 24 * 3_600_000 }

test(
  'whatever devices, clocks and stores do, a sweep takes nothing that is needed, and all else in the end',
  limit,
  async () => {
    const seeds = process.env.SEED === undefined ? [...keptSeeds(), ...freshSeeds()] : [process.env.SEED]
    const happened = await play(seeds, false)
    if (seeds.length < 100) return
    for (const what of HAPPENS) expect(happened.get(what), what).toBeGreaterThan(seeds.length / 30)
  },
)

test('in a folder, too', limit, async () => {
  await play([...freshSeeds()].slice(0, IN_FOLDERS), true)
})

async function play(seeds: readonly string[], isInFolder: boolean): Promise<ReadonlyMap<string, number>> {
  const happened = new Map<string, number>()
  const failed: string[] = []
  for (const seed of seeds) {
    const history = await runHistory(seed, isInFolder)
    for (const [what, times] of history.happened) happened.set(what, (happened.get(what) ?? 0) + times)
    if (history.faults.length > 0) failed.push(`SEED=${seed}: ${history.faults[0]}`)
    if (failed.length >= 10) break
  }
  expect(failed, failed.join('\n')).toEqual([])
  return happened
}

/** Seeds that once failed. */
function keptSeeds(): string[] {
  const lines = readFileSync(join(import.meta.dirname, '../seeds.txt'), 'utf8').split('\n')
  return lines.flatMap((line) => /^sweep (\S+)/.exec(line)?.[1] ?? [])
}

function* freshSeeds(): Generator<string> {
  for (let seed = 1; seed <= SWEEPS; seed++) yield String(seed)
}
