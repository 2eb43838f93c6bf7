import { afterAll, expect, test } from 'vitest'
import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { parseSchedule, type Schedule } from '../../../main/engine/model/schedule/schedule.ts'
import { ZONES } from '../../unit/model/any-policy.ts'
import { type Calendar, momentsOf } from './calendar.ts'
import { firstAfter, liveYear, type Stretch, TICK_MS } from './life.ts'

/** Simulated years of one run: `YEARS=50000` for a long one. */
const YEARS = Number(process.env.YEARS ?? 5000)
const SEED = process.env.SEED ?? 'scheduler'
const HOUR_MS = 3_600_000
const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** What a person chose, and the same as a calendar; none for a plain interval. */
interface Choice {
  readonly schedule: Schedule
  readonly calendar?: Calendar
  readonly periodMs?: number
}

interface Fault {
  readonly kind: 'missed' | 'doubled' | 'without reason'
  readonly at: string
}

/** A start with where it stands in truth. */
interface Start {
  readonly stretch: number
  readonly clockMs: number
  readonly trueMs: number
}

function chooseSchedule(random: FakeRandom): Choice {
  const hour = random.integer(24)
  const minute = random.integer(60)
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  const minutes = [hour * 60 + minute]
  switch (random.integer(7)) {
    case 0: {
      const hours = 1 + random.integer(200)
      return { schedule: parseSchedule(`every:${hours}h`), periodMs: hours * HOUR_MS }
    }
    case 1:
      // The hours in which clocks change.
      return {
        schedule: parseSchedule(`daily@0${hour % 4}:${time.slice(3)}`),
        calendar: { minutes: [(hour % 4) * 60 + minute] },
      }
    case 2:
      return { schedule: parseSchedule(`daily@${time}`), calendar: { minutes } }
    case 3: {
      const weekdays = [...new Set([random.integer(7), random.integer(7)])]
      const days = weekdays.map((day) => DAY_NAMES[day]).join()
      return { schedule: parseSchedule(`weekly@${days} ${time}`), calendar: { weekdays, minutes } }
    }
    case 4: {
      const monthDay = random.chance(0.3) ? ('last' as const) : 1 + random.integer(28)
      return { schedule: parseSchedule(`monthly@${monthDay} ${time}`), calendar: { monthDay, minutes } }
    }
    case 5: {
      const later = (hour + 1 + random.integer(23)) % 24
      if (minute % 2 === 1) {
        const other = `${String(later).padStart(2, '0')}:${String(minute - 1).padStart(2, '0')}`
        return {
          schedule: parseSchedule(`daily@${time},${other}`),
          calendar: { minutes: [...minutes, later * 60 + minute - 1] },
        }
      }
      return {
        schedule: parseSchedule(`${minute} ${hour},${later} * * *`),
        calendar: { minutes: [hour * 60 + minute, later * 60 + minute] },
      }
    }
    default:
      return {
        schedule: parseSchedule(`${minute} ${hour} * * 1-5`),
        calendar: { weekdays: [1, 2, 3, 4, 5], minutes },
      }
  }
}

const iso = (ms: number) => new Date(ms).toISOString()

function startsOf(stretches: readonly Stretch[]): Start[] {
  return stretches.flatMap(({ starts, aheadMs }, stretch) =>
    starts.map((clockMs) => ({ stretch, clockMs, trueMs: clockMs - aheadMs })),
  )
}

/** How far the clock was set back, in all, between two stretches. */
function setBackMs(stretches: readonly Stretch[], from: number, to: number): number {
  let sum = 0
  for (const { movedMs } of stretches.slice(from + 1, to + 1)) sum -= Math.min(0, movedMs)
  return sum
}

