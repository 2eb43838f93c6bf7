import type { Results, Sample } from './results.ts'
import { median, pairedRatio } from './statistics.ts'

/** A promise about a figure, what was measured, and whether it holds. */
export interface Verdict {
  readonly work: string
  readonly promise: string
  readonly aim: string
  readonly measured: string
  readonly ok: boolean
}

/** Peer ÷ ours in CPU and in wall time: both must reach it. */
interface SpeedMust {
  readonly work: string
  readonly peer: string
  readonly must?: number
  readonly aim?: number
  readonly ours?: string
}

const BORG = 'borg lz4'
const TAR = 'tar, zstd -3'
const FIND = 'find -printf'
const OURS = 'everstow'

const SPEED: readonly SpeedMust[] = [
  { work: 'first W1', peer: 'restic', must: 2.2, aim: 2.9 },
  { work: 'first W1', peer: BORG, must: 1.5, aim: 2 },
  { work: 'first W1', peer: TAR, aim: 1 / 1.05 },
  { work: 'first W2', peer: 'restic', must: 2.2, aim: 3 },
  { work: 'first W2', peer: BORG, must: 1, aim: 1.2, ours: 'everstow fast' },
  { work: 'unchanged W1', peer: 'restic', must: 4, aim: 6.5 },
  { work: 'unchanged W1', peer: BORG, must: 7 },
  { work: 'unchanged W1', peer: FIND, aim: 1 / 1.5 },
  { work: 'unchanged W4', peer: 'restic', must: 4, aim: 6.5 },
  { work: 'unchanged W4', peer: BORG, must: 7 },
  { work: 'unchanged W4', peer: FIND, aim: 1 / 1.5 },
  { work: 'edited W1', peer: 'restic', must: 3.3, aim: 5 },
  { work: 'edited W2', peer: 'restic', must: 1.8, aim: 2.5 },
  { work: 'restore W1', peer: 'restic', must: 1.8, aim: 2.2 },
  { work: 'restore W2', peer: 'restic', must: 1, aim: 1.25 },
  ...['check W1', 'check W2'].flatMap((work) => [
    { work, peer: 'restic', must: 1.7, aim: 2.2 },
    { work, peer: BORG, must: 3.3, aim: 4.5 },
  ]),
  { work: 'prune W1', peer: 'restic', must: 1.5, aim: 3 },
  { work: 's3 W1', peer: 'restic', must: 2.2, aim: 3 },
]

/** A figure of ours as a share of restic's: at most this. */
interface ShareMust {
  readonly work: string
  readonly key: 'storedMb' | 'addedMb' | 'requests'
  readonly name: string
  readonly must?: number
  readonly aim?: number
}

const SHARES: readonly ShareMust[] = [
  { work: 'first W1', key: 'storedMb', name: 'repository size', must: 0.85, aim: 0.8 },
  { work: 'first W2', key: 'storedMb', name: 'repository size', must: 1, aim: 0.8 },
  { work: 'edited W1', key: 'addedMb', name: 'bytes added', aim: 0.7 },
  { work: 'edited W2', key: 'addedMb', name: 'bytes added', aim: 0.7 },
  { work: 's3 W1', key: 'requests', name: 'requests', must: 1 },
]

const PEAK = { shareMust: 1.6, shareAim: 1.2, mustMb: 300 }
const DELAY_MUST_MS = 50

/** All promises about what was measured, in the order of the work. */
export function verdicts(results: Results): Verdict[] {
  return results
    .works()
    .flatMap((work) => [
      ...SPEED.filter((must) => must.work === work).flatMap((must) => speedVerdict(results, must)),
      ...SHARES.filter((must) => must.work === work).flatMap((must) => shareVerdict(results, must)),
      ...peakVerdict(results, work),
      ...delayVerdict(results, work),
    ])
}

function speedVerdict(results: Results, { work, peer, must, aim, ours = OURS }: SpeedMust): Verdict[] {
  const wall = ratioOf(results, work, peer, ours, 'wallS')
  const cpu = ratioOf(results, work, peer, ours, 'cpuS')
  if (Number.isNaN(wall)) return []
  const name = ours === OURS ? '' : `${ours}: `
  return [
    {
      work,
      promise: must === undefined ? '' : `${name}≥ ${must} × ${peer}`,
      aim: aim === undefined ? '' : `≥ ${aim.toFixed(2)} × ${peer}`,
      measured: `wall ${wall.toFixed(2)}, CPU ${cpu.toFixed(2)}`,
      ok: Math.min(wall, cpu) >= (must ?? aim ?? 0),
    },
  ]
}

function shareVerdict(results: Results, { work, key, name, must, aim }: ShareMust): Verdict[] {
  const share = 1 / ratioOf(results, work, 'restic', OURS, key)
  if (Number.isNaN(share)) return []
  return [
    {
      work,
      promise: must === undefined ? '' : `${name} ≤ ${must} of restic’s`,
      aim: aim === undefined ? '' : `${name} ≤ ${aim} of restic’s`,
      measured: share.toFixed(2),
      ok: share <= (must ?? aim ?? Number.POSITIVE_INFINITY),
    },
  ]
}

function peakVerdict(results: Results, work: string): Verdict[] {
  const share = 1 / ratioOf(results, work, 'restic', OURS, 'peakMb')
  if (Number.isNaN(share)) return []
  const { shareMust, shareAim, mustMb } = PEAK
  const peakMb = Math.max(...figuresOf(results, work, OURS, 'peakMb'))
  return [
    {
      work,
      promise: `peak memory ≤ ${shareMust} of restic’s and ≤ ${mustMb} MB`,
      aim: `peak memory ≤ ${shareAim} of restic’s`,
      measured: `${share.toFixed(2)}, ${Math.round(peakMb)} MB`,
      ok: share <= shareMust && peakMb <= mustMb,
    },
  ]
}

function delayVerdict(results: Results, work: string): Verdict[] {
  const delays = figuresOf(results, work, OURS, 'delayP99Ms')
  if (delays.length === 0) return []
  const delayMs = median(delays)
  return [
    {
      work,
      promise: `event loop: p99 of the delay ≤ ${DELAY_MUST_MS} ms`,
      aim: '',
      measured: `${delayMs.toFixed(1)} ms`,
      ok: delayMs <= DELAY_MUST_MS,
    },
  ]
}

function ratioOf(results: Results, work: string, peer: string, ours: string, key: keyof Sample): number {
  return pairedRatio(results.series(work, peer, key), results.series(work, ours, key))
}

function figuresOf(results: Results, work: string, tool: string, key: keyof Sample): number[] {
  return results.series(work, tool, key).filter((figure) => figure !== undefined)
}
