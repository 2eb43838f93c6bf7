import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { createFindings, type SoakOutcome } from './outcome.ts'

const PROGRAM = resolve(import.meta.dirname, 'play-histories.ts')

/** Simulations whose histories follow from a number each: how many make a long run. */
export const HISTORIES = {
  sync: 200_000,
  sweep: 20_000,
  repository: 50_000,
  collection: 50_000,
  'commit-log': 200_000,
  owner: 500,
} as const

export type Simulation = keyof typeof HISTORIES

/** What a program that played histories prints at its end. */
export interface Played {
  readonly histories: number
  readonly faults: number
  readonly failed: readonly { readonly seed: number; readonly text: string }[]
}

/** Plays histories of a simulation from a seed on, in a process of its own, until the time is up or there were enough. */
export async function playHistories(
  simulation: Simulation,
  {
    seed,
    histories,
    untilMs,
  }: { readonly seed: number; readonly histories: number; readonly untilMs: number },
): Promise<SoakOutcome> {
  const findings = createFindings(simulation, seed)
  const seconds = Number.isFinite(untilMs) ? Math.max(1, (untilMs - performance.now()) / 1_000) : 0
  const args = [PROGRAM, simulation, String(seed), String(histories), String(seconds)]
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    ...args,
  ])
  const played = JSON.parse(stdout) as Played
  findings.count('histories', played.histories)
  if (played.faults > 0) findings.count('faults', played.faults)
  for (const failed of played.failed)
    findings.lose(
      `seed ${failed.seed}: ${failed.text}`,
      `SEED=${failed.seed} npx vitest run test/simulation/${simulation}`,
    )
  return findings.outcome()
}
