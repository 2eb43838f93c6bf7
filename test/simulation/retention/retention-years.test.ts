import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import {
  formatKeep,
  type KeepPolicy,
  type RetentionBackup,
} from '../../../main/engine/model/keeping/retention.ts'
import { keptIds, policy, ZONES } from '../../unit/model/any-policy.ts'

/** Simulated years of one run: `YEARS=50000` for a long one. */
const YEARS = Number(process.env.YEARS ?? 5000)
const SEED = process.env.SEED ?? 'years'
const TIMEOUT_MS = 60_000 + YEARS * 10

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** One computer over some years: when it makes backups, and when it clears out. */
interface Life {
  readonly timeZone: string
  readonly keep: KeepPolicy
  readonly backups: readonly RetentionBackup[]
  /** Times of clearing out, ascending. */
  readonly clearings: readonly number[]
}

function live(random: FakeRandom, years: number, keep: KeepPolicy): Life {
  const startMs = Date.UTC(1995 + random.integer(60), random.integer(12), 1 + random.integer(28))
  const endMs = startMs + years * 365.25 * DAY_MS
  const all: RetentionBackup[] = []
  const clearings: number[] = []
  let nextClearing = startMs
  for (let nowMs = startMs; nowMs < endMs; ) {
    // About once a day with some more often and holidays between; several within the hours in which clocks change.
    nowMs += random.chance(0.05)
      ? random.integer(30 * DAY_MS)
      : random.chance(0.1)
        ? random.integer(2 * HOUR_MS)
        : DAY_MS
    all.push({
      id: `backup-${all.length}`,
      createdMs: nowMs,
      pinned: random.chance(0.002),
      planId: 'plan',
      complete: !random.chance(0.1),
    })
    if (nowMs >= nextClearing) {
      clearings.push(nowMs)
      nextClearing = nowMs + random.integer(40) * DAY_MS
    }
  }
  return { timeZone: random.pick(ZONES), keep, backups: all, clearings }
}

/** What is left at the end if it clears out every time. `seen` looks at each outcome. */
function livedThrough(
  { timeZone, keep, backups: all, clearings }: Life,
  seen: (left: readonly RetentionBackup[]) => void,
) {
  let left: RetentionBackup[] = []
  let next = 0
  for (const nowMs of clearings) {
    for (; next < all.length && all[next]!.createdMs <= nowMs; next++) left.push(all[next]!)
    const ids = new Set(keptIds(left, keep, timeZone, nowMs))
    left = left.filter(({ id }) => ids.has(id))
    seen(left)
  }
  return left.map(({ id }) => id)
}

describe(`over ${YEARS} simulated years`, () => {
  const random = createFakeRandom(SEED)
  // Long spans keep thousands, and then the time goes into sorting them.
  const short = policy.filter(({ within }) => within === undefined || within.unit === 'd')
  const policies = fc.sample(short, { numRuns: 200, seed: 7 })

  test(
    'clearing out all the time leaves what clearing out once does, never more than the rules add up to',
    () => {
      let left = YEARS
      for (let life = 0; left > 0; life++) {
        const years = Math.min(left, 1 + random.integer(12))
        left -= years
        const keep = policies[life % policies.length]!
        const history = live(random.fork(`life ${life}`), years, keep)
        const lastClearing = history.clearings.at(-1)!
        const { last = 0, hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0 } = keep
        const most = last + hourly + daily + weekly + monthly + yearly + 1
        const allTheTime = livedThrough(history, (now) => {
          const free = now.filter(({ pinned }) => !pinned)
          if (!keep.within && free.length > most)
            expect.unreachable(`${SEED}, life ${life}: ${free.length} kept by ${formatKeep(keep)}`)
        })
        const once = keptIds(
          history.backups.filter(({ createdMs: ms }) => ms <= lastClearing),
          keep,
          history.timeZone,
          lastClearing,
        )
        expect(allTheTime, `${SEED}, life ${life}: ${formatKeep(keep)} in ${history.timeZone}`).toEqual(once)
      }
    },
    TIMEOUT_MS,
  )

  test(
    'a clock that goes back loses neither the newest complete backup nor a pinned one',
    () => {
      const years = Math.max(1, Math.floor(YEARS / 20))
      for (let life = 0; life < years; life++) {
        const keep = policies[life % policies.length]!
        const history = live(random.fork(`back ${life}`), 1, keep)
        let left: RetentionBackup[] = []
        let errorMs = 0
        for (const made of history.backups) {
          if (random.chance(0.05)) errorMs = random.integer(400 * DAY_MS) - 200 * DAY_MS
          const nowMs = made.createdMs + errorMs
          left.push({ ...made, createdMs: nowMs })
          const ids = new Set(keptIds(left, keep, history.timeZone, nowMs))
          const gone = left.filter(({ id }) => !ids.has(id))
          const newest = left.filter(({ complete }) => complete)
          expect(gone.filter(({ pinned }) => pinned)).toEqual([])
          if (newest.length > 0) expect(newest.some(({ id }) => ids.has(id))).toBe(true)
          left = left.filter(({ id }) => ids.has(id))
        }
      }
    },
    TIMEOUT_MS,
  )
})
