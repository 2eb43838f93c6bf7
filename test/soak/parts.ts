import { loadApi } from './api-load.ts'
import { rideOutStorms } from './busy-storm.ts'
import { fillDisks } from './disk-full.ts'
import { HISTORIES, playHistories, type Simulation } from './histories.ts'
import { killAtCalls } from './kill-at-calls.ts'
import { killAtSends } from './kill-at-sends.ts'
import { runLong } from './long-run.ts'
import { measureLoopDelay } from './loop-delay.ts'
import type { SoakOutcome } from './outcome.ts'
import { drillPitr } from './pitr.ts'
import { roundTrip } from './round-trip.ts'
import { playRounds, type Rounds } from './rounds.ts'
import { crawl } from './slow-network.ts'
import { spoilStateDatabase } from './state-database.ts'
import { storm } from './sync-storm.ts'
import { tamper } from './tampering.ts'

/** How long a part runs where it is told in numbers. */
export interface Sizes {
  readonly kills: number
  readonly moments: number
  readonly files: number
  readonly largeGib: number
  readonly drills: number
  /** Of the weeks of two computers. */
  readonly longRunMinutes: number
  /** Looks at every object and restores backups after each so many kills or moments. */
  readonly checkEvery: number
}

export interface Share {
  readonly seed: number
  /** By the clock of `performance.now`; Infinity where the sizes alone decide. */
  readonly untilMs: number
}

export interface SoakPart {
  readonly name: string
  /** Its part of the time that is shared out; none: it takes as long as it takes, and runs only when named or when time is not limited. */
  readonly weight?: number
  /** It measures, and has the machine to itself. */
  readonly isAlone?: boolean
  /** It mostly waits: beside the others, where there are at least so many minutes. */
  readonly waitsMinutes?: number
  play(share: Share): Promise<SoakOutcome>
}

const STORM_KINDS = 4
const STORM_MINUTES = 5

const histories = (name: Simulation, weight: number): SoakPart => ({
  name,
  weight,
  play: (share) => playHistories(name, { ...share, histories: HISTORIES[name] }),
})

/** Numbers of a thousand so and so, by time where it is limited. */
const sized = (seconds: number, eachSecond: number, most: number) =>
  String(Math.round(Math.min(most, Math.max(1_000, seconds * eachSecond))))

const ROUNDS: readonly (Rounds & { readonly weight: number })[] = [
  {
    part: 'protocol',
    path: 'test/simulation/protocol-model',
    weight: 2,
    env: (seed, seconds) => ({
      SEED: String(seed),
      STATES: String(Math.max(1_000_000, Number(sized(seconds, 20_000, 20_000_000)))),
      WALKS: sized(seconds, 100, 100_000),
    }),
    counts: ({ STATES, WALKS }) => ({ states: Number(STATES), walks: Number(WALKS) }),
    rounds: 1,
  },
  {
    part: 'scheduler',
    path: 'test/simulation/scheduler',
    weight: 1,
    env: (seed, seconds) => ({ SEED: String(seed), YEARS: sized(seconds, 150, 50_000), WEEKS: '300' }),
    counts: ({ YEARS, WEEKS }) => ({ years: Number(YEARS), weeks: Number(WEEKS) }),
    rounds: 1,
  },
  {
    part: 'retention',
    path: 'test/simulation/retention',
    weight: 1,
    env: (seed, seconds) => ({ SEED: String(seed), YEARS: sized(seconds, 500, 50_000) }),
    counts: ({ YEARS }) => ({ years: Number(YEARS) }),
    rounds: 1,
  },
  {
    part: 'rot',
    path: 'test/crash/rot.test.ts',
    weight: 2,
    env: (seed) => ({ SEED: String(seed) }),
    // Bits that are flipped in each; what is deleted besides depends on how much there is.
    counts: () => ({ tamperings: 1_000 }),
    rounds: 50,
  },
  {
    part: 'many-computers',
    path: 'test/crash/repository-processes.test.ts',
    weight: 2,
    env: (seed, seconds) => ({
      SEED: String(seed),
      COMMANDS: String(Math.round(Math.min(1_000, Math.max(24, seconds / 2)))),
    }),
    counts: ({ COMMANDS }) => ({ commands: Number(COMMANDS) }),
    rounds: 1,
  },
]

/** Everything there is at the size of a soak, with its share of the time. */
export function soakParts({
  kills,
  moments,
  files,
  largeGib,
  drills,
  longRunMinutes,
  checkEvery,
}: Sizes): readonly SoakPart[] {
  return [
    { name: 'kill-at-calls', weight: 6, play: (share) => killAtCalls({ kills, checkEvery, ...share }) },
    { name: 'kill-at-sends', weight: 3, play: (share) => killAtSends({ kills, checkEvery, ...share }) },
    {
      name: 'sync-storm',
      weight: 6,
      play: (share) => storm({ minutes: stormMinutes(share), seed: share.seed }),
    },
    { name: 'disk-full', weight: 5, play: (share) => fillDisks({ moments, checkEvery, ...share }) },
    histories('sync', 4),
    { name: 'tampering', weight: 3, play: (share) => tamper({ rounds: 200, ...share }) },
    { name: 'state-database', weight: 3, play: (share) => spoilStateDatabase({ rounds: 200, ...share }) },
    { name: 'busy-storm', weight: 3, play: (share) => rideOutStorms({ storms: 50, ...share }) },
    { name: 'pitr', weight: 3, play: (share) => drillPitr({ drills, ...share }) },
    histories('repository', 3),
    histories('commit-log', 2),
    histories('collection', 2),
    histories('sweep', 2),
    histories('owner', 2),
    ...ROUNDS.map((rounds) => ({
      name: rounds.part,
      weight: rounds.weight,
      play: (share: Share) => playRounds(rounds, share),
    })),
    { name: 'slow-network', waitsMinutes: 15, play: ({ seed }) => crawl(seed) },
    { name: 'long-run', isAlone: true, play: ({ seed }) => runLong({ minutes: longRunMinutes, seed }) },
    { name: 'round-trip', isAlone: true, play: ({ seed }) => roundTrip({ files, largeGib, seed }) },
    {
      name: 'loop-delay',
      isAlone: true,
      play: () => measureLoopDelay({ files: 20_000, largeMib: 300, p99Ms: 50 }),
    },
    {
      name: 'api-load',
      isAlone: true,
      play: () => loadApi({ requestsPerSecond: 200, seconds: 20, files: 80_000, largeMib: 2_000, p99Ms: 50 }),
    },
  ]
}

/** At each kind of place. */
function stormMinutes({ untilMs }: Share): number {
  if (!Number.isFinite(untilMs)) return STORM_MINUTES
  return Math.max(0.1, (untilMs - performance.now()) / 60_000 / STORM_KINDS)
}