/** What is wrong with a year of a calendar. */
function faultsOfCalendar(stretches: readonly Stretch[], moments: readonly number[]): Fault[] {
  const faults: Fault[] = []
  const all = startsOf(stretches)
  const gapAt = (at: number) => (moments[at + 1] ?? Number.POSITIVE_INFINITY) - moments[at]!

  for (const [at, start] of all.entries()) {
    const settles = firstAfter(moments, start.clockMs) - 1
    const before = all[at - 1]
    if (settles < 0) faults.push({ kind: 'without reason', at: iso(start.clockMs) })
    else if (before && moments[settles]! <= before.clockMs) {
      // The same time once more: only where a clock was so wrong that the first was another day's.
      const back = setBackMs(stretches, before.stretch, start.stretch)
      if (back < Math.min(gapAt(settles - 1), gapAt(settles)) / 2)
        faults.push({ kind: 'doubled', at: iso(start.clockMs) })
    }
  }

  let firstStart = 0
  for (const [number, { fromMs, toMs, aheadMs }] of stretches.entries()) {
    while (all[firstStart] && all[firstStart]!.stretch < number) firstStart++
    const lastBefore = all[firstStart - 1]
    const own = all.slice(firstStart).filter(({ stretch }) => stretch === number)
    for (let at = firstAfter(moments, fromMs); at < moments.length && moments[at]! + TICK_MS < toMs; at++) {
      const moment = moments[at]!
      if (own.some(({ clockMs }) => clockMs >= moment && clockMs < moment + TICK_MS)) continue
      // Settled before the clock was set back, and not long ago.
      const isSettled =
        lastBefore !== undefined &&
        lastBefore.clockMs >= moment &&
        moment - aheadMs - lastBefore.trueMs <= Math.max(gapAt(at - 1), gapAt(at))
      if (!isSettled) faults.push({ kind: 'missed', at: iso(moment) })
    }
    // What passed while it slept, or while its clock was moved over it, comes at once.
    const latest = moments[firstAfter(moments, fromMs) - 1]
    const sinceMs = lastBefore?.clockMs ?? stretches[0]!.fromMs
    const isOwed = latest !== undefined && latest > sinceMs
    if (isOwed && own[0]?.clockMs !== fromMs) faults.push({ kind: 'missed', at: iso(fromMs) })
  }
  return faults
}

/** What is wrong with a year of an interval. */
function faultsOfInterval(stretches: readonly Stretch[], periodMs: number): Fault[] {
  const faults: Fault[] = []
  const all = startsOf(stretches)
  if (all[0]?.clockMs !== stretches[0]!.fromMs) faults.push({ kind: 'missed', at: iso(stretches[0]!.fromMs) })
  for (const [at, start] of all.entries()) {
    const before = all[at - 1]
    if (!before) continue
    const between = stretches.slice(before.stretch + 1, start.stretch + 1)
    const elapsedMs = start.trueMs - before.trueMs
    if (between.every(({ movedMs }) => movedMs <= 0) && elapsedMs < periodMs)
      faults.push({ kind: 'doubled', at: iso(start.clockMs) })
  }
  for (const [number, { fromMs, toMs, starts }] of stretches.entries()) {
    const last = all.findLast(({ stretch }) => stretch < number)
    const isMoved = last && stretches.slice(last.stretch + 1, number + 1).some(({ movedMs }) => movedMs !== 0)
    let due = last ? (isMoved ? fromMs + periodMs : Math.max(fromMs, last.clockMs + periodMs)) : fromMs
    for (const start of [...starts, Number.POSITIVE_INFINITY]) {
      if (due + TICK_MS < Math.min(start, toMs)) faults.push({ kind: 'missed', at: iso(due) })
      due = start + periodMs
    }
  }
  return faults
}

const { TZ } = process.env
afterAll(() => {
  if (TZ === undefined) delete process.env.TZ
  else process.env.TZ = TZ
})

/** Lives through one year; gives how often something started. */
function expectSound(seed: string, number: number): number {
  const random = createFakeRandom(seed).fork(String(number))
  const zone = random.pick(ZONES)
  const year = 2024 + random.integer(8)
  const { schedule, calendar, periodMs } = chooseSchedule(random)
  const moments = calendar ? momentsOf(calendar, zone, year) : []
  process.env.TZ = zone
  const stretches = liveYear(random, schedule, year, moments)
  const faults = periodMs ? faultsOfInterval(stretches, periodMs) : faultsOfCalendar(stretches, moments)
  expect(faults, `SEED=${seed}, year ${number}: ${schedule} in ${zone}, ${year}`).toEqual([])
  return startsOf(stretches).length
}

test(`${YEARS} years of schedules: nothing missed, nothing twice (SEED=${SEED})`, {
  timeout: 60_000 + YEARS * 200,
}, () => {
  let starts = 0
  for (let number = 0; number < YEARS; number++) starts += expectSound(SEED, number)
  expect(starts).toBeGreaterThan(YEARS)
})

test.each([
  ['soak', 19_046],
  ['soak2', 15_783],
])('a year that once went wrong: %s, %i', (seed, number) => {
  expect(expectSound(seed, number)).toBeGreaterThan(0)
})
