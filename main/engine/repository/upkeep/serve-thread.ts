import { parentPort } from '../../env/node/threads.ts'
import { asEverstowError, type EverstowError } from '../../model/errors.ts'

/** What a thread is sent. */
export type ToThread<Work> = { readonly type: 'work'; readonly work: Work } | { readonly type: 'finish' }

/** What a thread answers: `done` once for each piece of work, `told` in between. */
export type FromThread<Reply> =
  | { readonly type: 'done' | 'told'; readonly reply: Reply }
  | { readonly type: 'finished' }
  | { readonly type: 'failed'; readonly failure: Failure }

/** An error as plain data: cloned as it is it would lose its code. */
type Failure = Pick<EverstowError, 'code' | 'data' | 'retry' | 'message'>

export interface ThreadWork<Work, Reply> {
  /** `tell` answers before the piece is done. */
  readonly run: (work: Work, tell: (reply: Reply) => void) => Reply
  readonly finish?: (tell: (reply: Reply) => void) => void
  /** Lets go of what is open when something failed. */
  readonly abort?: () => void
}

/** The body of a file that `feedThreads` runs. */
export function serveThread<Work, Reply>({ run, finish, abort }: ThreadWork<Work, Reply>): void {
  const post = (message: FromThread<Reply>) => parentPort?.postMessage(message)
  const tell = (reply: Reply) => post({ type: 'told', reply })
  parentPort?.on('message', (message: ToThread<Work>) => {
    try {
      if (message.type === 'work') return post({ type: 'done', reply: run(message.work, tell) })
      finish?.(tell)
      post({ type: 'finished' })
    } catch (error) {
      abort?.()
      const { code, data, retry, message: text } = asEverstowError(error)
      post({ type: 'failed', failure: { code, data, retry, message: text } })
    }
    parentPort?.close()
  })
}
