import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandResult } from '../crash/everstow-command.ts'
import { createSeededRandom } from '../crash/seed.ts'
import { startSealedSecrets } from '../ground/sealed-secrets.ts'
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
  SOAK_ENV,
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
  /** Puts into the world what only this needs, once. */
  setUp?(world: SoakWorld): Promise<void>
  readonly at: (world: SoakWorld) => string
  /** Free bytes with which the command surely succeeds. */
  readonly enoughBytes: number
  prepare(world: SoakWorld, random: () => number): Promise<void>
  args(world: SoakWorld): readonly string[]
  /** The errors that the command told, by its JSON document; by default those of a backup or a restore. */
  errors?(result: CommandResult): readonly string[]
  /** What has to hold right after the command met the full volume. */
  filled?(world: SoakWorld, findings: Findings, when: string): void
}

const MIB = 1024 * 1024
/** Steps of this size around a circle leave no large gap, whenever they end. */
const GOLDEN = 0.618_034
/** After this a file that nobody touched is believed. */
const SYNC_QUIET_MS = 2_500

const editAndBackUp = {
  prepare: async (world: SoakWorld, random: () => number) => world.edit(random),
  args: () => ['backup', 'files'],
}

/** Files that another computer put into a synced folder. */
const SYNCED = 30

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
  { name: 'cache', at: (world) => join(world.home(), 'cache'), enoughBytes: 2 * MIB, ...editAndBackUp },
  {
    name: 'database',
    at: (world) => world.home(),
    enoughBytes: MIB / 2,
    prepare: async () => {},
    args: () => ['plan', 'edit', 'files', '--keep', 'last:4'],
  },
  {
    name: 'source',
    at: (world) => world.path('docs'),
    enoughBytes: 8 * MIB,
    setUp: shareFolder,
    prepare: async () => {},
    args: () => ['sync', 'run', 'docs'],
    errors: errorsOfSync,
    filled(world, findings, when) {
      for (const name of readdirSync(world.path('docs')).filter((each) => !each.startsWith('.everstow'))) {
        const [here, there] = ['docs', 'other docs'].map((folder) => readFileSync(world.path(folder, name)))
        if (!here?.equals(there!)) findings.problem(`${when}: ${name} is not whole`)
      }
    },
  },
]

/** Another computer has shared a folder; this one syncs it, and has nothing of it yet. */
async function shareFolder(world: SoakWorld): Promise<void> {
  const other = world.home('other')
  const place = ['--type', 'local', '--path', world.place('nas')]
  for (const folder of ['docs', 'other docs']) mkdirSync(world.path(folder))
  for (let at = 0; at < SYNCED; at++)
    writeFileSync(world.path('other docs', `file ${at}`), randomBytes(1 + ((at * 7_919) % 300_000)))
  startSealedSecrets(other, SOAK_ENV.EVERSTOW_PASSPHRASE)
  await world.done(['sync', 'add', 'docs', '--folder', world.path('docs'), '--place', 'nas'])
  await world.done(['place', 'add', 'nas', ...place], other)
  await world.done(['repo', 'adopt', 'nas'], other)
  await world.done(['sync', 'add', 'docs', '--folder', world.path('other docs'), '--place', 'nas'], other)
  await sleep(SYNC_QUIET_MS)
  await world.done(['sync', 'run', 'docs'], other)
}

function errorsOfSync(result: CommandResult): readonly string[] {
  const document = documentOf<{
    error?: { code: string }
    folders?: { error: { code: string } | null; problems: { error: { code: string } }[] }[]
  }>(result)
  const errors = (document?.folders ?? []).flatMap(({ error, problems }) => [
    error,
    ...problems.map((problem) => problem.error),
  ])
  return [document?.error ?? null, ...errors].flatMap((each) => each?.code ?? [])
}

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
  const findings = createFindings('disk-full', seed)
  const skipped = whyNoMount()
  if (skipped !== undefined) return { ...findings.outcome(), skipped }
  const random = createSeededRandom(seed)
  const base = mkdtempSync(join(tmpdir(), 'everstow-full-'))
  const world = await createSoakWorld(base, ['nas', 'disk'], random)
  try {
    for (const volume of VOLUMES) await volume.setUp?.(world)
    world.save()
    for (let moment = 0; moment < moments && performance.now() < untilMs; moment++) {
      const volume = VOLUMES[moment % VOLUMES.length]!
      // Most of what can go wrong goes wrong with the first writes.
      const part = ((Math.floor(moment / VOLUMES.length) + random()) * GOLDEN) % 1
      const freeBytes = Math.floor(part ** 2 * volume.enoughBytes)
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
      const why = whatIsWrong(first, volume.errors)
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
function whatIsWrong(
  result: CommandResult,
  errorsOf: (result: CommandResult) => readonly string[] = errorsOfBackup,
): string | undefined {
  const codes = errorsOf(result)
  if (![1, 3].includes(result.status ?? -1)) return `not a status of a full disk: ${said(result)}`
  if (codes.length === 0 || codes.some((code) => code !== 'disk-full'))
    return `not said to be a full disk: ${said(result)}`
  return undefined
}

function errorsOfBackup(result: CommandResult): readonly string[] {
  const document = documentOf<{
    error?: { code: string; message: string; data: Record<string, unknown> }
    copies?: { place: string; status: string; error: { code: string; message: string } | null }[]
  }>(result)
  const error = document?.error?.code === 'no-copy' ? undefined : document?.error
  return [error, ...(document?.copies ?? []).map((copy) => copy.error)].flatMap((each) => each?.code ?? [])
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
