import { type CycleResult, type Device, runCycle } from '../../../main/engine/sync/cycle.ts'
import type { Held } from '../../../main/engine/sync/guards.ts'
import type { NodeKind } from '../../../main/engine/sync/nodes.ts'
import { createReplica } from '../../../main/engine/sync/replica.ts'
import { noGlances } from '../../../main/engine/sync/scan/scan.ts'
import { expectAsked, expectGone, filesIn } from './forbidden.ts'
import { createMemoryBase } from './memory-base.ts'
import { createSimulatedDisk, type Happen } from './simulated-disk.ts'
import { createSimulatedFolder, SystemError } from './simulated-folder.ts'
import { createSimulatedJournal, StoreFault } from './simulated-journal.ts'
import { A_WHILE, type Computer, count, isChosen, nowOf, type World } from './world.ts'

export function setUp(world: World, at: number): Computer {
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

export async function oneCycle(world: World, computer: Computer): Promise<CycleResult | undefined> {
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

export function crash(world: World, computer: Computer): void {
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

/** A person decides about deletions that were held. */
export function decideHeld(
  { trouble, isAlone }: World,
  { decisions }: Computer,
  held: readonly Held[],
): boolean {
  for (const { direction, nodes } of held)
    decisions.push({
      direction,
      do: isAlone || trouble.random.chance(0.6) ? 'approve' : 'restore',
      nodes: new Set(nodes),
    })
  return held.length > 0
}
