import type { Clock } from '../../env/clock.ts'
import { nodeClock } from '../../env/node/node-clock.ts'
import { nodeRandom } from '../../env/node/node-random.ts'
import * as files from '../../env/node/sync-files.ts'
import { cpuCount, MessageChannel, type MessagePort, Worker } from '../../env/node/threads.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { Repository } from '../../repository/read/open-repository.ts'
import { packSourceOf } from '../../repository/read/range-reader.ts'
import type { RescuedChunk } from '../../repository/read/with-fallback.ts'
import { errorOfFacts } from '../error-facts.ts'
import { discardStaging } from '../placing/staging.ts'
import type { ExistingPolicy, RecordOrder, RestoreProgress, RestoreReport } from '../restore-options.ts'
import { findTarget } from '../target/target.ts'
import { type Answer, createAnswerer, type Question } from './ask-main.ts'
import { restoreCounters } from './restore-counters.ts'
import type { FromDirector, SnapshotJob, ThreadStart, ToDirector, ToWriter } from './snapshot-messages.ts'

export interface SnapshotRestoreOptions {
  /** The destination to read from. */
  readonly repository: Pick<Repository, 'keys' | 'index' | 'store' | 'root'>
  /** Others with the same repository: what the first does not have good comes from them. */
  readonly others?: readonly Pick<Repository, 'fetcher'>[]
  readonly snapId: string
  /** Absolute path of the folder to restore into; made when it is not there. */
  readonly into: string
  /** Files, folders (with all that is in them) or globs, as paths inside the snapshot. Everything by default. */
  readonly paths?: readonly string[]
  readonly existing: ExistingPolicy
  /** Only tell what would happen. Writes nothing. */
  readonly dryRun?: boolean
  /** Restore owners, setuid and setgid bits and devices as well; needs the rights to do so. */
  readonly owner?: boolean
  /** Write down what is done, so that it can be undone. */
  readonly record?: RecordOrder
  readonly signal?: AbortSignal
  /** Here `bytesRead` and `bytesToRead` are content that is done, of how much (with `paths` of the whole snapshot). */
  readonly onProgress?: (progress: RestoreProgress) => void
  /** A chunk that the first destination did not have good; `source` is a place in `others` plus one, undefined when nobody had it. */
  readonly onRescued?: (rescued: RescuedChunk) => void
  /** Threads that write; by default as many as the machine runs at once, at most 8. */
  readonly threads?: number
}

const MOST_THREADS = 8
const PROGRESS_MS = 100
/** Much of what a file costs lives for one call only. The 48 MiB that a thread may fill by default before it looks for garbage buy no speed here. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 6 }

/**
 * Restores a snapshot, or chosen parts of it, into a folder. Everything is written into a private folder on the same volume and proven before the
 * first of it becomes visible; then it is moved into place. All work is done by other threads, so the calling one stays free.
 *
 * Files whose content no destination has are named in the report (`failed`, with `data-damaged` or `chunk-missing`) and the rest is restored.
 * Errors: `disk-full`, `access-denied`, `read-only`, `invalid-input`, `cancelled`, and what the store fails with where no other destination
 * helps. After one that may pass (a lost connection), the same restore goes on where this one stopped.
 */
export async function restoreSnapshot(
  options: SnapshotRestoreOptions,
  env: { readonly clock: Pick<Clock, 'now' | 'every'>; readonly random: Random } = {
    clock: nodeClock,
    random: nodeRandom,
  },
): Promise<RestoreReport> {
  const { repository, snapId, paths, into, existing, dryRun = false, owner = false } = options
  if (options.signal?.aborted) throw new EverstowError('cancelled')
  const root = await repository.root(snapId)
  const job: SnapshotJob = {
    id: randomHex(env.random, 8),
    nowMs: env.clock.now(),
    into,
    existing,
    dryRun,
    owner,
    ...(paths && { paths }),
    ...(options.record && { record: options.record }),
    tree: Buffer.from(root.tree, 'hex'),
    contentBytes: root.stats.bytes,
    content: JSON.stringify([snapId, owner, existing, paths ?? null]),
  }
  return runThreads(job, options, env.clock)
}

