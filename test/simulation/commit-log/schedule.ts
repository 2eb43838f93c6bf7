import type { Clock } from '../../../main/engine/env/clock.ts'
import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'

/**
 * Decides what happens next: everything that waits for the outside world waits here, and the seed picks which of it goes on. A step is one such event
 * with all that follows from it without waiting again.
 */
export interface Schedule {
  /** Counts the events so far: the time of histories. */
  step(): number
  /** Goes on when the schedule says so; `happen` takes place at that very moment. */
  event<Result>(happen: () => Result): Promise<Result>
  /** Something that may happen at any time, or never before the end. */
  later(happen: () => void): void
  /** Time passes in any order: a sleep is an event like others. */
  readonly clock: Clock
  /** Runs until nothing waits; fails when that takes more than `mostSteps`. */
  run(mostSteps: number): Promise<void>
}

export function createSchedule(random: FakeRandom, startMs = Date.UTC(2026, 0, 5)): Schedule {
  const waiting: (() => void)[] = []
  const free: (() => void)[] = []
  let steps = 0

  const event = <Result>(happen: () => Result): Promise<Result> =>
    new Promise((resolve, reject) => {
      waiting.push(() => {
        try {
          resolve(happen())
        } catch (error) {
          reject(error)
        }
      })
    })

  return {
    step: () => steps,
    event,
    later: (happen) => free.push(happen),
    clock: {
      now: () => startMs + steps,
      monotonicMs: () => steps,
      sleep: async (_ms, signal) => {
        await event(() => {})
        if (signal?.aborted) throw new DOMException('The sleep was cancelled', 'AbortError')
      },
      every: () => () => {},
    },
    async run(mostSteps) {
      for (;;) {
        // Runs when no promise is left to go on; a turn of the event loop would cost a hundred times more.
        await new Promise<void>((resolve) => process.nextTick(resolve))
        // What is free to happen late does so in the midst of others, and at the latest when nothing else is left.
        const isLate = free.length > 0 && (waiting.length === 0 || random.chance(0.05))
        const from = isLate ? free : waiting
        if (from.length === 0) return
        if (++steps > mostSteps) throw new Error(`not at rest after ${mostSteps} steps`)
        const [happen] = from.splice(random.integer(from.length), 1)
        happen?.()
      }
    },
  }
}
