import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSealedSecrets } from '../ground/sealed-secrets.ts'
import { type CommandResult, everstow, startEverstow } from './everstow-command.ts'
import { createSeededRandom, seedOfTest } from './seed.ts'

// Many computers, one repository, no server: four back up, every one of them and a fifth prune, all are killed again and again.

const seed = seedOfTest()
/** How many commands are started, and half of them killed, before all is finished; `COMMANDS=1000` to soak. */
const COMMANDS = Number(process.env.COMMANDS ?? 24)
const PASSPHRASE = { EVERSTOW_PASSPHRASE: 'seven otters cross the river at dawn' } as const
const WRITERS = ['ann', 'ben', 'cleo', 'dan'] as const
const COLLECTOR = 'eve'
const KEPT = 2

/** A backup that the command said was made, and the files as they were. */
interface Acknowledged {
  readonly home: string
  readonly sha256: string
  readonly madeAt: string
  readonly copy: string
}

interface Snapshot {
  readonly backup_id: string
  readonly sha256: string
  readonly plan: string
  readonly timestamp: string
}

const acknowledged: Acknowledged[] = []
const counts = { commands: 0, kills: 0, deletedObjects: 0, repackedPacks: 0 }
let base: string
const homeOf = (name: string) => join(base, 'homes', name)
const sourceOf = (name: string) => join(base, 'sources', name)
const place = () => join(base, 'place')

beforeAll(async () => {
  console.log(`SEED=${seed}`)
  base = mkdtempSync(join(tmpdir(), 'everstow-processes-'))
  makePool(createSeededRandom(seed))
  for (const name of [...WRITERS, COLLECTOR]) startSealedSecrets(homeOf(name), PASSPHRASE.EVERSTOW_PASSPHRASE)
  for (const name of [...WRITERS, COLLECTOR]) edit(name, createSeededRandom(seed))
  await addPlace(WRITERS[0])
  await addPlan(WRITERS[0])
  await backUp(WRITERS[0])
  await Promise.all(
    [...WRITERS.slice(1), COLLECTOR].map(async (name) => {
      await addPlace(name)
      await done(name, ['repo', 'adopt', 'shared'])
      await addPlan(name)
    }),
  )
})

afterAll(() => rmSync(base, { recursive: true, force: true }))

test('four computers back up, five prune, all are killed: every acknowledged snapshot that the rules keep is whole', {
  timeout: COMMANDS * 30_000,
}, async () => {
  const work = [...WRITERS.map((name) => writeAndPrune(name)), collect(COLLECTOR)]
  await Promise.all(work)

  // What was cut off is finished by ordinary commands, in any order.
  await Promise.all(WRITERS.map((name) => done(name, ['push'])))
  await Promise.all([...WRITERS, COLLECTOR].map((name) => prune(name)))

  const there = await readFromNewComputer()
  console.log(`SEED=${seed}: ${JSON.stringify({ ...counts, acknowledged: acknowledged.length })}`)
  expect(counts.deletedObjects).toBeGreaterThan(0)
  for (const name of WRITERS) await expectWhole(name, there)
})

/** Until enough was started; with nothing deleted yet, a little longer. */
const goesOn = () =>
  counts.commands < COMMANDS || (counts.deletedObjects === 0 && counts.commands < 4 * COMMANDS)

/** Backs up what it changed before, prunes now and then, and is killed half of the time. */
async function writeAndPrune(name: string): Promise<void> {
  const random = createSeededRandom(seed + WRITERS.indexOf(name as (typeof WRITERS)[number]) + 1)
  let usualMs = 3_000
  while (goesOn()) {
    const killAfterMs = random() < 0.5 ? random() * usualMs * 1.1 : undefined
    if (random() < 0.3) {
      await prune(name, killAfterMs)
      continue
    }
    edit(name, random)
    const tookMs = await backUp(name, killAfterMs)
    if (tookMs !== undefined) usualMs = tookMs
  }
}

async function collect(name: string): Promise<void> {
  const random = createSeededRandom(seed + WRITERS.length + 1)
  let usualMs = 3_000
  while (goesOn()) {
    const tookMs = await prune(name, random() < 0.5 ? random() * usualMs * 1.1 : undefined)
    if (tookMs !== undefined) usualMs = tookMs
  }
}

/** One backup of the folder as it is now; undefined when it was killed before it answered. */
async function backUp(name: string, killAfterMs?: number): Promise<number | undefined> {
  const result = await run(name, ['backup', name], killAfterMs)
  if (!result) return undefined
  const made = JSON.parse(result.stdout) as Snapshot & { cloud_sync_status: string }
  expect(made.cloud_sync_status, result.stdout).toBe('synced')
  const copy = join(base, 'copies', made.sha256)
  cpSync(sourceOf(name), copy, { recursive: true })
  acknowledged.push({ home: name, sha256: made.sha256, madeAt: made.timestamp, copy })
  return result.tookMs
}

