import { errorOfWire } from '../../app/in-process-client.ts'
import type { Run } from '../../contract/index.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { progressText } from './output/progress-text.ts'
import type { Session } from './session.ts'

/**
 * Waits for a run that was started, showing how it goes. An interrupt cancels the run and waits until it has ended cleanly.
 * Throws what the run failed with, or `cancelled`.
 */
export async function followRun(session: Session, runId: string): Promise<Run> {
  const { client, interrupt, output, say } = session
  const { live } = output
  const cancel = (): void => void client.call('run.cancel', { id: runId })
  if (interrupt.signal.aborted) cancel()
  else interrupt.signal.addEventListener('abort', cancel, { once: true })
  const unfollow = live
    ? client.onState('runs', (runs) => {
        const run = runs[runId]
        if (run?.state === 'running') live.show(progressText(run, say, live.columns()))
      })
    : undefined
  try {
    const run = await client.call('run.wait', { id: runId })
    if (run.state === 'cancelled') throw new EverstowError('cancelled')
    if (run.state === 'failed') throw run.error ? errorOfWire(run.error) : new EverstowError('internal')
    return run
  } finally {
    unfollow?.()
    live?.clear()
    interrupt.signal.removeEventListener('abort', cancel)
  }
}
