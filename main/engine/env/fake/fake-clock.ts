import type { Clock } from '../clock.ts'

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Moves on by `ms`; every timer that falls due runs at its own time and in order, and what it wakes runs before the next. */
  advance(ms: number): Promise<void>
  /** Moves on to the next timer and runs it; `false` when there is none. */
  advanceToNext(): Promise<boolean>
  /** Waits for `work` and moves the clock on whenever everything waits for time. Fails when all wait for ever, and when a year has passed. */
  run<T>(work: Promise<T>): Promise<T>
  /** Sets the wall clock forward or back, as a person or a time server does; durations and timers do not notice. */
  jump(ms: number): void
  /** How many sleeps and periods wait. */
  pending(): number
}

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

const YEAR_MS = 366 * 24 * 3600 * 1000
const DEFAULT_START_MS = Date.UTC(2026, 0, 5, 12)

/** Two clocks made alike and used alike behave alike. */
export function createFakeClock(startMs = DEFAULT_START_MS): FakeClock {
  const timers = new Set<Timer>()
  let passedMs = 0
  let jumpedMs = 0
  let made = 0

  const after = (ms: number, run: () => void): (() => void) => {
    const timer: Timer = { dueMs: passedMs + Math.max(0, ms), order: made++, run }
    timers.add(timer)
    return () => timers.delete(timer)
  }

  const next = (): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order))
        first = timer
    }
    return first
  }

  const fire = async (timer: Timer): Promise<void> => {
    timers.delete(timer)
    passedMs = Math.max(passedMs, timer.dueMs)
    timer.run()
    await settle()
  }

  const clock: FakeClock = {
    now: () => startMs + passedMs + jumpedMs,
    monotonicMs: () => passedMs,

    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          cancel()
          reject(new DOMException('The sleep was cancelled', 'AbortError'))
        }
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        if (signal?.aborted) onAbort()
        else signal?.addEventListener('abort', onAbort, { once: true })
      })
    },

    every(ms, run) {
      if (!(ms > 0)) throw new RangeError(`A period must be above 0, not ${ms}`)
      let stopped = false
      let cancel = (): void => {}
      const arm = (): void => {
        cancel = after(ms, () => {
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

    async advance(ms) {
      const untilMs = passedMs + ms
      await settle()
      for (let timer = next(); timer && timer.dueMs <= untilMs; timer = next()) await fire(timer)
      passedMs = Math.max(passedMs, untilMs)
    },

    async advanceToNext() {
      await settle()
      const timer = next()
      if (timer) await fire(timer)
      return timer !== undefined
    },

    async run(work) {
      const untilMs = passedMs + YEAR_MS
      let settled = false
      const done = (): void => {
        settled = true
      }
      work.then(done, done)
      for (;;) {
        await settle()
        if (settled) return work
        if (!(await clock.advanceToNext())) throw new Error('Everything waits, and nothing for time')
        if (passedMs > untilMs) throw new Error('A year has passed and the work is not done')
      }
    },

    jump(ms) {
      jumpedMs += ms
    },

    pending: () => timers.size,
  }
  return clock
}

/** Lets everything run that does not wait for time: promises first, then one turn of the event loop for streams. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
