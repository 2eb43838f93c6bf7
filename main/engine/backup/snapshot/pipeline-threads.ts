import { startThread } from '../../env/node/start-threads.ts'
import { MessageChannel, type MessagePort, type Worker } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import { fromThreadFailure } from '../../sources/files/thread-failure.ts'
import { Board } from './board.ts'
import { Counters, type Counts } from './counters.ts'
import type { SessionPack } from './packs/pack-journal.ts'
import type { Session } from './packs/session-folder.ts'
import { createSettler } from './packs/settle-packs.ts'
import { PIPELINE_WORKER } from './pipeline-file.ts'
import type { LeaderStart, WorkerMessage, WorkerStart } from './thread-messages.ts'

/** How one worker ended. */
export type WorkerEnd = Extract<WorkerMessage, { readonly type: 'done' }>

export interface ThreadsRequest
  extends Omit<
    WorkerStart,
    'worker' | 'board' | 'counters' | 'ports' | 'leader' | 'journalPath' | 'temporaryFolder'
  > {
  readonly workers: number
  readonly session: Session
  readonly leader: LeaderStart
  readonly signal: AbortSignal | undefined
  /** A pack is durable. */
  readonly onPack: (pack: SessionPack) => void
}

export interface Threads {
  /** Settles when no thread touches a file any more, for good or bad. */
  readonly ended: Promise<readonly WorkerEnd[]>
  counts(): Counts
  /** What one of them is looking at. */
  path(): string
}

/** Starts the workers, and makes the packs durable that they finish. */
export function startThreads(request: ThreadsRequest): Threads {
  const board = Board.create(request.workers)
  const counters = Counters.create(request.workers)
  let path = ''
  const ended = runThreads(request, board, counters, (now) => {
    path = now
  })
  return { ended, counts: () => counters.total(), path: () => path }
}

async function runThreads(
  request: ThreadsRequest,
  board: Board,
  counters: Counters,
  onPath: (path: string) => void,
): Promise<readonly WorkerEnd[]> {
  const { signal, onPack } = request
  if (signal?.aborted) throw new EverstowError('cancelled')
  const ends: WorkerEnd[] = []
  let failure: EverstowError | undefined
  const fail = (error: EverstowError): void => {
    failure ??= error
    board.stop()
  }
  const crash = (cause: unknown): void =>
    fail(new EverstowError('internal', { cause, message: `a thread of the backup failed: ${String(cause)}` }))
  const onAbort = (): void => fail(new EverstowError('cancelled'))
  signal?.addEventListener('abort', onAbort, { once: true })
  const settler = createSettler(request.session)
  const settle = async (path: string, pack: SessionPack): Promise<void> => {
    try {
      await settler.settle(path, pack)
    } catch (error) {
      return fail(asEverstowError(error))
    }
    board.settlePack()
    onPack(pack)
  }
  try {
    const workers = startWorkers(request, board, counters)
    for (const worker of workers) {
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'path') onPath(message.path)
        else if (message.type === 'pack') void settle(message.path, message.pack)
        else if (message.type === 'done') ends.push(message)
        else fail(fromThreadFailure(message.failure))
      })
      worker.on('error', crash)
    }
    await Promise.all(workers.map(exitOf))
  } finally {
    await settler.end().catch((error) => fail(asEverstowError(error)))
    signal?.removeEventListener('abort', onAbort)
  }
  if (failure) throw failure
  if (ends.length !== request.workers)
    throw new EverstowError('internal', { message: 'a thread of the backup ended early' })
  return ends
}

function startWorkers(request: ThreadsRequest, board: Board, counters: Counters): Worker[] {
  const { workers, session, leader, signal: _, onPack: __, ...common } = request
  const ports = connect(workers)
  return ports.map((own, worker) => {
    const start: WorkerStart = {
      ...common,
      worker,
      board: board.buffer,
      counters: counters.buffer,
      ports: own,
      temporaryFolder: session.temporaryFolder,
      journalPath: session.nextJournals[worker] as string,
      leader: worker === 0 ? leader : undefined,
    }
    return startThread(
      PIPELINE_WORKER,
      start,
      own.filter((port) => port !== undefined),
    )
  })
}

/** A channel between every two workers: for each worker its ports, by the number of the other. */
function connect(workers: number): (MessagePort | undefined)[][] {
  const ports = Array.from({ length: workers }, () => new Array<MessagePort | undefined>(workers))
  for (let a = 0; a < workers; a++)
    for (let b = a + 1; b < workers; b++) {
      const { port1, port2 } = new MessageChannel()
      ;(ports[a] as (MessagePort | undefined)[])[b] = port1
      ;(ports[b] as (MessagePort | undefined)[])[a] = port2
    }
  return ports
}

function exitOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}
