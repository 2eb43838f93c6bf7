import { EverstowError } from '../../engine/model/errors.ts'
import { EXIT } from './exit-status.ts'

/** What Ctrl+C (or SIGTERM) means to a command: the first asks it to end cleanly, the second ends it at once. */
export interface Interrupt {
  /** Fires at the first. */
  readonly signal: AbortSignal
  /** The work, or `cancelled` as soon as somebody interrupts. The work itself is not waited for. */
  orCancelled<T>(work: Promise<T>): Promise<T>
  stop(): void
}

/** One Ctrl+C may arrive twice, from the terminal and from the process that started us. */
const SAME_PRESS_MS = 300

/** Listens for signals until `stop`. */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController()
  let firstMs = 0
  const listener = (): void => {
    const now = performance.now()
    if (!controller.signal.aborted) {
      firstMs = now
      onFirst()
      controller.abort()
    } else if (now - firstMs > SAME_PRESS_MS) process.exit(EXIT.cancelled)
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    signal: controller.signal,
    orCancelled: (work) =>
      new Promise((resolve, reject) => {
        const give = () => reject(new EverstowError('cancelled'))
        if (controller.signal.aborted) give()
        controller.signal.addEventListener('abort', give, { once: true })
        work.then(resolve, reject).finally(() => controller.signal.removeEventListener('abort', give))
      }),
    stop() {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    },
  }
}
