import { expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import { type AuditRecord, calls, type PlaceCoverage } from '../../main/contract/index.ts'
import { aboutOf, actKey, actsOf, passes } from '../../renderer/features/activity/acts.ts'
import {
  coveredBands,
  isCovered,
  joined,
  newestMoment,
  shareOf,
  spanOf,
} from '../../renderer/features/databases/coverage-bands.ts'

const at = (hour: number): string => new Date(Date.UTC(2026, 10, 21, hour)).toISOString()

function place(placeId: string, ...timelines: ['covered' | 'gap', number, number][][]): PlaceCoverage {
  return {
    placeId,
    placeName: placeId,
    objects: 1,
    storedBytes: 1,
    waiting: 0,
    damaged: [],
    bases: [],
    restorePoints: [],
    timelines: timelines.map((bands, number) => ({
      timeline: number + 1,
      missing: [],
      bands: bands.map(([state, from, to]) => ({
        state,
        from: at(from),
        to: at(to),
        fromLsn: `0/${from}`,
        toLsn: `0/${to}`,
      })),
    })),
  }
}

const nas = place('nas', [
  ['covered', 2, 5],
  ['gap', 5, 8],
  ['covered', 8, 10],
])
const cloud = place('cloud', [['covered', 4, 6]], [['covered', 6, 9]])

test('a moment can be had where a band of any place covers it, or of the one that is chosen', () => {
  const any = coveredBands([nas, cloud])
  expect(any.map(({ from }) => from)).toEqual([at(2), at(4), at(6), at(8)])
  expect(isCovered(any, Date.parse(at(7)))).toBe(true)
  expect(isCovered(coveredBands([nas, cloud], { placeId: 'nas' }), Date.parse(at(7)))).toBe(false)
  expect(isCovered(coveredBands([nas, cloud], { timeline: 1 }), Date.parse(at(7)))).toBe(false)
  // Both ends of a band belong to it.
  for (const hour of [8, 10]) expect(isCovered(any, Date.parse(at(hour)))).toBe(true)
  expect(isCovered(any, Date.parse(at(10)) + 1)).toBe(false)
})

test('stretches of several places that overlap or touch are told as one', () => {
  expect(joined(coveredBands([nas, cloud]))).toEqual([{ from: at(2), to: at(10) }])
  expect(joined(coveredBands([nas]))).toEqual([
    { from: at(2), to: at(5) },
    { from: at(8), to: at(10) },
  ])
  // One within another changes nothing.
  expect(joined(coveredBands([nas, place('disk', [['covered', 3, 4]])]))[0]).toEqual({
    from: at(2),
    to: at(5),
  })
  expect(joined([])).toEqual([])
})

test('the newest moment is that of the best place; without a band there is none', () => {
  expect(newestMoment([cloud, nas])).toBe(at(10))
  expect(newestMoment([place('empty', [['gap', 1, 2]])])).toBeUndefined()
})

test('strips of all places have one scale, from the first thing known until now', () => {
  const span = spanOf([nas, cloud], Date.parse(at(12)))
  expect(span).toEqual({ fromMs: Date.parse(at(2)), toMs: Date.parse(at(12)) })
  expect(shareOf(Date.parse(at(7)), span)).toBe(0.5)
  expect(shareOf(Date.parse(at(1)), span)).toBe(0)
  expect(shareOf(Date.parse(at(23)), span)).toBe(1)
  const nothing = spanOf([place('empty')], 5)
  expect(nothing.toMs).toBeGreaterThan(nothing.fromMs)
})

function entry(number: number, change: Partial<AuditRecord> = {}): AuditRecord {
  return {
    number,
    at: at(number),
    device: 'd',
    actor: { kind: 'person', name: 'ada' },
    host: 'desktop',
    action: 'backup.start',
    targets: {},
    outcome: 'done',
    ...change,
  }
}

test('the end of an act speaks for its beginning; what still runs, and an end without its beginning, stay', () => {
  const acts = actsOf([
    entry(9, { outcome: 'started' }),
    entry(5, { ends: 3, outcome: 'failed', code: 'disk-full' }),
    entry(4, { ends: 1 }),
    entry(3, { outcome: 'started' }),
  ])
  expect(acts.map(({ number, startedAt }) => [number, startedAt])).toEqual([
    [9, undefined],
    [5, at(3)],
    [4, undefined],
  ])
})

test('trouble is what failed, was refused, or kept entries from being written', () => {
  expect(passes(entry(1, { outcome: 'refused' }), 'trouble')).toBe(true)
  expect(passes(entry(1, { missed: 2 }), 'trouble')).toBe(true)
  expect(passes(entry(1), 'trouble')).toBe(false)
  expect(passes(entry(1), 'person')).toBe(true)
  expect(passes(entry(1), 'schedule')).toBe(false)
})

test('what an act is about is told once, by its name where it has one', () => {
  const names = new Map([['p_1', 'NAS']])
  const about = (targets: Record<string, string>) => aboutOf({ targets }, (id) => names.get(id))
  expect(about({ placeIds: 'p_1, p_2', runId: 'run_1' })).toEqual([{ what: 'placeIds', value: 'NAS, p_2' }])
  expect(about({ id: 'p_1', name: 'NAS' })).toEqual([{ what: 'name', value: 'NAS' }])
  expect(about({ id: 'p_1' })).toEqual([{ what: 'name', value: 'NAS' }])
  expect(about({ id: 'gone' })).toEqual([])
})

test('every call that the log writes down has its sentence, and everything told of it has words', () => {
  // They only ask, or a server says them every minute.
  const silent = [
    'host.pickFolder',
    'host.openFolder',
    'host.showWindow',
    'update.check',
    'restore.preflight',
    'databases.archiveWal',
  ]
  const written = Object.entries(calls)
    .filter(([name, { access }]) => access !== 'view' && !silent.includes(name))
    .map(([name]) => name)
  // Of programs everything they ask.
  const read = Object.keys(calls).filter((name) => name.startsWith('data.') && name !== 'data.cache')
  expect(written.length).toBeGreaterThan(40)
  for (const form of ['did', 'do'] as const) {
    const sentences: Record<string, string> = en.activity[form]
    const lacking = [...written, ...read, 'backup.read', 'audit.key', 'audit.trim'].filter(
      (name) => !sentences[actKey(form, name).replace(`activity.${form}.`, '')],
    )
    expect(lacking).toEqual([])
  }
  const targets = Object.fromEntries(
    ['name', 'label', 'plan', 'planId', 'database', 'placeId', 'placeIds', 'backupId', 'path', 'paths']
      .concat(['into', 'from', 'to', 'key', 'keepDays', 'until', 'role', 'roots', 'select'])
      .map((what) => [what, `value of ${what}`]),
  )
  const words: Record<string, string> = en.activity.about
  expect(aboutOf({ targets }, () => undefined).map(({ what }) => what)).toEqual(Object.keys(words))
})
