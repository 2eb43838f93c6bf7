import type { Clock } from '../clock.ts'

/** Node's timers fire at once when asked for more than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Runs once after `ms`, however long, and gives back its cancellation. */
function after(ms: number, keepAlive: boolean, run: () => void): () => void {
  let timer: NodeJS.Timeout
  const due = performance.now() + Math.max(0, ms)
  const arm = (): void => {
    const leftMs = Math.max(0, due - performance.now())
    timer = setTimeout(leftMs > LONGEST_TIMER_MS ? arm : run, Math.min(leftMs, LONGEST_TIMER_MS))
    if (!keepAlive) timer.unref()
  }
  arm()
  return () => clearTimeout(timer)
}

/** The system's clock. Sleeping keeps the process alive; `every` does not. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        cancel()
        reject(new DOMException('The sleep was cancelled', 'AbortError'))
      }
      const cancel = after(ms, true, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
    })
  },

  every(ms, run) {
    if (!(ms > 0)) throw new RangeError(`A period must be above 0, not ${ms}`)
    const start = performance.now()
    let stopped = false
    let cancel = (): void => {}
    // Beats are counted from the start, so that they do not drift; beats missed while the machine slept are not made up for.
    const arm = (): void => {
      const passedMs = performance.now() - start
      const nextMs = (Math.floor(passedMs / ms) + 1) * ms
      cancel = after(nextMs - passedMs, false, () => {
        run()
        if (!stopped) arm()
      })
    }
    arm()
    return () => {
      stopped = true
      cancel()
    }
  },
}
