import { MessageChannel, type MessagePort, type Transferable, Worker, workerData } from './threads.ts'

/** A thread that has loaded its file, or is about to, and waits to be told what to work on. */
interface Waiting {
  readonly worker: Worker
  readonly port: MessagePort
  readonly forget: () => void
}

/**
 * Much of what a file or block costs lives for one call only. The 48 MiB that a thread may fill by default before it looks for garbage make every
 * process 20 MB larger and buy no speed.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4 }

const standingBy = new Map<string, Waiting[]>()

/**
 * Starts threads before it is known what they will work on: loading a file takes a tenth of a second, which passes while the calling thread
 * finds that out. The file must take its start by `threadStart`. Threads that nobody takes keep no process alive.
 */
export function standBy(file: URL, count: number): void {
  const waiting = standingBy.get(file.href) ?? []
  standingBy.set(file.href, waiting)
  while (waiting.length < count) {
    const { worker, port } = open(file)
    // Whoever takes the next one of this file sees for himself what is wrong with it.
    const forget = (): void => void waiting.splice(waiting.indexOf(each), 1)
    const each: Waiting = { worker, port, forget }
    worker.once('error', forget).unref()
    waiting.push(each)
  }
}

/** A thread that runs `file` with `start`; one that stands by, if there is one. */
export function startThread(file: URL, start: unknown, moved: readonly Transferable[] = []): Worker {
  const { worker, port } = take(file) ?? open(file)
  port.postMessage(start, moved)
  return worker
}

/** In a file that `startThread` runs: what it was started with. */
export function threadStart<Start>(): Promise<Start> {
  const port = workerData as MessagePort
  return new Promise((resolve) => {
    port.once('message', (start: Start) => {
      port.close()
      resolve(start)
    })
  })
}

function take(file: URL): Waiting | undefined {
  const each = standingBy.get(file.href)?.pop()
  each?.worker.off('error', each.forget).ref()
  return each
}

function open(file: URL): Pick<Waiting, 'worker' | 'port'> {
  const { port1, port2 } = new MessageChannel()
  // No flags of the calling program: `--input-type` and the like would keep the thread from starting.
  const worker = new Worker(file, {
    workerData: port2,
    transferList: [port2],
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
  })
  port1.unref()
  return { worker, port: port1 }
}
