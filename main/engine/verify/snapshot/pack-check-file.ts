import { standBy } from '../../env/node/start-threads.ts'
import { cpuCount } from '../../env/node/threads.ts'

/** What the threads of a check run. */
export const PACK_CHECK_WORKER = new URL('./pack-check-worker.ts', import.meta.url)

const MOST_THREADS = 8

/** How many threads a check has at most. */
export function packCheckThreads(): number {
  return Math.min(MOST_THREADS, cpuCount())
}

/** Starts the threads of a check that is about to be made. */
export function standByForCheck(): void {
  standBy(PACK_CHECK_WORKER, packCheckThreads())
}