async function runThreads(
  job: SnapshotJob,
  options: SnapshotRestoreOptions,
  clock: Pick<Clock, 'every'>,
): Promise<RestoreReport> {
  const { repository, signal, onProgress } = options
  const counters = restoreCounters()
  const start: ThreadStart = {
    keys: repository.keys.cloneable,
    index: repository.index.handles(),
    source: packSourceOf(repository.store),
    counters: counters.buffer,
  }
  const ended = new AbortController()
  const answer = createAnswerer({
    store: repository.store,
    packs: repository.index.packs,
    signal: ended.signal,
    rescue: rescuer(options),
  })
  const workers: Worker[] = []
  const finished = Promise.withResolvers<RestoreReport>()

  /** Takes an address, not a name: the build finds the files of threads by addresses that are written down. */
  function open(file: URL): Worker {
    // No flags of the calling program: `--input-type` and the like would keep the worker from starting.
    const worker = new Worker(file, { execArgv: [], resourceLimits: THREAD_LIMITS })
    workers.push(worker)
    worker.on('message', (message: FromDirector) => {
      if (message.type === 'done') finished.resolve(message.report)
      else if (message.type === 'failed') finished.reject(errorOfFacts(message.error))
      else if (message.type === 'placing') phase = 'placing'
      else void reply(worker, message)
    })
    const died = (cause?: unknown) =>
      finished.reject(new EverstowError('internal', { message: 'a restore thread died', cause }))
    worker.on('error', died)
    worker.on('exit', () => died())
    return worker
  }
  const reply = (worker: Worker, question: Question) =>
    answer(question, (message: Answer, moved) => worker.postMessage(message, moved))

  let phase: RestoreProgress['phase'] = 'reading'
  const report = () => {
    const { bytes, files: done } = counters
    onProgress?.({
      phase,
      bytesRead: bytes,
      bytesToRead: Math.max(job.contentBytes, bytes),
      files: done,
      bytes,
      path: '',
    })
  }
  const stopReporting = onProgress ? clock.every(PROGRESS_MS, report) : () => {}
  const cancel = () => {
    counters.stop()
    ended.abort()
  }
  signal?.addEventListener('abort', cancel, { once: true })

  try {
    const writers: MessagePort[] = []
    const count = job.dryRun ? 0 : Math.min(options.threads ?? cpuCount(), MOST_THREADS)
    for (let at = 0; at < count; at++) {
      const { port1, port2 } = new MessageChannel()
      writers.push(port1)
      const writer = open(new URL('./writer-worker.ts', import.meta.url))
      writer.postMessage({ type: 'start', start, director: port2 } satisfies ToWriter, [port2])
    }
    const director = open(new URL('./director-worker.ts', import.meta.url))
    director.postMessage({ type: 'start', start, job, writers } satisfies ToDirector, writers)
    const result = await finished.promise
    report()
    return { ...result, bytesRead: job.dryRun ? result.bytesRead : counters.bytesRead }
  } catch (caught) {
    const error = asEverstowError(caught)
    counters.stop()
    if (error.code !== 'internal') throw signal?.aborted ? new EverstowError('cancelled') : error
    await endAll(workers)
    // A thread that died cleaned nothing up, and its process lives on: no later restore would take the folder for abandoned.
    discardStaging(files, findTarget(files, job.into).base, job.id)
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
    stopReporting()
    ended.abort()
    await endAll(workers)
  }
}

async function endAll(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.terminate()))
}

/** Asks the other destinations one after another. */
function rescuer({ others = [], onRescued }: SnapshotRestoreOptions) {
  return async (id: Uint8Array, error: EverstowError): Promise<Uint8Array | undefined> => {
    const chunk = Buffer.from(id).toString('hex')
    for (const [at, other] of others.entries()) {
      try {
        const bytes = await other.fetcher.chunk(id)
        onRescued?.({ chunk, source: at + 1, error })
        return bytes
      } catch (failure) {
        if (asEverstowError(failure).code === 'cancelled') throw failure
        // This one cannot help either; the report names what nobody had.
      }
    }
    onRescued?.({ chunk, source: undefined, error })
    return undefined
  }
}
