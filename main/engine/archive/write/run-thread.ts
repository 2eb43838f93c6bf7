import { parentPort } from '../../env/node/threads.ts'
import { toThreadFailure } from '../../sources/files/thread-failure.ts'
import { BlockRing, Stopped } from './block-ring.ts'
import type { ThreadMessage } from './thread-messages.ts'

/** Says something to the thread that started this one. */
export function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}

/** The body of a worker file: waits for its start message and runs. A failure stops the other threads of the ring as well. */
export function runThread<Start extends { readonly ring: SharedArrayBuffer }>(
  run: (start: Start, ring: BlockRing) => void | Promise<void>,
): void {
  parentPort?.once('message', async (start: Start) => {
    const ring = BlockRing.open(start.ring)
    try {
      await run(start, ring)
    } catch (error) {
      if (error instanceof Stopped) return
      ring.stop()
      tell({ type: 'failed', failure: toThreadFailure(error) })
    }
  })
}
