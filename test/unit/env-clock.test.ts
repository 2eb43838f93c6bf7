import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Clock } from '../../main/engine/env/clock.ts'
import { createFakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'

interface Ground {
  readonly clock: Clock
  /** Lets that much time pass. */
  pass(ms: number): Promise<unknown>
}

/** The rules of the port. Times are short because for the real clock they really pass. */
function describeClock(name: string, start: () => Ground): void {
  describe(`clock: ${name}`, () => {
    let clock: Clock
    let pass: Ground['pass']
    beforeEach(() => {
      ;({ clock, pass } = start())
    })

    it('goes on in both of its times', async () => {
      const [wall, monotonic] = [clock.now(), clock.monotonicMs()]
      await pass(25)
      expect(clock.now() - wall).toBeGreaterThanOrEqual(20)
      expect(clock.monotonicMs() - monotonic).toBeGreaterThanOrEqual(20)
    })

    it('wakes sleepers in the order of their times', async () => {
      const woken: string[] = []
      const sleeps = [60, 10, 35].map((ms) => clock.sleep(ms).then(() => woken.push(String(ms))))
      await pass(120)
      await Promise.all(sleeps)
      expect(woken).toEqual(['10', '35', '60'])
    })

    it('wakes a sleeper that is called off with an AbortError, before and while it sleeps', async () => {
      const stop = new AbortController()
      const sleep = clock.sleep(60_000, stop.signal)
      stop.abort()
      await expect(sleep).rejects.toMatchObject({ name: 'AbortError' })
      await expect(clock.sleep(60_000, stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
      await expect(clock.sleep(0, stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
    })

    it('beats until it is stopped, also from inside a beat', async () => {
      let beats = 0
      const stop = clock.every(10, () => {
        beats++
        if (beats === 3) stop()
      })
      await pass(120)
      expect(beats).toBe(3)
    })

    it('does not sleep for no time at all instead of for weeks', async () => {
      let woken = false
      const stop = new AbortController()
      const sleep = clock.sleep(2 ** 31 + 10_000, stop.signal).then(
        () => {
          woken = true
        },
        () => {},
      )
      let beats = 0
      const end = clock.every(2 ** 31 + 10_000, () => beats++)
      await pass(30)
      expect({ woken, beats }).toEqual({ woken: false, beats: 0 })
      stop.abort()
      end()
      await sleep
    })

    it('refuses a period that is none', () => {
      expect(() => clock.every(0, () => {})).toThrow(RangeError)
      expect(() => clock.every(Number.NaN, () => {})).toThrow(RangeError)
    })
  })
}

describeClock('node', () => ({
  clock: nodeClock,
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}))
describeClock('fake', () => {
  const clock = createFakeClock()
  return { clock, pass: (ms) => clock.advance(ms) }
})

describe('node clock over weeks', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sleeps longer than the longest timer of the system', async () => {
    let woken = false
    const sleep = nodeClock.sleep(2 ** 31 + 10_000).then(() => {
      woken = true
    })
    await vi.advanceTimersByTimeAsync(2 ** 31)
    expect(woken).toBe(false)
    await vi.advanceTimersByTimeAsync(10_001)
    await sleep
    expect(woken).toBe(true)
  })
})

describe('fake clock', () => {
  it('runs a timer at its own time, and what it starts within the same advance', async () => {
    const clock = createFakeClock(1000)
    const seen: number[] = []
    void clock.sleep(10).then(async () => {
      seen.push(clock.now())
      await clock.sleep(10)
      seen.push(clock.now())
    })
    await clock.advance(25)
    expect(seen).toEqual([1010, 1020])
    expect(clock.now()).toBe(1025)
    expect(clock.pending()).toBe(0)
  })

  it('runs timers of one time in the order they were made', async () => {
    const clock = createFakeClock()
    const order: number[] = []
    for (const number of [1, 2, 3]) void clock.sleep(5).then(() => order.push(number))
    await clock.advance(5)
    expect(order).toEqual([1, 2, 3])
  })

  it('drives work to its end, and says when it never ends', async () => {
    const clock = createFakeClock()
    const work = async () => {
      for (let hour = 0; hour < 24; hour++) await clock.sleep(3_600_000)
      return 'done'
    }
    expect(await clock.run(work())).toBe('done')
    expect(clock.monotonicMs()).toBe(86_400_000)
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow('nothing for time')
    clock.every(3_600_000, () => {})
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow('A year')
  })

  it('jumps without waking anybody', async () => {
    const clock = createFakeClock(0)
    let woken = false
    void clock.sleep(10).then(() => {
      woken = true
    })
    clock.jump(-5000)
    await clock.advance(9)
    expect([clock.now(), clock.monotonicMs(), woken]).toEqual([-4991, 9, false])
    await clock.advance(1)
    expect(woken).toBe(true)
  })
})
