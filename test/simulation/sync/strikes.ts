import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { foldKey } from '../../../main/engine/sync/fold-key.ts'
import { createRemoteTree } from '../../../main/engine/sync/remote-tree.ts'
import { crash } from './computer.ts'
import { createMemoryBase } from './memory-base.ts'
import { changeAtRandom } from './person.ts'
import { ROOT_INODE, type SimulatedFolder } from './simulated-folder.ts'
import { type Computer, count, type World } from './world.ts'

/** Something that seldom happens to a computer. */
export function strike(world: World, computer: Computer): void {
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
export function endTrouble(world: World, computer: Computer): void {
  computer.isFull = false
  if (world.trouble.random.chance(0.5)) computer.excluded.clear()
}

/** Takes away, or gives back, the right to look into a folder. */
export function closeOrOpen(folder: SimulatedFolder, random: FakeRandom): void {
  const folders = [...folder.inodes].filter(
    ([inode, { kind }]) => kind === 'directory' && inode !== ROOT_INODE,
  )
  if (folders.length === 0) return
  const [inode, { isClosed }] = random.pick(folders)
  folder.setClosed(inode, !isClosed)
}
