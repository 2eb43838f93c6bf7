import { startThread } from '../../env/node/start-threads.ts'
import { EverstowError } from '../../model/errors.ts'
import type { FromThread, ToThread } from './serve-thread.ts'

export interface ThreadFeed<Work, Reply> {
  /** A file that takes its start by `threadStart` and calls `serveThread`. */
  readonly worker: URL
  readonly start: unknown
  readonly threads: number
  /** The next piece of work; undefined at the end. Asked for by all threads in turn. */
  readonly next: () => Promise<Work | undefined> | Work | undefined
  readonly onReply: (reply: Reply) => void
  readonly signal?: AbortSignal | undefined
}

/** Pieces that a thread has before it: one it works on, and the next. */
const AHEAD = 2

/** Lets threads work off pieces, each as fast as it can. Ends when all of it is done; the first failure ends it at once. */
export async function feedThreads<Work, Reply>(feed: ThreadFeed<Work, Reply>): Promise<void> {
  const stop = new AbortController()
  const threads = Array.from({ length: feed.threads }, () =>
    runThread(feed, stop.signal).catch((error) => {
      stop.abort()
      throw error
    }),
  )
  const outcomes = await Promise.allSettled(threads)
  if (feed.signal?.aborted) throw new EverstowError('cancelled')
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

async function runThread<Work, Reply>(feed: ThreadFeed<Work, Reply>, stop: AbortSignal): Promise<void> {
  const worker = startThread(feed.worker, feed.start)
  const post = (message: ToThread<Work>) => worker.postMessage(message)
  const end = Promise.withResolvers<void>()
  let waiting = 0
  let isLast = false

  async function fill(): Promise<void> {
    while (waiting < AHEAD && !isLast) {
      waiting++
      const work = stop.aborted || feed.signal?.aborted ? undefined : await feed.next()
      if (work !== undefined) {
        post({ type: 'work', work })
        continue
      }
      waiting--
      isLast = true
    }
    if (isLast && waiting === 0) post({ type: 'finish' })
  }
  let filling = Promise.resolve()
  const refill = () => {
    // One at a time, so that `finish` is said once and last.
    filling = filling.then(fill)
    filling.catch(end.reject)
  }
  worker.on('message', (message: FromThread<Reply>) => {
    if (message.type === 'finished') end.resolve()
    else if (message.type === 'failed') {
      const { code, ...facts } = message.failure
      end.reject(new EverstowError(code, facts))
    } else {
      feed.onReply(message.reply)
      if (message.type === 'told') return
      waiting--
      refill()
    }
  })
  worker.on('error', end.reject)
  worker.on('exit', () => end.reject(new EverstowError('internal', { message: 'a thread ended early' })))
  refill()
  try {
    await end.promise
  } finally {
    await worker.terminate()
  }
}
