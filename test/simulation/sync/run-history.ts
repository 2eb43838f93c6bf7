import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { type CycleResult, type Device, runCycle } from '../../../main/engine/sync/cycle.ts'
import type { NodeId } from '../../../main/engine/sync/nodes.ts'
import type { Batch } from '../../../main/engine/sync/operations.ts'
import type { SyncBase } from '../../../main/engine/sync/ports.ts'
import type { Choice, Strategy } from '../../../main/engine/sync/reconcile.ts'
import { createReplica } from '../../../main/engine/sync/replica.ts'
import { noGlances } from '../../../main/engine/sync/scan.ts'
import { createSchedule, type Schedule } from '../commit-log/schedule.ts'
import { createMemoryBase } from './memory-base.ts'
import { actAtRandom, type Writings } from './person.ts'
import { createSimulatedDisk, type Happen } from './simulated-disk.ts'
import { createSimulatedFolder, ROOT_INODE, type SimulatedFolder } from './simulated-folder.ts'
import { createSimulatedJournal, type JournalFaults, NO_FAULTS, StoreFault } from './simulated-journal.ts'

const MOST_STEPS = 60_000
const STRATEGIES: readonly Strategy[] = ['server_preferred', 'local_preferred', 'last_write_wins', 'manual']
/** Cycles a device may need after the last act of a person. */
const MOST_CYCLES = 20
/** More than the quiet time that a file needs before it is believed. */
const A_WHILE = 50

interface Computer {
  readonly name: string
  readonly folder: SimulatedFolder
  readonly base: SyncBase
  readonly choices: Map<NodeId, Choice>
  conflictNames: number
  ids: number
  /** Of the process that runs now; another one after a crash. */
  process: { readonly device: Device; isAlive: boolean }
}

interface World {
  readonly random: FakeRandom
  readonly schedule: Schedule
  readonly slots: Batch[]
  readonly contents: Set<string>
  readonly computers: Computer[]
  readonly writings: Writings
  readonly strategy: Strategy
  /** What no code may do: errors that nobody expected. */
  readonly errors: string[]
  faults: JournalFaults
  failedTransfer: number
  isAtWork: boolean
  /** Devices with nothing to do, until something happens. */
  idle: (() => void)[]
  texts: number
  acts: number
  crashes: number
  /** Time that passed while nothing happened. */
  waited: number
}

/** What a history was, and what was wrong with its end. */
export interface History {
  readonly faults: readonly string[]
  readonly acts: number
  readonly crashes: number
  readonly conflicts: number
  readonly mostCycles: number
}

/** Lets people work on a few computers while these sync and crash, as the seed decides; then lets all come to rest, and gives what is wrong. */
export async function runHistory(seed: number | string): Promise<History> {
  // Most errors here are meant and handled; their stacks are a third of the time.
  Error.stackTraceLimit = 0
  const random = createFakeRandom(seed)
  const world: World = {
    random,
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
    waited: 0,
  }
  const count = 2 + Number(random.chance(0.4)) + (random.chance(0.1) ? random.integer(3) : 0)
  for (let at = 0; at < count; at++) world.computers.push(setUp(world, at))
  void peopleWork(world)
  await world.schedule.run(MOST_STEPS)

  world.faults = NO_FAULTS
  world.failedTransfer = 0
  for (const { folder } of world.computers)
    for (const inode of folder.inodes.keys()) folder.setClosed(inode, false)
  const mostCycles = await comeToRest(world)
  const { acts, crashes, computers } = world
  const conflicts = computers.reduce((sum, { conflictNames }) => sum + conflictNames, 0)
  return { faults: judge(world, mostCycles), acts, crashes, conflicts, mostCycles }
}

function drawFaults(random: FakeRandom): JournalFaults {
  if (random.chance(0.5)) return NO_FAULTS
  const some = () => random.float() * 0.15
  return { lostAnswer: some(), notDone: some(), late: some(), failedRead: some() }
}

const nowOf = (world: World) => () => (world.schedule.step() >> 2) + world.waited

function setUp(world: World, at: number): Computer {
  const isCaseBlind = at > 0 && world.random.chance(0.5)
  const own = world.random.fork(`disk${at}`)
  const folder = createSimulatedFolder(nowOf(world), () => own.chance(0.5), isCaseBlind)
  const computer: Omit<Computer, 'process'> = {
    name: 'ABCDE'[at] as string,
    folder,
    base: createMemoryBase(),
    choices: new Map(),
    conflictNames: 0,
    ids: 0,
  }
  const whole = computer as Computer
  start(world, whole)
  return whole
}

