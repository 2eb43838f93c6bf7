// `npm run soak -- [options]`: what takes too long for `npm test`: real processes killed, disks filled, lines that stall, large trees.
//   --only NAME,…     parts: kill-at-calls disk-full round-trip slow-network loop-delay pitr api-load sync-storm; all when absent
//   --kills 300       how often a command is killed at a system call
//   --moments 200     how often a disk is full
//   --files 300000    small files of the round trip
//   --large-gib 4     GiB of its large file
//   --minutes N       stops the first two parts, each after so many minutes; a storm of syncs takes so many at each kind of place (5)
//   --check-every 1   looks at every object and restores backups after each so many kills or moments
//   --drills 200     restores of clusters that lived through crashes
//   --seed N          decides everything that chance decides
// Ends with a summary, and with status 0 when nothing was lost and everything went as promised.
import { parseArgs } from 'node:util'
import { loadApi } from './api-load.ts'
import { fillDisks } from './disk-full.ts'
import { killAtCalls } from './kill-at-calls.ts'
import { measureLoopDelay } from './loop-delay.ts'
import type { SoakOutcome } from './outcome.ts'
import { drillPitr } from './pitr.ts'
import { roundTrip } from './round-trip.ts'
import { crawl } from './slow-network.ts'
import { storm } from './sync-storm.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    kills: { type: 'string', default: '300' },
    moments: { type: 'string', default: '200' },
    files: { type: 'string', default: '300000' },
    'large-gib': { type: 'string', default: '4' },
    minutes: { type: 'string' },
    'check-every': { type: 'string', default: '1' },
    drills: { type: 'string', default: '200' },
    seed: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const checkEvery = Number(values['check-every'])
const untilMs = () =>
  values.minutes === undefined ? Infinity : performance.now() + Number(values.minutes) * 60_000

const PARTS: Readonly<Record<string, () => Promise<SoakOutcome>>> = {
  'kill-at-calls': () => killAtCalls({ kills: Number(values.kills), seed, checkEvery, untilMs: untilMs() }),
  'disk-full': () => fillDisks({ moments: Number(values.moments), seed, checkEvery, untilMs: untilMs() }),
  'round-trip': () => roundTrip({ files: Number(values.files), largeGib: Number(values['large-gib']), seed }),
  'slow-network': () => crawl(seed),
  pitr: () => drillPitr({ drills: Number(values.drills), seed }),
  'sync-storm': () => storm({ minutes: Number(values.minutes ?? 5), seed }),
  'loop-delay': () => measureLoopDelay({ files: 20_000, largeMib: 300, p99Ms: 50 }),
  'api-load': () =>
    loadApi({ requestsPerSecond: 200, seconds: 20, files: 80_000, largeMib: 2_000, p99Ms: 50 }),
}

const wanted = values.only?.split(',') ?? Object.keys(PARTS)
const unknown = wanted.filter((name) => !PARTS[name])
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: there are ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
console.log(`seed ${seed}`)
const outcomes: SoakOutcome[] = []
for (const name of wanted) {
  const outcome = await PARTS[name]!()
  outcomes.push(outcome)
  const counts = Object.entries(outcome.counts).map(([what, count]) => `${what} ${count}`)
  console.log(`${name}: ${outcome.skipped ?? counts.join(', ')}`)
}
const lost = outcomes.reduce((sum, outcome) => sum + outcome.lost, 0)
const problems = outcomes.flatMap((outcome) => outcome.problems)
console.log(`${lost} lost, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
