import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  ArchivedBase,
  ArchivedSegment,
  WalArchive,
} from '../../../main/engine/sources/postgres/wal/archived.ts'
import { chooseRecovery } from '../../../main/engine/sources/postgres/wal/choose-recovery.ts'
import { coverageOf } from '../../../main/engine/sources/postgres/wal/coverage.ts'
import type { Ancestor } from '../../../main/engine/sources/postgres/wal/timeline-history.ts'
import { segmentName, segmentStart } from '../../../main/engine/sources/postgres/wal/wal-name.ts'

const SIZE = 2 ** 20
const START_MS = Date.parse('2026-01-01T00:00:00Z')
/** A segment a minute. */
const MINUTE_MS = 60_000

function segment(timeline: number, number: number, clock = number): ArchivedSegment {
  const startMs = START_MS + clock * MINUTE_MS
  return {
    timeline,
    number,
    closedMs: startMs + MINUTE_MS,
    earliestUs: (startMs + 10_000) * 1000,
    latestUs: (startMs + 50_000) * 1000,
    lastLsn: segmentStart(number, SIZE) + 1000n,
    points: [],
  }
}

function base(id: string, timeline: number, number: number, clock = number): ArchivedBase {
  const start = segmentStart(number, SIZE)
  const endMs = START_MS + clock * MINUTE_MS + 30_000
  return { id, timeline, startLsn: start + 40n, endLsn: start + 400n, endMs }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
const at = (minutes: number) => ({ kind: 'time' as const, timeUs: (START_MS + minutes * MINUTE_MS) * 1000 })

function archive(change: Partial<WalArchive>): WalArchive {
  return { segmentBytes: SIZE, segments: [], histories: new Map(), bases: [], ...change }
}

describe('coverage', () => {
  test('one base backup and all segments: one band to the end of the last', () => {
    const [only] = coverageOf(
      archive({ segments: range(3, 9).map((n) => segment(1, n)), bases: [base('b', 1, 3)] }),
    )
    expect(only?.bands).toMatchObject([
      { state: 'covered', fromMs: START_MS + 3.5 * MINUTE_MS, toMs: START_MS + 10 * MINUTE_MS },
    ])
    expect(only?.missing).toEqual([])
  })

  test('a missing segment is a gap up to the next base backup, and is named', () => {
    const segments = range(3, 20)
      .filter((n) => n !== 7)
      .map((n) => segment(1, n))
    const [only] = coverageOf(archive({ segments, bases: [base('a', 1, 3), base('b', 1, 12)] }))
    expect(only?.bands.map(({ state }) => state)).toEqual(['covered', 'gap', 'covered'])
    const name = segmentName(1, 7, SIZE)
    expect(only?.missing).toEqual([{ firstName: name, lastName: name, count: 1 }])
    expect(only?.reaches[0]?.toLsn).toBe(segmentStart(7, SIZE))
  })

  test('without the segments that it needs itself a base backup counts for nothing', () => {
    const [only] = coverageOf(archive({ segments: [segment(1, 4)], bases: [base('a', 1, 3)] }))
    expect(only?.reaches).toEqual([])
    expect(only?.missing).toMatchObject([{ count: 1 }])
  })

  test('a promoted standby goes on where the other timeline was left', () => {
    const histories = new Map([[2, [{ timeline: 1, endLsn: segmentStart(6, SIZE) + 500n }]]])
    const segments = [...range(3, 8).map((n) => segment(1, n)), ...range(6, 9).map((n) => segment(2, n))]
    const [first, second] = coverageOf(archive({ segments, histories, bases: [base('a', 1, 3)] }))
    expect(first?.bands).toMatchObject([{ toLsn: segmentStart(9, SIZE) }])
    expect(second?.bands).toMatchObject([{ toLsn: segmentStart(10, SIZE) }])
    expect(second?.reaches[0]?.segments.map(({ timeline }) => timeline)).toEqual([1, 1, 1, 2, 2, 2, 2])
  })

  test('a base backup made after a timeline was left is no past of the new one', () => {
    const histories = new Map([[2, [{ timeline: 1, endLsn: segmentStart(6, SIZE) + 500n }]]])
    const segments = [...range(3, 9).map((n) => segment(1, n)), ...range(6, 9).map((n) => segment(2, n))]
    const [, second] = coverageOf(archive({ segments, histories, bases: [base('late', 1, 7)] }))
    expect(second?.reaches).toEqual([])
  })

  test('every removed segment is noticed, and nothing is called covered that needs it', () => {
    const world = fc.record({
      timelines: fc.integer({ min: 1, max: 4 }),
      lengths: fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 4, maxLength: 4 }),
      bases: fc.array(fc.tuple(fc.nat(3), fc.nat(11)), { minLength: 1, maxLength: 5 }),
      removed: fc.array(fc.nat(60), { maxLength: 6 }),
    })
    fc.assert(
      fc.property(world, ({ timelines, lengths, bases: wanted, removed }) => {
        const histories = new Map<number, readonly Ancestor[]>()
        const starts = [3]
        const all: ArchivedSegment[] = []
        let past: Ancestor[] = []
        for (let timeline = 1; timeline <= timelines; timeline++) {
          const start = starts[timeline - 1]!
          const end = start + lengths[timeline - 1]!
          for (const n of range(start, end)) all.push(segment(timeline, n))
          // It is left somewhere in its middle: what it wrote beyond is of no other timeline.
          const left = start + Math.floor(lengths[timeline - 1]! / 2)
          starts.push(left)
          past = [...past, { timeline, endLsn: segmentStart(left, SIZE) + 500n }]
          if (timeline < timelines) histories.set(timeline + 1, past)
        }
        const gone = new Set(removed.map((n) => all[n % all.length]!))
        const segments = all.filter((each) => !gone.has(each))
        const bases = wanted.flatMap(([t, n], i) => {
          const timeline = (t % timelines) + 1
          const start = starts[timeline - 1]!
          return [base(`b${i}`, timeline, start + (n % lengths[timeline - 1]!))]
        })
        for (const found of coverageOf(archive({ segments, histories, bases }))) {
          const { timeline } = found
          // By hand: the name of each segment on the way of this timeline.
          const nameAt = (n: number) => {
            let of = 1
            for (let t = 2; t <= timeline; t++) if (n >= starts[t - 1]!) of = t
            return segmentName(of, n, SIZE)
          }
          const have = new Set(segments.map((each) => segmentName(each.timeline, each.number, SIZE)))
          for (const { base: from, toLsn } of found.reaches) {
            for (let n = Number(from.startLsn / BigInt(SIZE)); segmentStart(n, SIZE) < toLsn; n++)
              expect(have.has(nameAt(n))).toBe(true)
            expect(have.has(nameAt(Number(toLsn / BigInt(SIZE))))).toBe(false)
          }
          const missing = new Set(
            found.missing.flatMap(({ firstName, count }) => {
              const first = range(0, 80).find((n) => nameAt(n) === firstName)!
              return range(first, first + count - 1).map(nameAt)
            }),
          )
          const firstNeeded = Math.min(
            ...bases
              .filter(
                ({ timeline: t, endLsn }) =>
                  t === timeline || (past[t - 1] && t < timeline && endLsn <= past[t - 1]!.endLsn),
              )
              .map(({ startLsn }) => Number(startLsn / BigInt(SIZE))),
          )
          for (const { timeline: t, number } of gone) {
            const name = segmentName(t, number, SIZE)
            const isOnTheWay = nameAt(number) === name && number >= firstNeeded
            const isBetween = segments.some(
              (each) =>
                each.number > number && nameAt(each.number) === segmentName(each.timeline, each.number, SIZE),
            )
            if (isOnTheWay && isBetween) expect(missing.has(name)).toBe(true)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('choosing a recovery', () => {
  const timelines = coverageOf(
    archive({
      segments: range(3, 9).map((n) => ({
        ...segment(1, n),
        points: n === 5 ? [{ name: 'before', lsn: segmentStart(5, SIZE) + 700n, timeUs: 1 }] : [],
      })),
      bases: [base('a', 1, 3), base('b', 1, 6)],
    }),
  )

  test('the last base backup before the moment is taken, and a target is set where the log goes beyond it', () => {
    expect(chooseRecovery(timelines, at(8))).toMatchObject({
      reach: { base: { id: 'b' } },
      settings: { recovery_target_time: '2026-01-01 00:08:00.000000+00' },
    })
    expect(chooseRecovery(timelines, at(5)).reach.base.id).toBe('a')
  })

  test('after the last commit the log is replayed to its end: PostgreSQL would give up with a target', () => {
    expect(chooseRecovery(timelines, at(9.9)).settings).toEqual({})
    expect(chooseRecovery(timelines, { kind: 'latest' }).settings).toEqual({})
    const end = segmentStart(9, SIZE) + 2000n
    expect(chooseRecovery(timelines, { kind: 'lsn', lsn: end }).settings).toEqual({})
    expect(chooseRecovery(timelines, { kind: 'lsn', lsn: segmentStart(9, SIZE) }).settings).toMatchObject({
      recovery_target_inclusive: 'false',
    })
  })

  test('outside of what is covered the nearest moments are named', () => {
    expect(() => chooseRecovery(timelines, at(11))).toThrow(
      expect.objectContaining({
        code: 'recovery-not-covered',
        data: expect.objectContaining({ before: '2026-01-01T00:10:00.000Z', after: '–' }),
      }),
    )
    expect(() => chooseRecovery(timelines, at(1))).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ after: '2026-01-01T00:03:30.000Z' }) }),
    )
  })

  test('a restore point is found from the base backup before it', () => {
    expect(chooseRecovery(timelines, { kind: 'name', name: 'before' })).toMatchObject({
      reach: { base: { id: 'a' } },
      settings: { recovery_target_name: 'before' },
    })
    expect(() => chooseRecovery(timelines, { kind: 'name', name: 'never' })).toThrow(
      expect.objectContaining({ code: 'recovery-point-unknown' }),
    )
  })

  test('a timeline that nobody knows is refused', () => {
    expect(() => chooseRecovery(timelines, at(8), 7)).toThrow(
      expect.objectContaining({ code: 'recovery-impossible' }),
    )
  })
})
