import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runSchedule } from './run-schedule.ts'

/** `SCHEDULES=200000 npx vitest run test/simulation/commit-log` to soak; `SEED=… ` to play one again. */
const SCHEDULES = Number(process.env.SCHEDULES ?? 20_000)

test('the log is linearizable under lost answers, 409s, late landings and cuts', {
  timeout: 3_600_000,
}, async () => {
  const seeds = process.env.SEED === undefined ? [...keptSeeds(), ...freshSeeds()] : [process.env.SEED]
  const failed: string[] = []
  for (const seed of seeds) {
    const faults = await runSchedule(seed).catch((error: unknown) => [String(error)])
    if (faults.length > 0) failed.push(`SEED=${seed}: ${faults[0]}`)
    if (failed.length >= 10) break
  }
  expect(failed, failed.join('\n')).toEqual([])
})

/** Seeds that once failed, or that reach something rare. */
function keptSeeds(): string[] {
  const lines = readFileSync(join(import.meta.dirname, '../seeds.txt'), 'utf8').split('\n')
  return lines.flatMap((line) => /^commit-log (\S+)/.exec(line)?.[1] ?? [])
}

function* freshSeeds(): Generator<string> {
  for (let seed = 1; seed <= SCHEDULES; seed++) yield String(seed)
}
