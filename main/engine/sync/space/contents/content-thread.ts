import type { Clock } from '../../../env/clock.ts'
import { startThread } from '../../../env/node/start-threads.ts'
import type { Transferable, Worker } from '../../../env/node/threads.ts'
import { EverstowError } from '../../../model/errors.ts'
import type { RepoKeys } from '../../../repository/crypto/repo-keys.ts'
import { fromThreadFailure } from '../../../sources/files/thread-failure.ts'
import type { Answer, AnswerMessage, ContentStart, Order, OrderName } from './content-orders.ts'
import type { SpaceHoldings } from './holdings.ts'

/** A thread of its own for what takes long of contents: cutting, naming, compressing and sealing them, and opening and proving them. */
export interface ContentThread {
  /** Whether it runs; an order starts it. */
  readonly isRunning: boolean
  /** How often it was started. What it had taken in and not given back is lost with it. */
  readonly starts: number
  /** Orders are done one after another. */
  ask<Name extends OrderName>(
    name: Name,
    order: Order<Name>,
    moved?: readonly Transferable[],
  ): Promise<Answer<Name>>
  /** Says whose packs it makes. */
  workFor(holder: PackHolder): void
  end(): Promise<void>
}

/** Has the packs that the thread makes. */
export interface PackHolder {
  /** Chunks that are stored and in no index yet. */
  readonly chunks: Iterable<string>
  /** The thread has taken in what it has not given back: it must not end by itself. */
  readonly isOpen: boolean
}

/** A thread that nobody asks anything ends after so long: it holds some 30 MB. */
const IDLE_MS = 5_000
const CONTENT_WORKER = new URL('./content-worker.ts', import.meta.url)

export function createContentThread(keys: RepoKeys, holdings: SpaceHoldings, clock: Clock): ContentThread {
  let worker: Worker | undefined
  let stopWatching = (): void => {}
  let waiting: PromiseWithResolvers<unknown>[] = []
  let generation = -1
  let starts = 0
  let isUsed = false
  let holder: PackHolder = { chunks: [], isOpen: false }

  function start(): Worker {
    generation = holdings.generation
    starts++
    const index = holdings.index.handles()
    const mine = startThread(CONTENT_WORKER, {
      ...{ keys: keys.cloneable, index },
      known: [...holder.chunks],
    } satisfies ContentStart)
    mine.on('message', (message: AnswerMessage) => {
      const next = waiting.shift()
      if (waiting.length === 0) mine.unref()
      if ('failure' in message) next?.reject(fromThreadFailure(message.failure))
      else next?.resolve(message.answer)
    })
    const gone = (cause: unknown): void => {
      if (worker !== mine) return
      forget()
      const left = waiting
      waiting = []
      const message = 'the thread of a space ended early'
      for (const each of left) each.reject(new EverstowError('internal', { cause, message }))
    }
    mine.on('error', gone)
    mine.on('exit', gone)
    stopWatching = clock.every(IDLE_MS, () => {
      if (!isUsed && waiting.length === 0 && !holder.isOpen) void end()
      isUsed = false
    })
    return mine
  }
  function forget(): void {
    stopWatching()
    worker = undefined
  }
  function post<Name extends OrderName>(
    to: Worker,
    name: Name,
    order: Order<Name>,
    moved: readonly Transferable[],
  ): Promise<Answer<Name>> {
    const answer = Promise.withResolvers<unknown>()
    waiting.push(answer)
    to.ref()
    to.postMessage({ name, order }, moved)
    return answer.promise as Promise<Answer<Name>>
  }
  async function end(): Promise<void> {
    const mine = worker
    if (!mine) return
    forget()
    await mine.terminate()
  }

  return {
    get isRunning() {
      return worker !== undefined
    },
    get starts() {
      return starts
    },
    async ask(name, order, moved = []) {
      isUsed = true
      worker ??= start()
      if (generation !== holdings.generation) {
        generation = holdings.generation
        void post(worker, 'index', holdings.index.handles(), []).catch(() => {})
      }
      return post(worker, name, order, moved)
    },
    workFor(whose) {
      holder = whose
    },
    end,
  }
}