/** A process over what the disk and the base hold; what an earlier one knew only itself is gone. */
function start(world: World, computer: Computer): void {
  const { schedule, random, slots, contents } = world
  const process = { isAlive: true } as Computer['process']
  const happen: Happen = (act) =>
    new Promise((resolve, reject) => {
      void schedule.event(() => {
        if (!process.isAlive) return
        try {
          resolve(act())
        } catch (error) {
          reject(error)
        }
      })
    })
  const fails = () => random.chance(world.failedTransfer)
  const disk = createSimulatedDisk(computer.folder, nowOf(world), happen, (content) => {
    if (fails()) throw new StoreFault('not fetched')
    if (!contents.has(content)) world.errors.push(`${content} was never stored`)
  })
  const journal = createSimulatedJournal(slots, random, schedule, happen, () => world.faults)
  const handedOver = new Set<string>()
  const device: Device = {
    disk,
    base: computer.base,
    journal,
    replica: createReplica(journal),
    glances: noGlances(),
    contents: {
      async store(spot, look) {
        const content = await disk.read(spot, look)
        if (fails()) throw new StoreFault('not stored')
        if (content !== undefined) handedOver.add(content)
        return content
      },
      isEnough: () => handedOver.size > 0 && random.chance(0.1),
      async finish() {
        if (fails()) throw new StoreFault('not stored')
        for (const content of handedOver) contents.add(content)
        handedOver.clear()
        return undefined
      },
    },
    device: computer.name,
    nowMs: nowOf(world),
    newRid: () => `${computer.name}-${random.integer(2 ** 40)}`,
    newId: () => `${computer.name}${++computer.ids}`,
    conflictName: (name) => `${name}~${computer.name}${++computer.conflictNames}`,
    rules: () => ({
      strategy: world.strategy,
      choices: computer.choices,
      latestMs: Number.MAX_SAFE_INTEGER,
    }),
  }
  Object.assign(process, { device })
  computer.process = process
  void (async () => {
    while (world.isAtWork && process.isAlive) {
      const slots = world.slots.length
      const result = await oneCycle(world, computer)
      // Watchers and notices say when to look; most idle looks would only cost the simulation its time.
      if (result?.isBusy === false && slots === world.slots.length && world.random.chance(0.9))
        await new Promise<void>((resolve) => world.idle.push(resolve))
    }
  })()
}

async function oneCycle(world: World, { process }: Computer): Promise<CycleResult | undefined> {
  try {
    return await runCycle(process.device)
  } catch (error) {
    if (!(error instanceof StoreFault)) {
      world.errors.push(String(error))
      world.isAtWork = false
    }
    return undefined
  }
}

async function peopleWork(world: World): Promise<void> {
  const { random, schedule, writings } = world
  const total = 12 + random.integer(30)
  while (world.acts++ < total && world.isAtWork) {
    const computer = random.pick(world.computers)
    for (let pause = random.integer(20); pause > 0; pause--) await schedule.event(() => {})
    await schedule.event(() => {
      if (random.chance(0.08)) {
        computer.process.isAlive = false
        world.crashes++
        start(world, computer)
      } else if (random.chance(0.04)) closeOrOpen(computer.folder, random)
      else actAtRandom(computer.folder, random, writings, () => `t${++world.texts}`)
    })
    if (random.chance(0.1)) world.waited += A_WHILE
    stir(world)
  }
  world.isAtWork = false
  stir(world)
}

/** Something happened: whoever waits for that goes on. */
function stir(world: World): void {
  for (const goOn of world.idle.splice(0)) goOn()
}

/** Takes away, or gives back, the right to look into a folder. */
function closeOrOpen(folder: SimulatedFolder, random: FakeRandom): void {
  const folders = [...folder.inodes].filter(
    ([inode, { kind }]) => kind === 'directory' && inode !== ROOT_INODE,
  )
  if (folders.length === 0) return
  const [inode, { isClosed }] = random.pick(folders)
  folder.setClosed(inode, !isClosed)
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

function judge(world: World, mostCycles: number): string[] {
  const { computers, writings, errors } = world
  const faults = [...errors]
  if (faults.length > 0) return faults
  if (mostCycles > MOST_CYCLES) faults.push(`not at rest after ${mostCycles} cycles`)
  const [first, ...others] = computers.map(({ folder }) => folder.listing().join('\n'))
  for (const other of others) if (other !== first) faults.push(`folders differ:\n${first}\n-- and\n${other}`)
  for (const { name, base, folder, process } of computers) {
    const { nodes } = process.device.replica.tree
    if (base.nodes.size !== nodes.size) faults.push(`${name} knows ${base.nodes.size} nodes of ${nodes.size}`)
    if (folder.stage.size > 0) faults.push(`${name} left ${[...folder.stage.keys()].join(', ')} in its stage`)
  }
  const seen = new Set((first ?? '').split('\n').map((line) => line.split('=')[1]))
  const losers = losersOf(world.slots)
  for (const text of writings.written)
    if (!writings.destroyed.has(text) && !seen.has(text) && !losers.has(text)) faults.push(`${text} is lost`)
  return faults
}

/** What another content took the place of in the journal, or a person decided against: it can be had from the history, and nothing else may be missing. */
function losersOf(slots: readonly Batch[]): Set<string> {
  const losers = new Set<string>()
  const contents = new Map<NodeId, string>()
  for (const operation of slots.flatMap(({ operations }) => operations)) {
    if (operation.do === 'keep') losers.add(operation.content)
    if (operation.do === 'update') losers.add(contents.get(operation.id) ?? '')
    if (operation.do === 'update' || (operation.do === 'create' && operation.content))
      contents.set(operation.id, operation.content as string)
  }
  return losers
}
