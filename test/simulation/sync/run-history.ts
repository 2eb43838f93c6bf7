import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { chosenPart } from '../../../main/engine/sync/choice.ts'
import { type CycleResult, type Device, runCycle } from '../../../main/engine/sync/cycle.ts'
import { foldKey } from '../../../main/engine/sync/fold-key.ts'
import type { DeletionDecision, Held } from '../../../main/engine/sync/guards.ts'
import { DEEPEST, type NodeId, type NodeKind, type SyncedNode } from '../../../main/engine/sync/nodes.ts'
import type { Batch } from '../../../main/engine/sync/operations.ts'
import type { Choice, Strategy } from '../../../main/engine/sync/reconcile.ts'
import { createRemoteTree } from '../../../main/engine/sync/remote-tree.ts'
import { createReplica } from '../../../main/engine/sync/replica.ts'
import { noGlances } from '../../../main/engine/sync/scan/scan.ts'
import { MOVED } from '../../../main/engine/sync/stage-names.ts'
import { createSchedule, type Schedule } from '../commit-log/schedule.ts'
import { createMemoryBase, type MemoryBase } from './memory-base.ts'
import { actAtRandom, changeAtRandom, type Writings } from './person.ts'
import { createSimulatedDisk, type Happen, type SimulatedDisk } from './simulated-disk.ts'
import { createSimulatedFolder, ROOT_INODE, type SimulatedFolder, SystemError } from './simulated-folder.ts'
import { createSimulatedJournal, type JournalFaults, NO_FAULTS, StoreFault } from './simulated-journal.ts'
import { createTrouble, type Trouble } from './trouble.ts'

const MOST_STEPS = 60_000
const STRATEGIES: readonly Strategy[] = ['server_preferred', 'local_preferred', 'last_write_wins', 'manual']
/** Cycles a device may need after the last act of a person. */
const MOST_CYCLES = 20
/** More than the quiet time that a file needs before it is believed. */
const A_WHILE = 50

interface Computer {
  readonly name: string
  readonly folder: SimulatedFolder
  base: MemoryBase
  readonly choices: Map<NodeId, Choice>
  conflictNames: number
  ids: number
  /** What a person said about held deletions. */
  decisions: DeletionDecision[]
  /** Paths that this device does not take part in, folded. */
  readonly excluded: Set<string>
  /** Steps that wait for it to wake, while it sleeps. */
  asleep: (() => void)[] | undefined
  isFull: boolean
  /** Synced files when its cycle began. */
  filesBefore: number
  /** Where everything was when its cycle began. */
  placesBefore: ReadonlyMap<string, string>
  clockOffset: number
  /** Brings back the disk as it was once. */
  image: (() => void) | undefined
  /** Of the process that runs now; another one after a crash. */
  process: { readonly device: Device; readonly disk: SimulatedDisk; isAlive: boolean }
}

interface World {
  readonly random: FakeRandom
  /** Decides what else goes wrong: drawn apart, so that one does not shift the other. */
  readonly trouble: Trouble
  /** Only the first computer is used, and no two names are one on any: then nothing may ever be in conflict. */
  readonly isAlone: boolean
  readonly isRestless: boolean
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
  /** How often what happened. */
  readonly happened: Map<string, number>
  /** Time that passed while nothing happened. */
  waited: number
}

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

const nowOf = (world: World, { clockOffset } = { clockOffset: 0 }) =>
  (world.schedule.step() >> 2) + world.waited + clockOffset

