import { parentPort } from '../../env/node/threads.ts'
import { EverstowError } from '../../model/errors.ts'
import type { CountMessage, Stoppable } from './count-in-thread.ts'
import type { SourceEstimate } from './estimate.ts'
import { resolveSources } from './resolve-sources.ts'
import { SkippedItems } from './skipped-items.ts'
import { toThreadFailure } from './thread-failure.ts'
import { walkSources } from './walk-sources.ts'

export interface EstimateRequest extends Stoppable {
  readonly sources: readonly string[]
  readonly exclude: readonly string[]
  readonly neverInclude: readonly string[]
  readonly cacheDirTags: boolean
}

const PROGRESS_INTERVAL_MS = 100

function tell(message: CountMessage<SourceEstimate>): void {
  parentPort?.postMessage(message)
}

function estimate(request: EstimateRequest): SourceEstimate {
  const skipped = new SkippedItems()
  const found = { files: 0, directories: 0, bytes: 0 }
  let toldMs = performance.now()
  const checkpoint = (): void => {
    if (Atomics.load(request.stop, 0) !== 0) throw new EverstowError('cancelled')
    if (performance.now() - toldMs < PROGRESS_INTERVAL_MS) return
    toldMs = performance.now()
    tell({ type: 'progress', found: { ...found, skipped: skipped.count } })
  }
  const options = {
    ...request,
    checkpoint,
    onSkipped: skipped.add.bind(skipped),
    onLeftOut() {},
    onUnmatched() {},
  }
  for (const { kind, stats } of walkSources(resolveSources(request.sources), options)) {
    if (kind === 'directory') found.directories++
    else found.files++
    if (kind === 'file') found.bytes += Number(stats.size)
    if ((found.files & 1023) === 0) checkpoint()
  }
  return { ...found, skipped: skipped.count }
}

parentPort?.once('message', (request: EstimateRequest) => {
  try {
    tell({ type: 'done', found: estimate(request) })
  } catch (error) {
    tell({ type: 'failed', error: toThreadFailure(error) })
  }
})
