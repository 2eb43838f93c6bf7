import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHistory } from './run-history.ts'

/** `SEEDS=50000 npx vitest run test/simulation/repository` to soak; `SEED=…` to play one again. */
const SEEDS = Number(process.env.SEEDS ?? 5_000)

test('V1–V8 in three destinations: nothing acknowledged becomes unreadable, whoever writes, collects, repacks and replicates', {
  timeout: 3_600_000,
}, async () => {
  const seeds = process.env.SEED === undefined ? [...keptSeeds(), ...freshSeeds()] : [process.env.SEED]
  const failed: string[] = []
  for (const seed of seeds) {
    const losses = await runHistory(seed).catch((error: unknown) => [String(error)])
    if (losses.length > 0) failed.push(`SEED=${seed}: ${losses[0]}`)
    if (failed.length >= 10) break
  }
  expect(failed, failed.join('\n')).toEqual([])
})

/** Seeds that once failed, or that reach something rare. */
function keptSeeds(): string[] {
  const lines = readFileSync(join(import.meta.dirname, '../seeds.txt'), 'utf8').split('\n')
  return lines.flatMap((line) => /^repository (\S+)/.exec(line)?.[1] ?? [])
}

function* freshSeeds(): Generator<string> {
  for (let seed = 1; seed <= SEEDS; seed++) yield String(seed)
}