function setUp(world: World, at: number): Computer {
  const isCaseBlind = at > 0 && world.random.chance(0.5)
  const own = world.random.fork(`disk${at}`)
  const clock = { clockOffset: 0 }
  const folder = createSimulatedFolder(
    () => nowOf(world, clock),
    () => own.chance(0.5),
    isCaseBlind,
  )
  const computer: Omit<Computer, 'process'> = Object.assign(clock, {
    name: 'ABCDE'[at] as string,
    folder,
    base: createMemoryBase(),
    choices: new Map(),
    conflictNames: 0,
    ids: 0,
    decisions: [],
    excluded: new Set<string>(),
    asleep: undefined,
    isFull: false,
    filesBefore: 0,
    placesBefore: new Map(),
    image: undefined,
  })
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
      const attempt = (): void =>
        void schedule.event(() => {
          if (!process.isAlive) return
          if (computer.asleep) {
            computer.asleep.push(attempt)
            return
          }
          try {
            const result = act()
            if (world.isAtWork && world.trouble.cuts()) crash(world, computer)
            else resolve(result)
          } catch (error) {
            reject(error)
          }
        })
      attempt()
    })
  const fails = () => random.chance(world.failedTransfer)
  const disk = createSimulatedDisk(computer.folder, () => nowOf(world, computer), happen, {
    breaks: world.trouble.breaks,
    isFull: () => computer.isFull,
    fetches(content) {
      if (fails()) throw new StoreFault('not fetched')
      if (!contents.has(content)) world.errors.push(`${content} was never stored`)
    },
  })
  const journal = createSimulatedJournal(slots, random, schedule, happen, () => world.faults)
  const handedOver = new Set<string>()
  const device: Device = {
    disk,
    base: computer.base,
    journal: {
      ...journal,
      append(slot, batch) {
        expectAsked(world, computer, batch)
        expectGone(world, computer, batch)
        return journal.append(slot, batch)
      },
    },
    replica: createReplica(journal),
    glances: noGlances(),
    contents: {
      async store(spot, look) {
        const content = await disk.read(spot, look)
        if (fails()) throw new StoreFault('not stored')
        if (content !== undefined) handedOver.add(content)
        return content
      },
      isEnough: () => (handedOver.size > 0 && random.chance(0.1)) || world.trouble.isEnough(),
      async finish() {
        if (fails()) throw new StoreFault('not stored')
        const failure = world.trouble.failsToFinish()
        if (failure) count(world, 'unfinished')
        if (failure === 'before') throw new StoreFault('not stored')
        for (const content of handedOver) {
          contents.add(content)
          if (failure === 'between') throw new StoreFault('some were stored')
        }
        if (failure === 'after') throw new StoreFault('nobody knows')
        handedOver.clear()
        return undefined
      },
    },
    device: computer.name,
    nowMs: () => nowOf(world, computer),
    newRid: () => `${computer.name}-${random.integer(2 ** 40)}`,
    newId: () => `${computer.name}${++computer.ids}`,
    // As the real ones: whoever loses twice within a minute would get the same name again.
    conflictName(name, attempt) {
      computer.conflictNames++
      return `${name.replace(/~.*$/, '')}~${computer.name}${attempt > 1 ? attempt : ''}`
    },
    rules: () => ({
      strategy: world.strategy,
      choices: computer.choices,
      latestMs: nowOf(world) + A_WHILE,
      decisions: computer.decisions,
      limits: world.trouble.limits,
    }),
    ...(world.trouble.isPartial(computer.name) && {
      isChosen: (path: string, kind: NodeKind) => isChosen(computer, path, kind),
    }),
  }
  Object.assign(process, { device, disk })
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

/** Nobody deletes most of a folder elsewhere without having been asked. */
function expectAsked(
  { trouble, errors }: World,
  { base, decisions, filesBefore }: Computer,
  { operations }: Batch,
): void {
  const isFile = (id: NodeId): boolean => (base.nodes.get(id)?.kind ?? 'directory') !== 'directory'
  const approved = (id: NodeId): boolean =>
    decisions.some((each) => each.direction === 'out' && each.do === 'approve' && each.nodes.has(id))
  const gone = operations.filter(
    (each) => each.do === 'delete' && isFile(each.id) && !approved(each.id),
  ).length
  const all = Math.max(filesBefore, filesIn(base))
  const { files, share } = trouble.limits
  if (gone > 0 && (gone === all || (gone > files && gone > share * all)))
    errors.push(`${gone} of ${all} files were deleted and nobody was asked`)
}

