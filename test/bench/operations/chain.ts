import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { differences } from '../compare-trees.ts'
import { settle, warm } from '../ground.ts'
import { measure } from '../measure.ts'
import type { Sample } from '../results.ts'
import type { Operation, Repository, Tool } from '../tools/tool.ts'
import type { Workload, WorkloadName } from '../workloads/workloads.ts'
import { reasonOf, type Scene } from './scene.ts'
import { CHAINS, type Selection } from './selection.ts'

interface Contestant {
  readonly tool: Tool
  readonly folder: string
  readonly repository: Repository
}

/**
 * One round with one workload: every tool makes a repository of its own and does one operation after the other; the tools take turns within
 * each operation. A tool that fails at a backup is out for the rest of the round.
 */
export async function runChain(scene: Scene, workload: Workload, round: number): Promise<void> {
  const { ground, results, selection } = scene
  const operations = CHAINS[workload.name].filter((operation) =>
    isNeeded(operation, workload.name, selection),
  )
  if (operations.length === 0) return
  const entered = await enter(scene, workload, operations, round)
  let contestants = entered
  await warm(workload.folder)
  for (const operation of operations) {
    if (operation === 'edited') {
      workload.edit()
      await warm(workload.folder)
    }
    for (const contestant of contestants) {
      const { tool } = contestant
      if (!tool.takesPart(operation, workload.name, round)) continue
      const work = `${operation} ${workload.name}`
      try {
        const sample = await run(scene, contestant, operation, workload, round)
        if (selection.wants(operation, workload.name)) results.add(work, tool.id, round, sample)
      } catch (error) {
        results.fail(work, tool.id, reasonOf(error))
        if (isBackup(operation)) contestants = contestants.filter((each) => each !== contestant)
      }
    }
  }
  for (const { folder } of entered) ground.discard(folder)
  await ground.sweep()
}

function isNeeded(operation: Operation, workload: WorkloadName, selection: Selection): boolean {
  if (selection.wants(operation, workload)) return true
  // There must be a backup before anything else, and two different ones before one can be forgotten.
  if (operation === 'first') return CHAINS[workload].some((each) => selection.wants(each, workload))
  return operation === 'edited' && CHAINS[workload].includes('prune') && selection.wants('prune', workload)
}

async function enter(
  { tools, ground, results }: Scene,
  workload: Workload,
  operations: readonly Operation[],
  round: number,
): Promise<Contestant[]> {
  const contestants: Contestant[] = []
  for (const tool of tools) {
    if (!operations.some((operation) => tool.takesPart(operation, workload.name, round))) continue
    const folder = ground.folder(tool.id.replace(/\W+/g, '-'))
    try {
      contestants.push({ tool, folder, repository: await tool.open({ folder, source: workload.folder }) })
    } catch (error) {
      results.fail(`empty repository for ${workload.name}`, tool.id, reasonOf(error))
    }
  }
  return contestants
}

async function run(
  { ground }: Scene,
  { tool, repository }: Contestant,
  operation: Operation,
  workload: Workload,
  round: number,
): Promise<Sample> {
  const into = ground.folder('restored')
  const before = operation === 'edited' ? repository.storedBytes() : 0
  await settle()
  try {
    const { wallS, cpuS, peakMb } = await measure(repository.command(operation, into))
    if (operation === 'restore' && round === 0) proveRestored(workload.folder, into)
    const sample = { wallS, cpuS, peakMb }
    if (operation === 'edited') return { ...sample, addedMb: (repository.storedBytes() - before) / 1e6 }
    const showsSize = (operation === 'first' || operation === 'prune') && tool.id !== 'find -printf'
    return showsSize ? { ...sample, storedMb: repository.storedBytes() / 1e6 } : sample
  } finally {
    ground.discard(into)
  }
}

/** Throws where what came back is not what was backed up. Tools restore below the folder itself, its name, or its whole path. */
function proveRestored(folder: string, into: string): void {
  const restored = [join(into, folder), join(into, basename(folder))].find((path) => existsSync(path)) ?? into
  const wrong = differences(folder, restored)
  if (wrong.length > 0) throw new Error(`restored wrongly: ${wrong.join('; ')}`)
}

function isBackup(operation: Operation): boolean {
  return operation === 'first' || operation === 'unchanged' || operation === 'edited'
}
