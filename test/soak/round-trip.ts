import { existsSync, mkdirSync, mkdtempSync, readdirSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, everstow } from '../crash/everstow-command.ts'
import { editNastiestTree, makeNastiestTree } from './nastiest-tree.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'
import { openThreePlaces, type RoundTripPlace } from './round-trip-places.ts'
import { compareWholeTrees } from './same-tree.ts'
import { documentOf, emptyFolder, removeFolder, SOAK_ENV, said } from './world.ts'

export interface RoundTripOptions {
  readonly files: number
  /** GiB of the large file. */
  readonly largeGib: number
  readonly seed: number
}

/** What a computer other than the first one opens its own secrets with: only the words open the repository there. */
const OTHER_ENV = { ...SOAK_ENV, EVERSTOW_PASSPHRASE: 'another computer, another passphrase' }
/** The source, a copy of it at each of three places, what is on its way, and one restored. */
const COPIES_ON_DISK = 7
const SMALL_FILE_BYTES = 5_000

/**
 * Backs up a tree with all that is hard about trees to three places with the real command line, edits it and backs it up again, and restores it from
 * each place; then once more from each place alone, on a computer that has nothing but the recovery words; at last with the other two wiped.
 * Everything that comes back is compared with the source, bit for bit.
 */
export async function roundTrip({ files, largeGib, seed }: RoundTripOptions): Promise<SoakOutcome> {
  const findings = createFindings('round-trip', seed)
  const { bavail, bsize } = statfsSync(tmpdir())
  const neededBytes = COPIES_ON_DISK * (largeGib * 2 ** 30 + files * SMALL_FILE_BYTES)
  if (bavail * bsize < neededBytes)
    return { ...findings.outcome(), skipped: `${tmpdir()} has no room for ${neededBytes} bytes` }

  const base = mkdtempSync(join(tmpdir(), 'everstow-round-'))
  const started = performance.now()
  const world: World = {
    base,
    source: join(base, 'source'),
    home: join(base, 'home'),
    findings,
    say: (what) => console.log(`${Math.round((performance.now() - started) / 1000)} s: ${what}`),
  }
  const places = await openThreePlaces(base, seed)
  try {
    world.say('making the tree')
    mkdirSync(world.source)
    makeNastiestTree(world.source, { files, largeGib, seed })
    const words = await backUpTwice(world, places, seed)
    for (const place of places) await restoreAndCompare(world, place, SOAK_ENV)

    world.say('the computer is lost')
    removeFolder(world.home)
    for (const last of places) await startAnew(world, places, last, words)

    const last = places.at(-1)!
    for (const place of places.filter((each) => each !== last)) await place.wipe()
    world.say(`the other places are wiped`)
    await startAnew(world, places, last, words)
    return findings.outcome()
  } finally {
    for (const place of places) await place.close()
    removeFolder(base)
  }
}

interface World {
  readonly base: string
  readonly source: string
  readonly home: string
  readonly findings: Findings
  say(what: string): void
}

/** Backs up to all places, before and after edits; gives the file with the recovery words. */
async function backUpTwice(world: World, places: readonly RoundTripPlace[], seed: number): Promise<string> {
  for (const { name, args } of places) await done(world, ['place', 'add', name, ...args])
  const plan = [
    'plan',
    'add',
    'all',
    '--source',
    world.source,
    '--format',
    'snapshot',
    '--schedule',
    'manual',
  ]
  await done(world, plan.concat(places.flatMap(({ name }) => ['--to', name])))
  await backUp(world, places)
  const { words } = documentOf<{ words: string }>(await done(world, ['key', 'show-kit', '--words'])) ?? {}
  const wordsFile = join(world.base, 'words')
  writeFileSync(wordsFile, [words].flat().join(' '))
  await done(world, ['key', 'confirm-kit', '--words-file', wordsFile])
  editNastiestTree(world.source, seed)
  await backUp(world, places)
  return wordsFile
}

async function backUp(world: World, places: readonly RoundTripPlace[]): Promise<void> {
  const result = await done(world, ['backup', 'all'])
  const made = documentOf<{
    state: string
    skipped_count: number
    files_backed_up: number
    source_bytes: number
    size_bytes: number
    copies: { status: string }[]
  }>(result)
  world.findings.count('backups')
  world.say(
    `${made?.files_backed_up} files, ${made?.source_bytes} bytes backed up as ${made?.size_bytes} in ${Math.round(result.tookMs / 1000)} s`,
  )
  const copies = made?.copies.filter(({ status }) => status === 'synced').length
  if (made?.state !== 'complete' || made.skipped_count !== 0 || copies !== places.length)
    world.findings.problem(`the backup is not whole: ${said(result)}`)
}

/** A new computer takes the last place over, while the others are out of reach, and restores. */
async function startAnew(
  world: World,
  places: readonly RoundTripPlace[],
  last: RoundTripPlace,
  wordsFile: string,
): Promise<void> {
  const others = places.filter((place) => place !== last)
  for (const place of others) place.leave()
  await done(world, ['place', 'add', last.name, ...last.args], OTHER_ENV)
  await done(world, ['repo', 'adopt', last.name, '--words-file', wordsFile], OTHER_ENV)
  world.findings.count('adoptions')
  await restoreAndCompare(world, last, OTHER_ENV)
  for (const place of others) if (!place.comeBack()) world.findings.problem(`${place.name} was asked`)
  removeFolder(world.home)
}

async function restoreAndCompare(world: World, place: RoundTripPlace, env: NodeJS.ProcessEnv): Promise<void> {
  const { findings, source } = world
  const into = join(world.base, 'out')
  emptyFolder(into)
  const result = await run(world, ['restore', 'latest', '--from', place.name, '--into', into], env)
  findings.count('restores')
  const report = documentOf<{ failed: unknown[]; refused: unknown[]; from_place: string }>(result)
  if (result.status !== 0 || report?.failed.length !== 0 || report.refused.length !== 0)
    findings.lose(`the restore from ${place.name} is not whole: ${said(result)}`)
  if (report?.from_place !== place.name) findings.problem(`${report?.from_place} was read, not ${place.name}`)
  const beside = readdirSync(into).filter((name) => name !== 'source')
  if (beside.length > 0) findings.problem(`beside what was restored lies ${beside.join(', ')}`)
  if (!existsSync(join(into, 'source'))) return
  const compared = compareWholeTrees(source, join(into, 'source'))
  findings.count('entries compared', compared.entries)
  findings.count('bytes compared', compared.bytes)
  findings.count('attributes compared', compared.attributes)
  findings.count('times to the microsecond', compared.roundedTimes)
  findings.count('differences', compared.differenceCount)
  for (const difference of compared.differences) findings.lose(`from ${place.name}: ${difference}`)
  world.say(
    `restored from ${place.name} in ${Math.round(result.tookMs / 1000)} s, ${compared.differenceCount} differences`,
  )
  removeFolder(into)
}

function run(world: World, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  return everstow(world.home, [...args, '--yes', '--json'], env)
}

async function done(
  world: World,
  args: readonly string[],
  env: NodeJS.ProcessEnv = SOAK_ENV,
): Promise<CommandResult> {
  const result = await run(world, args, env)
  if (result.status !== 0) throw new Error(`${args.join(' ')}: ${said(result)}`)
  return result
}
