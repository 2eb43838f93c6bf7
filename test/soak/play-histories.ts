// `node test/soak/play-histories.ts SIMULATION SEED HISTORIES SECONDS`: plays histories from a seed on; prints what came of it as JSON. No seconds: all of them.
import type { Played, Simulation } from './histories.ts'

type Play = (seed: number, tally: (what: string) => void) => Promise<readonly string[]>

const OWNER_STEPS = 40
/** More would say nothing new. */
const MOST_FAILED = 10

const PLAYS: Readonly<Record<Simulation, () => Promise<Play>>> = {
  async sync() {
    const { runHistory } = await import('../simulation/sync/run-history.ts')
    return async (seed, tally) => {
      const { faults, crashes, happened } = await runHistory(seed)
      for (let at = 0; at < crashes; at++) tally('crash')
      for (const [what, times] of happened) for (let at = 0; at < times; at++) tally(what)
      return faults
    }
  },
  async sweep() {
    const { runHistory } = await import('../simulation/sweep/run-history.ts')
    return async (seed, tally) => {
      const { faults, happened } = await runHistory(seed, seed % 60 === 0)
      for (const [what, times] of happened) for (let at = 0; at < times; at++) tally(what)
      return faults
    }
  },
  async repository() {
    const { runHistory } = await import('../simulation/repository/run-history.ts')
    return runHistory
  },
  async collection() {
    const { runHistory } = await import('../simulation/collection/run-history.ts')
    return runHistory
  },
  async 'commit-log'() {
    const { runSchedule } = await import('../simulation/commit-log/run-schedule.ts')
    return runSchedule
  },
  async owner() {
    const { runOwnerHistory } = await import('../simulation/owner/run-owner-history.ts')
    return async (seed) =>
      (await runOwnerHistory(seed, OWNER_STEPS)).map((finding) => JSON.stringify(finding))
  },
}

const [simulation = '', first = '1', most = '1', seconds = '0'] = process.argv.slice(2)
const play = await PLAYS[simulation as Simulation]()
const untilMs = seconds === '0' ? Infinity : performance.now() + Number(seconds) * 1_000
const failed: { seed: number; text: string }[] = []
let histories = 0
let faults = 0
const tally = () => void faults++
while (histories < Number(most) && performance.now() < untilMs && failed.length < MOST_FAILED) {
  const seed = Number(first) + histories++
  const [text] = await play(seed, tally).catch((error: unknown) => [String(error)])
  if (text !== undefined) failed.push({ seed, text })
}
console.log(JSON.stringify({ histories, faults, failed } satisfies Played))
