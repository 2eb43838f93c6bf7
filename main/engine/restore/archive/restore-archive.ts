import type { Clock } from '../../env/clock.ts'
import { nodeClock } from '../../env/node/node-clock.ts'
import { nodeRandom } from '../../env/node/node-random.ts'
import * as files from '../../env/node/sync-files.ts'
import { Worker } from '../../env/node/threads.ts'
import { type Random, randomHex } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import { errorOfFacts } from '../error-facts.ts'
import { discardStaging } from '../placing/staging.ts'
import type { RestoreOptions, RestoreReport } from '../restore-options.ts'
import { findTarget } from '../target/target.ts'
import { servePump } from './byte-pump.ts'
import type { RestoreJob } from './restore-job.ts'
import type { FromWorker, ToWorker } from './restore-messages.ts'

/**
 * Restores an archive, or chosen parts of it, into a folder. Everything is unpacked into a private folder on the same volume and verified before
 * the first byte becomes visible in the target; then it is moved into place. Runs in a worker, so the calling thread stays free.
 *
 * Errors: `archive-damaged`, `archive-hostile`, `archive-too-large`, `disk-full`, `access-denied`, `read-only`, `invalid-input`, `cancelled`, and
 * whatever the source fails with. After any of them the target is as it was, unless things were already being moved into place.
 */
export function restoreArchive(
  options: RestoreOptions,
  env: { readonly clock: Pick<Clock, 'now'>; readonly random: Random } = {
    clock: nodeClock,
    random: nodeRandom,
  },
): Promise<RestoreReport> {
  const job = jobOf(options, randomHex(env.random, 8), env.clock.now())
  return runInWorker(job, options)
}

function jobOf(options: RestoreOptions, id: string, nowMs: number): RestoreJob {
  const { index, paths, expectedTarBytes, contentBytes, limits } = options
  const { sizeBytes, sha256, md5 } = options.source
  return {
    id,
    nowMs,
    into: options.into,
    existing: options.existing,
    dryRun: options.dryRun ?? false,
    owner: options.owner ?? false,
    archive: { sizeBytes, ...(sha256 && { sha256 }), ...(md5 && { md5 }) },
    ...(paths && { paths }),
    ...(options.record && { record: options.record }),
    // An index of another archive is worse than none.
    ...(index?.gzipBytes === sizeBytes && { index }),
    ...(expectedTarBytes !== undefined && { expectedTarBytes }),
    ...(contentBytes !== undefined && { contentBytes }),
    ...(limits && { limits }),
  }
}

function runInWorker(
  job: RestoreJob,
  { source, signal, onProgress }: RestoreOptions,
): Promise<RestoreReport> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new EverstowError('cancelled'))
    // No flags of the calling program: `--input-type` and the like would keep the worker from starting.
    const worker = new Worker(new URL('./restore-worker.ts', import.meta.url), { execArgv: [] })
    const tell = (message: ToWorker) => worker.postMessage(message)
    const pump = servePump((range) => source.open(range), worker)
    const cancel = () => {
      tell({ type: 'cancel' })
      pump.close()
    }
    /** Stays when the worker dies without a word. */
    let outcome = () => crashed(undefined)
    const crashed = (cause: unknown) => {
      discardStaging(files, findTarget(files, job.into).base, job.id)
      reject(new EverstowError('internal', { message: 'the restore worker died', cause }))
    }

    worker.on('message', (message: FromWorker) => {
      if (message.type === 'progress') onProgress?.(message.progress)
      else if (message.type === 'done') outcome = () => resolve(message.report)
      else if (message.type === 'failed') outcome = () => reject(errorOfFacts(message.error))
      else pump.handle(message)
    })
    worker.on('error', (error) => {
      outcome = () => crashed(error)
    })
    worker.on('exit', () => {
      signal?.removeEventListener('abort', cancel)
      pump.close()
      outcome()
    })
    signal?.addEventListener('abort', cancel, { once: true })
    tell({ type: 'start', job })
  })
}