async function prune(name: string, killAfterMs?: number): Promise<number | undefined> {
  const result = await run(name, ['prune', '--grace', '0'], killAfterMs)
  if (!result) return undefined
  const { places } = JSON.parse(result.stdout) as {
    places: { deleted_objects: number; repacked_packs: number; unknown_keys: number; error: unknown }[]
  }
  expect(places, result.stdout).toMatchObject([{ error: null, unknown_keys: 0 }])
  counts.deletedObjects += places[0]?.deleted_objects ?? 0
  counts.repackedPacks += places[0]?.repacked_packs ?? 0
  return result.tookMs
}

/** Runs a command that may be killed; one that was not must have gone well, whatever earlier kills left. */
async function run(
  name: string,
  args: readonly string[],
  killAfterMs: number | undefined,
): Promise<CommandResult | undefined> {
  counts.commands++
  const command = startEverstow(homeOf(name), [...args, '--yes', '--json'], PASSPHRASE)
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => command.kill(), killAfterMs)
  const result = await command.ended
  clearTimeout(timer)
  if (killAfterMs !== undefined && result.status === null) {
    counts.kills++
    return undefined
  }
  expect(result.status, `SEED=${seed} ${name} ${args.join(' ')}\n${result.stderr}${result.stdout}`).toBe(0)
  return result
}

async function done(name: string, args: readonly string[]): Promise<CommandResult> {
  const result = await everstow(homeOf(name), [...args, '--yes', '--json'], PASSPHRASE)
  expect(result.status, `SEED=${seed} ${name} ${args.join(' ')}\n${result.stderr}${result.stdout}`).toBe(0)
  return result
}

async function addPlace(name: string): Promise<void> {
  await done(name, ['place', 'add', 'shared', '--type', 'local', '--path', place()])
}

async function addPlan(name: string): Promise<void> {
  const what = ['--source', sourceOf(name), '--to', 'shared', '--format', 'snapshot']
  await done(name, ['plan', 'add', name, ...what, '--schedule', 'manual', '--keep', `last:${KEPT}`])
}

/** A computer that knows nothing but the passphrase finds every object sound; gives the snapshots it sees. */
async function readFromNewComputer(): Promise<readonly Snapshot[]> {
  await addPlace('new')
  await done('new', ['repo', 'adopt', 'shared'])
  await done('new', ['rebuild'])
  const verified = JSON.parse((await done('new', ['verify', '--all'])).stdout)
  expect(verified).toMatchObject({
    problems: [],
    repositories: [{ damaged: [], missing: [], affected: [], lost_chunks: 0, sound: true, error: null }],
  })
  const list = JSON.parse((await done('new', ['list', '--limit', '1000'])).stdout)
  return (list as { backups: Snapshot[] }).backups
}

/** What that computer was told it had is there, unless two newer ones are; and restores bit for bit. */
async function expectWhole(name: string, there: readonly Snapshot[]): Promise<void> {
  const own = there.filter(({ plan }) => plan === name)
  const made = acknowledged.filter(({ home }) => home === name)
  const isThere = ({ sha256 }: Acknowledged) => own.some((snapshot) => snapshot.sha256 === sha256)
  for (const { sha256, madeAt } of made.filter((backup) => !isThere(backup))) {
    const newer = own.filter(({ timestamp }) => timestamp > madeAt)
    expect(newer.length, `SEED=${seed} ${name}: ${sha256} is gone`).toBeGreaterThanOrEqual(KEPT)
  }
  const live = made.filter(isThere)
  for (const { sha256, copy } of live) {
    const { backup_id: id } = own.find((snapshot) => snapshot.sha256 === sha256) as Snapshot
    const into = join(base, 'restored', sha256)
    await done('new', ['restore', id, '--into', into])
    execFileSync('diff', ['-r', '--no-dereference', copy, join(into, name)])
    rmSync(into, { recursive: true, force: true })
  }
}

/** Files that everyone has some of, so that each computer leans on packs of the others. */
function makePool(random: () => number): void {
  mkdirSync(join(base, 'pool'))
  for (let number = 0; number < 60; number++) {
    const bytes = Buffer.alloc(1_000 + Math.floor(random() ** 3 * 400_000))
    for (let at = 0; at < bytes.length; at++) bytes[at] = random() * 256
    writeFileSync(join(base, 'pool', `asset ${number}`), bytes)
  }
}

/** Leaves the folder with some of the pool and some files of its own. */
function edit(name: string, random: () => number): void {
  const shared = join(sourceOf(name), 'shared')
  const own = join(sourceOf(name), 'own')
  mkdirSync(shared, { recursive: true })
  mkdirSync(own, { recursive: true })
  for (const asset of readdirSync(join(base, 'pool'))) {
    if (random() < 0.5) continue
    if (existsSync(join(shared, asset))) rmSync(join(shared, asset))
    else cpSync(join(base, 'pool', asset), join(shared, asset))
  }
  const number = Math.floor(random() * 10)
  writeFileSync(join(own, `note ${number}`), `${name} ${seed} ${random()}\n`.repeat(1 + random() * 5_000))
}