/** Nothing is deleted elsewhere that was there all the time. What came into a closed folder, a staged one too, cannot be seen to have come. */
function expectGone(
  { errors }: World,
  { base, folder, placesBefore }: Computer,
  { operations }: Batch,
): void {
  if (!operations.some((operation) => operation.do === 'delete')) return
  const places = folder.places()
  for (const operation of operations) {
    const synced = operation.do === 'delete' && base.nodes.get(operation.id)
    const place = synced && places.get(synced.key)
    // Of hard links one may go.
    if (!place || placesBefore.get(synced.key) !== place || base.idsOf(synced.key).length > 1) continue
    if (place.startsWith('closed/') && place !== `closed/${wayOf(base, folder, synced)}`) continue
    errors.push(`${place} was deleted elsewhere, though it is there`)
  }
}

/** Where a node was synced, as `places` says it: from the folder down, or from what of it is staged. */
function wayOf({ nodes }: MemoryBase, { stage }: SimulatedFolder, { parent, name }: SyncedNode): string {
  let way = `/${name}`
  let id = parent
  for (let at = nodes.get(id), depth = 0; at && depth < DEEPEST; at = nodes.get(id), depth++) {
    if (stage.has(MOVED + id)) return `stage/${MOVED}${id}${way}`
    way = `/${at.key.split(':')[0]}${way}`
    id = at.parent
  }
  return way
}

function filesIn({ nodes }: MemoryBase): number {
  let files = 0
  for (const { kind } of nodes.values()) if (kind !== 'directory') files++
  return files
}

