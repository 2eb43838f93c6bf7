import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandResult } from '../crash/everstow-command.ts'
import { createSeededRandom } from '../crash/seed.ts'
import { newestOf } from './kill-scenarios.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'
import {
  acknowledge,
  checkBackups,
  checkPlaces,
  createSoakWorld,
  documentOf,
  leftovers,
  removeFolder,
  type SoakWorld,
  said,
} from './world.ts'

export interface DiskFullOptions {
  readonly moments: number
  readonly seed: number
  /** Look at every object and restore the newest backup after each so many moments. */
  readonly checkEvery: number
  readonly untilMs?: number
}

/** What lies on the small volume, and a command that fills it. */
interface FullVolume {
  readonly name: string
  readonly at: (world: SoakWorld) => string
  /** Free bytes with which the command surely succeeds. */
  readonly enoughBytes: number
  prepare(world: SoakWorld, random: () => number): Promise<void>
  args(world: SoakWorld): readonly string[]
  /** What has to hold right after the command met the full volume. */
  filled?(world: SoakWorld, findings: Findings, when: string): void
}

const MIB = 1024 * 1024

const editAndBackUp = {
  prepare: async (world: SoakWorld, random: () => number) => world.edit(random),
  args: () => ['backup', 'files'],
}

const VOLUMES: readonly FullVolume[] = [
  { name: 'home', at: (world) => world.home(), enoughBytes: 12 * MIB, ...editAndBackUp },
  { name: 'place', at: (world) => world.place('nas'), enoughBytes: 6 * MIB, ...editAndBackUp },
  {
    name: 'target',
    at: (world) => world.target,
    enoughBytes: 40 * MIB,
    prepare: async () => {},
    args: (world) => ['restore', newestOf(world), '--into', world.target],
    filled(world, findings, when) {
      const left = readdirSync(world.target)
      if (left.length > 0) findings.problem(`${when}: the target is not as it was: ${left.join(', ')}`)
    },
  },
]

/** Why no volume can be mounted here; undefined when one can. */
export function whyNoMount(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'everstow-mount-'))
  try {
    const tried = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { encoding: 'utf8' })
    if (tried.error || tried.status !== 0)
      return `mounting a small volume needs root: ${tried.stderr?.trim() ?? 'there is no mount'}`
    execFileSync('umount', [at])
    return undefined
  } finally {
    removeFolder(at)
  }
}

/**
 * Fills the volume of the home, of a place and of a restore's target at one moment after another: the command says that the disk is full, nothing
 * acknowledged is lost, and with room the same command goes well.
 */
export async function fillDisks({
  moments,
  seed,
  checkEvery,
  untilMs = Infinity,
}: DiskFullOptions): Promise<SoakOutcome> {
  const findings = createFindings('disk-full')
  const skipped = whyNoMount()
  if (skipped !== undefined) return { ...findings.outcome(), skipped }
  const random = createSeededRandom(seed)
  const base = mkdtempSync(join(tmpdir(), 'everstow-full-'))
  const world = await createSoakWorld(base, ['nas', 'disk'], random)
  try {
    for (let moment = 0; moment < moments && performance.now() < untilMs; moment++) {
      const volume = VOLUMES[moment % VOLUMES.length]!
      // Most of what can go wrong goes wrong with the first writes.
      const freeBytes = Math.floor(((moment + random()) / moments) ** 2 * volume.enoughBytes)
      await fillOnce(world, volume, freeBytes, {
        findings,
        random,
        seed,
        isThorough: (moment + 1) % checkEvery === 0,
      })
      world.putBack()
    }
    return findings.outcome()
  } finally {
    world.remove()
  }
}

interface Filling {
  readonly findings: Findings
  readonly random: () => number
  readonly seed: number
  readonly isThorough: boolean
}

async function fillOnce(
  world: SoakWorld,
  volume: FullVolume,
  freeBytes: number,
  { findings, random, seed, isThorough }: Filling,
): Promise<void> {
  await volume.prepare(world, random)
  const at = volume.at(world)
  const mounted = mountWith(at, freeBytes)
  try {
    const when = `seed ${seed}, ${volume.name} with ${freeBytes} bytes free`
    const args = volume.args(world)
    const first = await world.run(args)
    acknowledge(world, first)
    findings.count('moments')
    if (first.status !== 0) {
      findings.count(`${volume.name} full`)
      const why = whatIsWrong(first)
      if (why !== undefined) findings.problem(`${when}: ${why}`)
      volume.filled?.(world, findings, when)
    }
    mounted.grow()
    const again = await world.run(args)
    acknowledge(world, again)
    if (again.status !== 0) findings.problem(`${when}: with room again it says ${said(again)}`)
    // What one place could not take waits for it.
    await world.done(['push'])
    const left = leftovers(world)
    if (left.length > 0) findings.problem(`${when}: the next run left ${left.join(', ')}`)
    if (!isThorough) return
    await checkPlaces(world, findings, when)
    await checkBackups(world, [...world.acknowledged.keys()], findings, when)
  } finally {
    mounted.end()
  }
}

/** What is wrong with how a command met a full disk; undefined when it failed as it should: in words, with its reason. */
function whatIsWrong(result: CommandResult): string | undefined {
  const document = documentOf<{
    error?: { code: string; message: string; data: Record<string, unknown> }
    copies?: { place: string; status: string; error: { code: string; message: string } | null }[]
  }>(result)
  const error = document?.error?.code === 'no-copy' ? undefined : document?.error
  const errors = [error, ...(document?.copies ?? []).map((copy) => copy.error)].filter((each) => each != null)
  if (![1, 3].includes(result.status ?? -1)) return `not a status of a full disk: ${said(result)}`
  if (errors.length === 0 || errors.some(({ code }) => code !== 'disk-full'))
    return `not said to be a full disk: ${said(result)}`
  return undefined
}

/** Puts what lies in a folder onto a volume of its own that has this much room left; what lies there goes with the volume. */
export function mountWith(folder: string, freeBytes: number): { grow(): void; end(): void } {
  mkdirSync(folder, { recursive: true })
  const aside = `${folder}.aside`
  execFileSync('cp', ['-a', folder, aside])
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', folder])
  execFileSync('cp', ['-a', `${aside}/.`, folder])
  removeFolder(aside)
  const { bsize, blocks, bfree } = statfsSync(folder)
  const usedBytes = (blocks - bfree) * bsize
  const resize = (bytes: number) => execFileSync('mount', ['-o', `remount,size=${bytes}`, folder])
  // Zero means no limit to tmpfs.
  resize(Math.max(usedBytes + freeBytes, bsize))
  return {
    grow: () => resize(256 * MIB),
    end: () => {
      if (existsSync(folder)) execFileSync('umount', [folder])
    },
  }
}
