import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import type { NodeId } from '../../../main/engine/sync/nodes.ts'
import type { Strategy } from '../../../main/engine/sync/reconcile.ts'
import { createSchedule } from '../commit-log/schedule.ts'
import { crash, decideHeld, oneCycle, setUp } from './computer.ts'
import { judge, MOST_CYCLES } from './judge.ts'
import { actAtRandom } from './person.ts'
import { type JournalFaults, NO_FAULTS } from './simulated-journal.ts'
import { closeOrOpen, endTrouble, strike } from './strikes.ts'
import { createTrouble } from './trouble.ts'
import { A_WHILE, type Computer, type World } from './world.ts'

const MOST_STEPS = 60_000

const STRATEGIES: readonly Strategy[] = ['server_preferred', 'local_preferred', 'last_write_wins', 'manual']

/** What a history was, and what was wrong with its end. */
export interface History {
  readonly faults: readonly string[]
  readonly acts: number
  readonly crashes: number
  readonly conflicts: number
  readonly happened: ReadonlyMap<string, number>
  readonly mostCycles: number
}

/** Lets people work on a few computers while these sync and crash, as the seed decides; then lets all come to rest, and gives what is wrong. */
export async function runHistory(seed: number | string): Promise<History> {
  // Most errors here are meant and handled; their stacks are a third of the time.
  Error.stackTraceLimit = 0
  const random = createFakeRandom(seed)
  const isAlone = random.fork('alone').chance(0.2)
  const world: World = {
    random,
    trouble: createTrouble(random, isAlone),
    isAlone,
    isRestless: random.fork('restless').chance(0.2),
    schedule: createSchedule(random),
    slots: [],
    contents: new Set(),
    computers: [],
    writings: { written: new Set(), destroyed: new Set() },
    strategy: random.pick(STRATEGIES),
    errors: [],
    faults: drawFaults(random),
    failedTransfer: random.chance(0.3) ? 0.05 : 0,
    isAtWork: true,
    idle: [],
    texts: 0,
    acts: 0,
    crashes: 0,
    happened: new Map(),
    waited: 0,
  }
  const count = 2 + Number(random.chance(0.4)) + (random.chance(0.1) ? random.integer(3) : 0)
  for (let at = 0; at < count; at++) world.computers.push(setUp(world, at))
  void peopleWork(world)
  await world.schedule.run(MOST_STEPS)

  world.faults = NO_FAULTS
  world.failedTransfer = 0
  world.trouble.end()
  for (const computer of world.computers) endTrouble(world, computer)
  for (const { folder } of world.computers)
    for (const inode of folder.inodes.keys()) folder.setClosed(inode, false)
  const mostCycles = await comeToRest(world)
  const { acts, crashes, computers, happened } = world
  const conflicts = computers.reduce((sum, { conflictNames }) => sum + conflictNames, 0)
  return { faults: judge(world, mostCycles), acts, crashes, conflicts, happened, mostCycles }
}

function drawFaults(random: FakeRandom): JournalFaults {
  if (random.chance(0.5)) return NO_FAULTS
  const some = () => random.float() * 0.15
  return { lostAnswer: some(), notDone: some(), late: some(), failedRead: some() }
}

async function peopleWork(world: World): Promise<void> {
  const { random, schedule, writings } = world
  const total = 12 + random.integer(30)
  while (world.acts++ < total && world.isAtWork) {
    const anyone = random.pick(world.computers)
    const computer = world.isAlone ? (world.computers[0] as Computer) : anyone
    for (let pause = random.integer(20); pause > 0; pause--) await schedule.event(() => {})
    await schedule.event(() => {
      if (world.trouble.strikes()) strike(world, computer)
      else if (random.chance(0.08)) crash(world, computer)
      else if (random.chance(0.04)) closeOrOpen(computer.folder, random)
      else
        actAtRandom(computer.folder, random, writings, () => `t${++world.texts}`, {
          isPlain: world.isAlone,
          isRestless: world.isRestless,
        })
    })
    if (random.chance(0.1)) world.waited += A_WHILE
    stir(world)
  }
  world.isAtWork = false
  for (const { asleep } of world.computers) for (const goOn of asleep ?? []) goOn()
  for (const each of world.computers) each.asleep = undefined
  stir(world)
}

/** Something happened: whoever waits for that goes on. */
function stir(world: World): void {
  for (const goOn of world.idle.splice(0)) goOn()
}

/** Nobody does anything any more: gives the most cycles that a device needed until all had nothing left to do. */
async function comeToRest(world: World): Promise<number> {
  const { computers, schedule, random } = world
  let cycles = 0
  for (let calm = 0; calm < computers.length * 2 && cycles <= MOST_CYCLES * 4; cycles++) {
    let isDecided = false
    for (const computer of computers) {
      world.waited += A_WHILE
      const cycle = oneCycle(world, computer)
      await schedule.run(MOST_STEPS * 2)
      const result = await cycle
      for (const id of result?.open ?? []) isDecided = decide(computer, id, random) || isDecided
      isDecided = decideHeld(world, computer, result?.held ?? []) || isDecided
      calm = result?.isBusy === false && !isDecided ? calm + 1 : 0
    }
    // What a person decides now is an act: counted anew.
    if (isDecided && cycles < MOST_CYCLES * 4) cycles = 0
    if (world.errors.length > 0) break
  }
  return cycles
}

/** A person decides about a conflict. */
function decide({ process, choices }: Computer, id: NodeId, random: FakeRandom): boolean {
  const { base, replica } = process.device
  const here = base.nodes.get(id)?.side
  const there = replica.tree.nodes.get(id)?.content
  if (here === undefined || there === undefined) return false
  choices.set(id, { keep: random.pick(['local', 'remote', 'both'] as const), here, there })
  return true
}