async function oneCycle(world: World, computer: Computer): Promise<CycleResult | undefined> {
  const { process } = computer
  try {
    computer.filesBefore = filesIn(computer.base)
    computer.placesBefore = computer.folder.places()
    const result = await runCycle(process.device)
    for (const { direction } of result.held) count(world, `held ${direction}`)
    if (result.problems.size > 0) count(world, 'problem')
    if (!result.isBusy && result.held.length === 0) computer.decisions = []
    if (world.isAtWork && world.trouble.random.chance(0.3)) decideHeld(world, computer, result.held)
    return result
  } catch (error) {
    if (!(error instanceof StoreFault || (error instanceof SystemError && world.trouble.isRough))) {
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

function crash(world: World, computer: Computer): void {
  computer.process.isAlive = false
  world.crashes++
  computer.base.cutPower((most) => {
    const lost = world.trouble.losesPower(most)
    if (lost > 0) count(world, 'power')
    return lost
  })
  computer.process.disk.cutPower(() => {
    const isLost = world.trouble.losesName()
    if (isLost) count(world, 'lost name')
    return isLost
  })
  start(world, computer)
}

function count({ happened }: World, what: string): void {
  happened.set(what, (happened.get(what) ?? 0) + 1)
}

/** Something that seldom happens to a computer. */
function strike(world: World, computer: Computer): void {
  const { random } = world.trouble
  const what = random.pick(world.trouble.kinds)
  count(world, what)
  if (what === 'sleep') {
    for (const goOn of computer.asleep ?? []) goOn()
    computer.asleep = computer.asleep ? undefined : []
  } else if (what === 'clock') {
    // Never the same moment twice: clocks count nanoseconds.
    computer.clockOffset += random.integer(20_000) - 10_000 + 1 / 1_024
  } else if (what === 'lost base') {
    computer.base = createMemoryBase()
    computer.choices.clear()
    crash(world, computer)
  } else if (what === 'image') {
    if (computer.image) restoreImage(world, computer)
    else takeImage(world, computer)
  } else if (what === 'full') computer.isFull = !computer.isFull
  else if (what === 'choose') {
    if (!world.trouble.isPartial(computer.name)) return
    const folders = computer.folder.listing().filter((line) => line.endsWith('/'))
    const path = foldKey(
      random.pick([...folders, ...folders, 'a', 'b/', 'a/b', 'c/d/', ...computer.excluded]),
    )
    if (!computer.excluded.delete(path)) computer.excluded.add(path)
  } else changeAtRandom(computer.folder, random, world.writings, () => `t${++world.texts}`)
}

function takeImage(world: World, computer: Computer): void {
  const bringBack = computer.folder.image()
  const base = computer.base.copy()
  computer.image = () => {
    // Whoever puts an old disk back gives up what only the new one had.
    const tree = createRemoteTree()
    for (const [at, { operations }] of world.slots.entries()) tree.apply(operations, at + 1)
    const shared = new Set([...tree.nodes.values()].map(({ content }) => content))
    for (const { data } of computer.folder.inodes.values())
      if (!shared.has(data)) world.writings.destroyed.add(data)
    bringBack()
    computer.base = base
  }
}

function restoreImage(world: World, computer: Computer): void {
  computer.image?.()
  computer.image = undefined
  crash(world, computer)
}

/** Nothing goes wrong any more; some devices take part in everything again. */
function endTrouble(world: World, computer: Computer): void {
  computer.isFull = false
  if (world.trouble.random.chance(0.5)) computer.excluded.clear()
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
      isDecided = decideHeld(world, computer, result?.held ?? []) || isDecided
      calm = result?.isBusy === false && !isDecided ? calm + 1 : 0
    }
    // What a person decides now is an act: counted anew.
    if (isDecided && cycles < MOST_CYCLES * 4) cycles = 0
    if (world.errors.length > 0) break
  }
  return cycles
}

/** A person decides about deletions that were held. */
function decideHeld({ trouble, isAlone }: World, { decisions }: Computer, held: readonly Held[]): boolean {
  for (const { direction, nodes } of held)
    decisions.push({
      direction,
      do: isAlone || trouble.random.chance(0.6) ? 'approve' : 'restore',
      nodes: new Set(nodes),
    })
  return held.length > 0
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
  if (world.isAlone && computers.some(({ conflictNames }) => conflictNames > 0))
    faults.push('one person was in conflict with nobody')
  if (mostCycles > MOST_CYCLES) faults.push(`not at rest after ${mostCycles} cycles`)
  // The first computer takes part in everything.
  const all = computers[0]?.folder.listing() ?? []
  const seen = new Set<string | undefined>()
  for (const computer of computers) {
    const { name, base, folder, process } = computer
    const own = folder.listing()
    for (const line of own) seen.add(line.split('=')[1])
    const [expected, found] = [chosenLines(computer, all), chosenLines(computer, own)]
    if (found !== expected) faults.push(`folders differ:\n${expected}\n-- and\n${found}`)
    const nodes = chosenPart(process.device.replica.tree.nodes, process.device.isChosen)
    if (base.nodes.size !== nodes.size) faults.push(`${name} knows ${base.nodes.size} nodes of ${nodes.size}`)
    if (folder.stage.size > 0) faults.push(`${name} left ${[...folder.stage.keys()].join(', ')} in its stage`)
  }
  const losers = losersOf(world.slots)
  for (const text of writings.written)
    if (!writings.destroyed.has(text) && !seen.has(text) && !losers.has(text)) faults.push(`${text} is lost`)
  return faults
}

/** Whether a computer takes part in something, by its whole path. */
function isChosen({ excluded }: Computer, path: string, kind: NodeKind): boolean {
  const folded = foldKey(path)
  return !excluded.has(folded) && !(kind === 'directory' && excluded.has(`${folded}/`))
}

/** Of a listing, what a computer takes part in. */
function chosenLines(computer: Computer, lines: readonly string[]): string {
  if (computer.excluded.size === 0) return lines.join('\n')
  const isWanted = (line: string): boolean => {
    const [path = ''] = line.split('=')
    const names = path.split('/').filter((name) => name !== '')
    return names.every((_, at) => {
      const isFolder = at < names.length - 1 || path.endsWith('/')
      return isChosen(computer, names.slice(0, at + 1).join('/'), isFolder ? 'directory' : 'file')
    })
  }
  return lines.filter(isWanted).join('\n')
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
