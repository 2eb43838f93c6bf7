import { resolve } from 'node:path'
import { settle, warm } from '../ground.ts'
import { measure } from '../measure.ts'
import type { EverstowSettings } from '../tools/everstow.ts'
import { bareEnvironment } from '../tools/tool.ts'
import type { Workload } from '../workloads/workloads.ts'
import { reasonOf, type Scene } from './scene.ts'

const CHILD = resolve(import.meta.dirname, 'event-loop-child.ts')

/** One round of how long the process that shows the window would not answer while a first backup runs: the engine in a process of its own, as a library. */
export async function runEventLoop(
  { ground, results }: Scene,
  workload: Workload,
  format: EverstowSettings['format'],
  round: number,
): Promise<void> {
  const work = `event-loop ${workload.name}`
  const folder = ground.folder('event-loop')
  await warm(workload.folder)
  await settle()
  try {
    const order = JSON.stringify({ folder, source: workload.folder, format })
    const { wallS, cpuS, peakMb, stdout } = await measure({
      argv: [process.execPath, '--disable-warning=ExperimentalWarning', CHILD, order],
      env: bareEnvironment(folder),
    })
    const { delayP99Ms } = JSON.parse(stdout) as { delayP99Ms: number }
    results.add(work, 'everstow', round, { wallS, cpuS, peakMb, delayP99Ms })
  } catch (error) {
    results.fail(work, 'everstow', reasonOf(error))
  }
  ground.discard(folder)
}
