import { setImmediate, setTimeout } from 'node:timers/promises'
import type { FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'

/** Lets one thing happen at a time, in an order that the seed decides: whoever waits for the outside world waits here. */
export interface Turns {
  /** Happens when its turn comes; nothing else does until it has ended. */
  event<Result>(happen: () => Promise<Result> | Result): Promise<Result>
  /** Something that happens among the others, or at the latest when nothing else is left. */
  later(happen: () => Promise<unknown> | unknown): void
  /** Runs until all of this work has ended and nothing waits. */
  run(work: Promise<unknown>): Promise<void>
}

/** So many turns of the event loop without anybody new, and all who will come have come: streams take a few. */
const QUIET_TURNS = 2
const MOST_EVENTS = 30_000
/** After so many somebody waits for a disk, and the processor is left to others. */
const LONG_IDLE = 1_000
const MOST_IDLE_TURNS = 120_000

export function createTurns(random: FakeRandom): Turns {
  const waiting: (() => Promise<void>)[] = []
  const free: (() => Promise<unknown> | unknown)[] = []
  let arrivals = 0

  async function quiet(isOver: () => boolean): Promise<void> {
    for (let turns = 0, idle = 0; turns < QUIET_TURNS || (waiting.length === 0 && !isOver()); idle++) {
      const before = arrivals
      await (idle < LONG_IDLE ? setImmediate() : setTimeout(1))
      turns = arrivals === before ? turns + 1 : 0
      if (idle > MOST_IDLE_TURNS) throw new Error('everybody waits for nothing')
    }
  }

  return {
    event: (happen) =>
      new Promise((resolve, reject) => {
        arrivals++
        waiting.push(async () => {
          try {
            resolve(await happen())
          } catch (error) {
            reject(error)
          }
        })
      }),
    later: (happen) => void free.push(happen),
    async run(work) {
      let isOver = false
      const over = (): void => {
        isOver = true
      }
      work.then(over, over)
      for (let events = 0; ; events++) {
        await quiet(() => isOver)
        const from = free.length > 0 && (waiting.length === 0 || random.chance(0.01)) ? free : waiting
        if (from.length === 0) return
        if (events > MOST_EVENTS) throw new Error('no end')
        await from.splice(random.integer(from.length), 1)[0]?.()
      }
    },
  }
}
