import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from '../crash/seed.ts'
import { type CallPoint, callPoints, watching, whyNoStrace } from '../ground/strace.ts'
import { KILL_SCENARIOS, type KillScenario, newestOf } from './kill-scenarios.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'

import { checkBackups, checkPlaces, createSoakWorld, leftovers, type SoakWorld, said } from './world.ts'

export interface KillOptions {
  readonly kills: number
  readonly seed: number
  /** Look at every object and restore backups after each so many kills; the command itself runs again after each. */
  readonly checkEvery: number
  readonly untilMs?: number
}

/** Kills in one world before it is put back to its beginning: what one leaves, the next meets. */
const CHAIN = 12

/**
 * Kills the real command line at its system calls that change a disk, one after another in a random order, and lets the same command run again:
 * whatever was acknowledged restores bit for bit, every object is sound, and no person has to do anything.
 */
export async function killAtCalls({
  kills,
  seed,
  checkEvery,
  untilMs = Infinity,
}: KillOptions): Promise<SoakOutcome> {
  const findings = createFindings('kill-at-calls', seed)
  const skipped = whyNoStrace()
  if (skipped !== undefined) return { ...findings.outcome(), skipped }
  const random = createSeededRandom(seed)
  const base = mkdtempSync(join(tmpdir(), 'everstow-calls-'))
  const trace = join(base, 'trace')
  const world = await createSoakWorld(base, ['nas', 'disk'], random)
  try {
    const points = new Map<KillScenario, CallPoint[]>()
    let killed = 0
    let tried = 0
    let chain: string[] = []
    // What was lost is kept for a look.
    while (killed < kills && performance.now() < untilMs && findings.outcome().lost === 0) {
      const scenario = KILL_SCENARIOS[tried++ % KILL_SCENARIOS.length]!
      if (tried % CHAIN === 0) {
        await checkBackups(
          world,
          [...world.acknowledged.keys()],
          findings,
          `seed ${seed}, at the end of ${chain.join(', ')}`,
        )
        if (findings.outcome().lost > 0) break
        world.putBack()
        chain = []
      }
      await scenario.prepare(world, random)
      const left = points.get(scenario)
      if (!left?.length) {
        points.set(scenario, shuffled(await watch(world, scenario, trace, findings), random))
        continue
      }
      const point = left.pop()!
      const isThorough = (killed + 1) % checkEvery === 0
      const before = `seed ${seed}, after ${chain.join(', ') || 'nothing'}`
      const isKilled = await killAndGoOn(world, scenario, point, { findings, before, isThorough })
      chain.push(`${scenario.name} ${point.call} ${point.ordinal}`)
      if (isKilled) killed++
      // The threads of a pool share its calls out otherwise each time; one of them comes this far.
      else if (point.ordinal > 1) left.push({ ...point, ordinal: Math.ceil(point.ordinal / 2) })
    }
    if (findings.outcome().lost === 0)
      await checkBackups(world, [...world.acknowledged.keys()], findings, `seed ${seed}, at the end`)
    return findings.outcome()
  } finally {
    if (findings.outcome().lost === 0) world.remove()
    else process.stderr.write(`kept for a look: ${base}\n`)
  }
}

async function watch(
  world: SoakWorld,
  scenario: KillScenario,
  trace: string,
  findings: Findings,
): Promise<CallPoint[]> {
  const home = scenario.home === undefined ? undefined : world.home(scenario.home)
  const result = await world.start(scenario.args(world), watching(trace), home)
  if (result.status !== 0) findings.problem(`${scenario.name}, only watched: ${said(result)}`)
  await scenario.done(world, result, findings, `${scenario.name}, only watched`)
  const points = callPoints(trace, world.folder)
  findings.count('crash points', points.length)
  return points
}

interface Killing {
  readonly findings: Findings
  /** What was done to this world before. */
  readonly before: string
  readonly isThorough: boolean
}

/** Whether the command came to the call and was killed. */
async function killAndGoOn(
  world: SoakWorld,
  scenario: KillScenario,
  point: CallPoint,
  { findings, before, isThorough }: Killing,
): Promise<boolean> {
  const home = scenario.home === undefined ? undefined : world.home(scenario.home)
  const args = scenario.args(world)
  const { result: first, call } = await world.killAt(point, args, home)
  const when = `${before}: ${scenario.name} killed at ${point.call} ${point.ordinal} (${call ?? point.path})`
  const isKilled = first.status === null
  if (!isKilled && first.status !== 0) findings.problem(`${when}: not killed, ${said(first)}`)
  if (isKilled) findings.count(`${scenario.name} kills`)
  findings.count(isKilled ? 'kills' : 'calls that were not reached')
  scenario.killed?.(world, first, findings, when)

  const again = await world.run(args, home)
  if (again.status !== 0) findings.problem(`${when}: the next run says ${said(again)}`)
  await scenario.done(world, again, findings, when)
  const left = leftovers(world)
  if (left.length > 0) findings.problem(`${when}: the next run left ${left.join(', ')}`)
  if (isThorough) {
    await checkPlaces(world, findings, when)
    await checkBackups(world, [newestOf(world)], findings, when)
  }
  return isKilled
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ item }) => item)
}
