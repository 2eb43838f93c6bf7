import { EverstowError, hasCode } from '../../model/errors.ts'
import type { Asker, DataDeps } from './asked.ts'
import { type DataFile, piecesOf } from './data-file.ts'
import { doJob } from './jobs/do-job.ts'
import type { DataJob } from './jobs/job.ts'
import { kept, madeValue, recalled } from './remembered.ts'
import type { Pieces } from './values/texts.ts'

/** Up to here, what a JSON Pointer leads to is found sooner than a thread is told. */
const HERE_BYTES = 64 * 1024

/** The result of a job on a file, or on two. What was done once with equal content is not done again; it counts for whoever asks all the same. */
export async function work<Result>(
  deps: DataDeps,
  asker: Asker,
  files: readonly DataFile[],
  job: DataJob,
): Promise<Result> {
  const name = ['job', ...files.map(({ facts }) => facts.content), JSON.stringify(job)]
  try {
    const known = await recalled(deps, name)
    if (known) await asker.gate.take(files.reduce((sum, { facts }) => sum + facts.sizeBytes, 0))
    return madeValue<Result>(known ?? (await kept(deps, name, () => done(deps, asker, files, job))))
  } catch (error) {
    throw withPath(error, files)
  }
}

/** The beginnings are read before a thread is asked for: places answer several at once, and threads are few. */
async function done(deps: DataDeps, asker: Asker, files: readonly DataFile[], job: DataJob): Promise<string> {
  const inputs = await Promise.all(files.map((file) => begun(piecesOf(deps, asker, file))))
  return isQuick(files, job) ? doJob(job, inputs) : deps.threads.run(job, inputs, asker.signal)
}

/** The same pieces, the first of which is there. */
async function begun(pieces: AsyncGenerator<Uint8Array>): Promise<Pieces> {
  const first = await pieces.next()
  return (async function* () {
    if (first.done) return
    yield first.value
    yield* pieces
  })()
}

/** A JSONPath may take for ever, and so may a comparison. */
function isQuick(files: readonly DataFile[], job: DataJob): boolean {
  if (files.some(({ facts }) => facts.sizeBytes > HERE_BYTES)) return false
  return job.op === 'outline' || (job.op === 'select' && !job.select.startsWith('$'))
}

/** Jobs know no paths; people want them. */
function withPath(error: unknown, files: readonly DataFile[]): unknown {
  const isOfContent =
    hasCode(error, 'data-unreadable') || hasCode(error, 'data-too-large') || hasCode(error, 'data-too-hard')
  if (!isOfContent) return error
  const path = files.at(-1)?.path
  return new EverstowError(error.code, { data: { path, ...error.data }, cause: error.cause })
}
