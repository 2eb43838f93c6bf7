import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
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

/** Above the usual: on a busy computer such threads get what others leave. */
const STANDING_BACK = 10

const standingBy = new Map<string, Waiting[]>()
let standsBack = false

/** From now on threads let everything else go first: the window, answers to programs, and whatever else the computer does. Linux only; elsewhere a thread has no priority of its own. */
export function letThreadsStandBack(): void {
  standsBack = true
}

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
  const { port, standsBack: mayWait } = workerData as ThreadData
  if (mayWait) standBack()
  return new Promise((resolve) => {
    port.once('message', (start: Start) => {
      port.close()
      resolve(start)
    })
  })
}

interface ThreadData {
  readonly port: MessagePort
  readonly standsBack: boolean
}

function standBack(): void {
  if (process.platform !== 'linux') return
  try {
    // The system knows threads by numbers of their own, and a process by that of its first.
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), STANDING_BACK)
  } catch {
    // Where /proc is closed it works as hard as others.
  }
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
    workerData: { port: port2, standsBack } satisfies ThreadData,
    transferList: [port2],
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
  })
  port1.unref()
  return { worker, port: port1 }
}
