import { once } from 'node:events'
import type { Clock } from '../../../env/clock.ts'
import { Worker } from '../../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../../model/errors.ts'
import type { Pieces } from '../values/texts.ts'
import type { DataJob } from './job.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

/** Does jobs on contents in threads of their own: what never ends there, or takes all memory, ends as `data-too-hard` and holds nobody else up. */
export interface DataThreads {
  run(job: DataJob, inputs: readonly Pieces[], signal: AbortSignal): Promise<string>
  close(): Promise<void>
}

interface Options {
  readonly clock: Clock
  /** A job may compute for so long; waiting for pieces does not count. Default 10 s. */
  readonly mostMs?: number
  readonly mostHeapMb?: number
}

const MOST_THREADS = 2
const MOST_MS = 10_000
/** Far above what a value may take, because where V8 finds no memory at the wrong moment it ends the process, not the thread. */
const MOST_HEAP_MB = 2_048
/** A thread that went through more than this is not kept: it would keep the memory. */
const KEPT_AFTER_BYTES = 16 * 1024 * 1024
/** Nobody asked for anything meanwhile: threads that wait are let go. */
const IDLE_MS = 60_000
/** What only ends a wait needs no reason, and the usual one is made with a stack. */
const OVER = 'over'

/** Threads are started when there is work, at most two; those that wait keep no process alive. */
export function createDataThreads({
  clock,
  mostMs = MOST_MS,
  mostHeapMb = MOST_HEAP_MB,
}: Options): DataThreads {
  const idle: Worker[] = []
  const waiting: (() => void)[] = []
  let busy = 0
  let isClosed = false
  let stopSweeping: (() => void) | undefined
  const all = new Set<Worker>()

  async function turn(signal: AbortSignal): Promise<void> {
    if (busy < MOST_THREADS) {
      busy++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(new EverstowError('cancelled'))
      }
      const go = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      waiting.push(go)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  function giveUpTurn(): void {
    const next = waiting.shift()
    if (next) next()
    else busy--
  }

  async function thread(): Promise<Worker> {
    const kept = idle.pop()
    if (kept) {
      kept.ref()
      return kept
    }
    const worker = new Worker(new URL('./job-worker.ts', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: mostHeapMb, maxYoungGenerationSizeMb: 16 },
    })
    all.add(worker)
    worker.once('exit', () => {
      all.delete(worker)
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1)
    })
    const ended = once(worker, 'exit').then(() => Promise.reject(new EverstowError('cancelled')))
    await Promise.race([once(worker, 'message'), ended])
    return worker
  }

  function keep(worker: Worker): void {
    worker.unref()
    idle.push(worker)
    stopSweeping?.()
    stopSweeping = clock.every(IDLE_MS, () => {
      stopSweeping?.()
      for (const each of idle.splice(0)) void each.terminate()
    })
  }

  return {
    async run(job, inputs, signal) {
      if (signal.aborted || isClosed) throw new EverstowError('cancelled')
      await turn(signal)
      let worker: Worker | undefined
      try {
        if (isClosed) throw new EverstowError('cancelled')
        worker = await thread()
        if (signal.aborted) throw new EverstowError('cancelled')
        const { result, bytes } = await runIn(worker, { job, inputs, signal, clock, mostMs })
        if (bytes <= KEPT_AFTER_BYTES && !isClosed) {
          keep(worker)
          worker = undefined
        }
        if (result instanceof EverstowError) throw result
        return result
      } finally {
        giveUpTurn()
        if (worker) void worker.terminate()
      }
    },

    async close() {
      isClosed = true
      stopSweeping?.()
      await Promise.all([...all].map((worker) => worker.terminate()))
    },
  }
}

interface Run {
  readonly job: DataJob
  readonly inputs: readonly Pieces[]
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly mostMs: number
}

interface Outcome {
  /** An error of the job itself: the thread is as good as before. */
  readonly result: string | EverstowError
  readonly bytes: number
}

/** Lets a thread do one job. Whatever it rejects with, the thread is of no use then. */
function runIn(worker: Worker, { job, inputs, signal, clock, mostMs }: Run): Promise<Outcome> {
  const iterators = inputs.map((input) => input[Symbol.asyncIterator]())
  const ended = new AbortController()
  let leftMs = mostMs
  let bytes = 0

  return new Promise<Outcome>((resolve, reject) => {
    const end = (settle: () => void): void => {
      if (ended.signal.aborted) return
      ended.abort(OVER)
      signal.removeEventListener('abort', onAbort)
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      for (const iterator of iterators) void iterator.return?.().catch(() => {})
      settle()
    }
    const onAbort = (): void => end(() => reject(new EverstowError('cancelled')))
    const fail = (error: unknown): void => end(() => reject(error))
    const hard = (cause?: unknown) => new EverstowError('data-too-hard', { cause })

    /** From now on the thread computes. */
    function hand(message: ToThread, moved: ArrayBuffer[] = []): void {
      const startMs = clock.monotonicMs()
      const heard = new AbortController()
      worker.once('message', () => {
        heard.abort(OVER)
        leftMs -= clock.monotonicMs() - startMs
      })
      clock.sleep(leftMs, AbortSignal.any([heard.signal, ended.signal])).then(
        () => fail(hard()),
        () => {},
      )
      worker.postMessage(message, moved)
    }

    async function giveNext(input: number): Promise<void> {
      const { value, done } = await iterators[input]!.next()
      if (ended.signal.aborted) return
      if (done) return hand({ type: 'piece' })
      bytes += value.length
      // Copied, so that it can move: what the pieces came in may be somebody else's, too.
      const own = new Uint8Array(value)
      hand({ type: 'piece', bytes: own }, [own.buffer])
    }

    const onMessage = (message: FromThread): void => {
      if (message.type === 'more') giveNext(message.input).catch(fail)
      else if (message.type === 'done') end(() => resolve({ result: message.result, bytes }))
      else if (message.type === 'failed')
        end(() => resolve({ result: new EverstowError(message.code, { data: message.data }), bytes }))
    }
    const onError = (error: NodeJS.ErrnoException): void =>
      fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? hard(error) : asEverstowError(error))
    const onExit = (): void => fail(new EverstowError('cancelled'))
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    signal.addEventListener('abort', onAbort, { once: true })
    hand({ type: 'job', job, inputs: inputs.length })
  })
}
