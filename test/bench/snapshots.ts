import { writeFileSync } from 'node:fs'
import { makeGround } from './ground.ts'
import { hasKeychain, openKeychain } from './keychain.ts'
import { describeMachine, load } from './machine.ts'
import { verdicts } from './musts.ts'
import { runChain } from './operations/chain.ts'
import { runEventLoop } from './operations/event-loop.ts'
import { runRemote } from './operations/remote.ts'
import { reasonOf, type Scene } from './operations/scene.ts'
import { CHAINS, EXTRAS, type Selection } from './operations/selection.ts'
import { markdownReport, textReport } from './report.ts'
import { createResults } from './results.ts'
import { borg } from './tools/borg.ts'
import { everstow } from './tools/everstow.ts'
import { findPrintf, tarZstd } from './tools/references.ts'
import { restic } from './tools/restic.ts'
import type { Tool } from './tools/tool.ts'
import { provideWorkload, WORKLOADS, type Workload, type WorkloadName } from './workloads/workloads.ts'

/** How backups are measured against other backup programs. */
export interface SnapshotBench {
  readonly rounds: number
  /** Share of the workloads' size; 1 is what promises are about. */
  readonly scale: number
  readonly selection: Selection
  /** Beginnings of the names of the tools that take part; all of them when absent. */
  readonly tools?: readonly string[]
  readonly format: 'archive' | 'snapshot'
  /** Where workloads are kept and repositories are made. */
  readonly folder: string
  /** File for the report as Markdown. */
  readonly out?: string
}

/** Measures everything that was selected and prints the report. False where a tool failed at something. */
export async function benchSnapshots(bench: SnapshotBench): Promise<boolean> {
  const loadBefore = load()
  const keychain = hasKeychain() ? await openKeychain() : undefined
  try {
    return await measure(bench, loadBefore, keychain?.session)
  } finally {
    await keychain?.close()
  }
}

async function measure(
  bench: SnapshotBench,
  loadBefore: number,
  session: Readonly<Record<string, string>> | undefined,
): Promise<boolean> {
  const { rounds, selection, folder, format } = bench
  const { tools, versions, missing } = await gather(bench, session)
  for (const reason of missing) console.error(`left out: ${reason}`)
  const ground = makeGround(folder)
  const results = createResults(console.error)
  const scene: Scene = { tools, ground, results, selection }
  const inRounds = async (
    name: WorkloadName,
    measureOne: (workload: Workload, round: number) => Promise<void>,
  ): Promise<void> => {
    const workload = provide(name)
    for (let round = 0; workload && round < rounds; round++) await measureOne(workload, round)
  }
  const found = new Map<WorkloadName, Workload | undefined>()
  /** Made once a run; what cannot be made (no network, no disk) is reported, and the rest goes on. */
  const provide = (name: WorkloadName): Workload | undefined => {
    if (found.has(name)) return found.get(name)
    try {
      found.set(name, provideWorkload(name, folder, bench.scale))
    } catch (error) {
      found.set(name, undefined)
      results.fail(`workload ${name}`, 'all', reasonOf(error))
    }
    return found.get(name)
  }
  try {
    for (const name of WORKLOADS) {
      if (CHAINS[name].some((operation) => selection.wants(operation, name)))
        await inRounds(name, (workload, round) => runChain(scene, workload, round))
    }
    const [remote, eventLoop] = EXTRAS
    if (selection.wants(remote, 'W1'))
      await inRounds('W1', (workload, round) => runRemote(scene, workload, round))
    if (selection.wants(eventLoop, 'W1') && tools.some(({ id }) => id === 'everstow'))
      await inRounds('W1', (workload, round) => runEventLoop(scene, workload, format, round))
  } finally {
    ground.remove()
  }
  const head = {
    title: format === 'snapshot' ? 'Snapshots against restic and borg' : 'Archives where snapshots are meant',
    facts: [
      `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}; load before ${loadBefore.toFixed(1)}.`,
      `${versions.join(', ')}.`,
      `Rounds: ${rounds}. Scale: ${bench.scale}${bench.scale < 1 ? ' (a smoke run: no figure to keep)' : ''}.`,
      ...missing.map((reason) => `Left out: ${reason}.`),
    ],
  }
  // In small repositories what each command costs before it starts outweighs everything.
  const judged = format === 'snapshot' && bench.scale >= 1 ? verdicts(results) : []
  console.log(textReport(head, results, judged))
  if (bench.out !== undefined) writeFileSync(bench.out, markdownReport(head, results, judged))
  return results.failures.length === 0
}

/** The tools that are there, in the order of their turns, and why others are not. */
async function gather(
  { format, tools: chosen }: SnapshotBench,
  session: Readonly<Record<string, string>> | undefined,
): Promise<{
  tools: Tool[]
  versions: string[]
  missing: string[]
}> {
  const ours = { format, ...(session ? { session } : {}) }
  const candidates: readonly Tool[] = [
    everstow(ours),
    ...(format === 'snapshot' ? [everstow({ ...ours, compression: 'fast' })] : []),
    restic,
    borg('lz4'),
    borg('zstd,3'),
    tarZstd,
    findPrintf,
  ]
  const tools: Tool[] = []
  const versions = new Set<string>()
  const missing = new Set<string>()
  for (const tool of candidates) {
    if (chosen && !chosen.some((start) => tool.id.startsWith(start))) continue
    const found = await tool.find()
    if ('missing' in found) missing.add(found.missing)
    else {
      tools.push(tool)
      versions.add(found.version)
    }
  }
  return { tools, versions: [...versions], missing: [...missing] }
}
