import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from '../crash/seed.ts'
import { newestOf } from './kill-scenarios.ts'
import { createFindings, type Findings, type SoakOutcome } from './outcome.ts'
import { acknowledge, checkBackups, createSoakWorld, listed, type SoakWorld, said } from './world.ts'

export interface StateDatabaseOptions {
  readonly rounds: number
  readonly seed: number
  readonly untilMs?: number
}

const FILES = ['catalogue.db', 'catalogue.db-wal', 'catalogue.db-shm'] as const

type Spoil = (world: SoakWorld, random: () => number) => Promise<void>

/** What happens to the database in which the computer keeps what it knows. */
const SPOILS: Readonly<Record<string, Spoil>> = {
  async deleted(world) {
    for (const name of FILES) rmSync(join(world.home(), name), { force: true })
  },
  async 'killed while it is read anew'(world, random) {
    await world.killAfter(150 + random() * 900, ['rebuild'])
  },
  async 'deleted, and killed while it is made anew'(world, random) {
    for (const name of FILES) rmSync(join(world.home(), name), { force: true })
    await world.killAfter(150 + random() * 900, ['list'])
  },
  async 'killed while a backup is written down'(world, random) {
    world.edit(random)
    acknowledge(world, await world.killAfter(300 + random() * 1_500, ['backup', 'files']))
  },
  async 'cut short'(world, random) {
    const path = join(world.home(), FILES[0])
    if (existsSync(path)) truncateSync(path, Math.floor(random() * statSync(path).size))
  },
  async overwritten(world, random) {
    const path = join(world.home(), FILES[0])
    if (!existsSync(path)) return
    const bytes = readFileSync(path)
    bytes.fill(0xff, Math.floor(random() * bytes.length))
    writeFileSync(path, bytes)
  },
}

/** Deletes, cuts, overwrites and kills the database of the computer's state: everything acknowledged is listed again after `rebuild`, and restores. */
export async function spoilStateDatabase({
  rounds,
  seed,
  untilMs = Infinity,
}: StateDatabaseOptions): Promise<SoakOutcome> {
  const findings = createFindings('state-database', seed)
  const random = createSeededRandom(seed)
  const base = mkdtempSync(join(tmpdir(), 'everstow-state-'))
  const world = await createSoakWorld(base, ['nas'], random)
  const ways = Object.entries(SPOILS)
  try {
    for (let round = 0; round < rounds && performance.now() < untilMs; round++) {
      const [name, spoil] = ways[Math.floor(random() * ways.length)]!
      await spoil(world, random)
      findings.count('faults')
      await expectKnown(world, findings, `seed ${seed}, round ${round}, ${name}`)
    }
    await checkBackups(world, [...world.acknowledged.keys()], findings, `seed ${seed}, at the end`)
    return findings.outcome()
  } finally {
    world.remove()
  }
}

async function expectKnown(world: SoakWorld, findings: Findings, when: string): Promise<void> {
  const rebuilt = await world.run(['rebuild'])
  if (rebuilt.status !== 0) {
    findings.problem(`${when}: rebuild says ${said(rebuilt)}`)
    return
  }
  const there = new Set((await listed(world)).map(({ backup_id }) => backup_id))
  for (const id of world.acknowledged.keys())
    if (!there.has(id)) findings.lose(`${when}: ${id} is not listed`)
  await checkBackups(world, [newestOf(world)], findings, when)
}
