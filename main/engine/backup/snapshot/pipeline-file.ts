import { standBy } from '../../env/node/start-threads.ts'
import { cpuCount } from '../../env/node/threads.ts'

/** What the threads of a backup run. */
export const PIPELINE_WORKER = new URL('./pipeline-worker.ts', import.meta.url)

const LEAST_WORKERS = 2
const MOST_WORKERS = 8

/** How many threads a backup has, unless it is told otherwise. */
export function pipelineWorkers(): number {
  return Math.min(Math.max(cpuCount(), LEAST_WORKERS), MOST_WORKERS)
}

/** Starts the threads of a backup that is about to be made. */
export function standByForBackup(): void {
  standBy(PIPELINE_WORKER, pipelineWorkers())
}
