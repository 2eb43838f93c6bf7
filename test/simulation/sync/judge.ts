import { chosenPart } from '../../../main/engine/sync/choice.ts'
import type { NodeId } from '../../../main/engine/sync/nodes.ts'
import type { Batch } from '../../../main/engine/sync/operations.ts'
import { type Computer, isChosen, type World } from './world.ts'

/** Cycles a device may need after the last act of a person. */
export const MOST_CYCLES = 20

export function judge(world: World, mostCycles: number): string[] {
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
