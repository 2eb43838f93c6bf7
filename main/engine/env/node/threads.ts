import { availableParallelism } from 'node:os'

/** Worker threads, for whoever moves heavy work off the main thread. */
export {
  isMainThread,
  MessageChannel,
  MessagePort,
  parentPort,
  receiveMessageOnPort,
  type Transferable,
  threadId,
  Worker,
  type WorkerOptions,
  workerData,
} from 'node:worker_threads'

/** How many threads can run at once on this machine; at least 1, container limits included. */
export function cpuCount(): number {
  return Math.max(1, availableParallelism())
}
