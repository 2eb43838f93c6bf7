import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DataChange, DataNode, SeriesPoint } from '../../main/contract/index.ts'
import { lineRows } from '../../renderer/components/lists/line-rows.ts'
import { isOfKey } from '../../renderer/features/activity/acts.ts'
import { limitsOf, noLimits, scopeOf } from '../../renderer/features/explore/clients/client-limits.ts'
import { changeLines, marksOf } from '../../renderer/features/explore/compare/change-lines.ts'
import { hexLines } from '../../renderer/features/explore/data/hex-lines.ts'
import { csvOf, numbersOf, stepsOf } from '../../renderer/features/explore/series/series-shape.ts'
import { addressOfSpot, sections, spotOf } from '../../renderer/features/explore/spot.ts'
import { missingPages, outlineLines, pageKey } from '../../renderer/features/explore/tree/outline-lines.ts'
import { pointerKeys, pointerPart } from '../../renderer/features/explore/value-text.ts'
import { cameFrom } from '../../renderer/features/restore/restore-order.ts'
import { routeOf } from '../../renderer/store/route.ts'
import { decimalText } from '../../renderer/words/amounts.ts'
import { beginningOf, partsOfText } from '../../renderer/words/hidden-characters.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })

test('what is looked at comes back out of the address as it went in, whatever it is called', () => {
  const spots = fc.record(
    {
      section: fc.constantFrom(...sections),
      plan: text,
      backup: text,
      other: text,
      path: text,
      select: text,
    },
    { requiredKeys: ['section'] },
  )
  fc.assert(
    fc.property(spots, (spot) => {
      const { page, of } = routeOf(addressOfSpot(spot))
      expect(page).toBe('explore')
      expect(spotOf(of)).toEqual(spot)
    }),
  )
  expect(spotOf(undefined)).toEqual({ section: 'data' })
  expect(spotOf('nonsense?path=')).toEqual({ section: 'data' })
})

test('the wizard of restores takes a backup, or a file in it', () => {
  expect(cameFrom(undefined)).toEqual({ backupId: undefined, path: undefined })
  expect(cameFrom('b_1')).toEqual({ backupId: 'b_1', path: undefined })
  expect(cameFrom('b_1/home/a b/c')).toEqual({ backupId: 'b_1', path: 'home/a b/c' })
})

test('hidden characters are named, all others stay as they are', () => {
  const codes = (each: string, isOneLine = false) =>
    partsOfText(each, isOneLine).flatMap(({ code }) => code ?? [])
  expect(codes('a\u202eb\u2066c\u200bd\u0007e\u2028f\ufeffg\ud800h')).toEqual([
    'U+202E',
    'U+2066',
    'U+200B',
    'U+0007',
    'U+2028',
    'U+FEFF',
    'U+D800',
  ])
  expect(codes('\u{e0041}')).toEqual(['U+E0041'])
  expect(codes('île\tde Ré\n👩‍🚀 日本語 عربى')).toEqual([])
  expect(codes('a\tb\nc', true)).toEqual(['⇥', '↵'])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff })), (points) => {
      const shown = partsOfText(String.fromCodePoint(...points)).map(({ text: part }) => part ?? '')
      expect(shown.join('')).not.toMatch(/(?![\t\n])\p{Cc}|\p{Bidi_Control}/u)
    }),
  )
  expect(beginningOf('a👩', 2)).toBe('a')
  expect(beginningOf('a👩', 3)).toBe('a👩')
})

test('keys of any name make a pointer that leads back to them', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (keys) => {
      expect(pointerKeys(keys.map(pointerPart).join(''))).toEqual(keys)
    }),
  )
})

test('an outline lines up what is open, and says which pages its gaps wait for', () => {
  const root: DataNode = { pointer: '', type: 'object', length: 450 }
  const inner: DataNode = { pointer: '/a', key: 'a', type: 'array', length: 2 }
  const page = [
    inner,
    ...Array.from({ length: 199 }, (_, at): DataNode => ({ pointer: `/${at}`, key: `${at}`, type: 'null' })),
  ]
  const closed = outlineLines(root, new Map([[pageKey('', 0), page]]), new Set(['']))
  expect(closed).toHaveLength(451)
  expect(closed[1]).toMatchObject({ id: '=/a', level: 2, position: 1, siblings: 450, isOpen: false })
  expect(closed[2]?.isOpen).toBeUndefined()
  const open = outlineLines(root, new Map([[pageKey('', 0), page]]), new Set(['', '/a']))
  expect(open).toHaveLength(453)
  expect(missingPages(open)).toEqual([
    { pointer: '/a', page: 0 },
    { pointer: '', page: 1 },
    { pointer: '', page: 2 },
  ])
  expect(new Set(open.map(({ id }) => id)).size).toBe(open.length)
})

const point = (day: number, more: Partial<SeriesPoint>): SeriesPoint => ({
  backupId: `b_${day}`,
  createdAt: `2026-11-0${day}T00:00:00.000Z`,
  state: 'found',
  changed: false,
  ...more,
})

test('a series of numbers keeps its gaps; one other value makes it no series of numbers', () => {
  const gap = [point(1, { value: 1.5 }), point(2, { state: 'missing' }), point(3, { value: -2 })]
  expect(numbersOf(gap)).toEqual([1.5, null, -2])
  expect(numbersOf([...gap, point(4, { value: '3' })])).toBeUndefined()
  expect(numbersOf([point(1, { state: 'missing' })])).toBeUndefined()
  expect(numbersOf([point(1, { value: 1e300 })])).toBeUndefined()
})

test('steps hold together what does not differ', () => {
  const steps = stepsOf([
    point(1, { value: 'a' }),
    point(2, { value: 'a' }),
    point(3, { state: 'error', code: 'data-damaged' }),
    point(4, { state: 'error', code: 'data-unreadable' }),
    point(5, { value: 'b', changed: true }),
    point(6, { value: 'c', changed: true }),
  ])
  expect(steps.map(({ first, last, backups }) => [first.backupId, last.backupId, backups])).toEqual([
    ['b_1', 'b_2', 2],
    ['b_3', 'b_3', 1],
    ['b_4', 'b_4', 1],
    ['b_5', 'b_5', 1],
    ['b_6', 'b_6', 1],
  ])
})

test('a series for a spreadsheet: quoted where needed, and nothing in it is a formula', () => {
  const lines = csvOf([
    point(1, { value: -3.5 }),
    point(2, { value: '=1+1' }),
    point(3, { value: 'a "b", c' }),
    point(4, { state: 'error', code: 'data-damaged' }),
    point(5, { value: { x: null } }),
    point(6, { state: 'missing' }),
  ]).split('\r\n')
  expect(lines.map((line) => line.replace(/^.*?,b_\d,/, ''))).toEqual([
    'created_at,backup,state,value',
    'found,-3.5',
    "found,'=1+1",
    'found,"a ""b"", c"',
    'error,data-damaged',
    'found,"{""x"":null}"',
    'missing,',
  ])
})

test('changes stand as a tree: alone on one row with their whole path, several under what holds them', () => {
  const changes: DataChange[] = [
    { change: 'changed', path: '/a/b/c', before: 1, after: 2 },
    { change: 'added', path: '/list/0', after: 1 },
    { change: 'removed', path: '/list/0', before: 2 },
    { change: 'added', path: '/list/1/x~1y', after: 1 },
  ]
  const lines = changeLines(changes, new Set())
  expect(
    lines.map(({ keys, level, change, inside }) => [keys.join('.'), level, change?.change, inside]),
  ).toEqual([
    ['a.b.c', 1, 'changed', 1],
    ['list', 1, undefined, 3],
    ['0', 2, 'added', 1],
    ['0', 2, 'removed', 1],
    ['1.x/y', 2, 'added', 1],
  ])
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
  const closed = changeLines(changes, new Set(['/list']))
  expect(closed.map(({ inside, isOpen }) => [inside, isOpen])).toEqual([
    [1, undefined],
    [3, false],
  ])
  expect(changeLines([{ change: 'changed', path: '', before: 1, after: 2 }], new Set())).toHaveLength(1)
  const marks = marksOf(changes)
  expect([
    marks.get(''),
    marks.get('/a/b'),
    marks.get('/a/b/c'),
    marks.get('/list/0'),
    marks.get('/list/1'),
  ]).toEqual(['inside', 'inside', 'changed', 'added', 'inside'])
})

test('a text as a whole shows every line of both sides, equal ones too', () => {
  const left = Array.from({ length: 40 }, (_, at) => `line ${at}`)
  const right = left.with(20, 'another')
  const whole = lineRows(left.join('\n'), right.join('\n'), true)
  expect(whole.map(({ kind }) => kind)).toEqual(left.map((_, at) => (at === 20 ? 'changed' : 'same')))
  expect(lineRows('a\nb', 'a\nb', true)).toHaveLength(2)
  expect(lineRows('a\nb', 'a\nb')).toEqual([])
  expect(lineRows(left.join('\n'), right.join('\n')).filter(({ kind }) => kind === 'skipped')).toHaveLength(2)
})

test('bytes are shown with what of them is a letter', () => {
  expect(hexLines(Buffer.from('\u00ff\u0000Sea and sky, on', 'latin1').toString('base64'))).toEqual([
    '0000  ff 00 53 65 61 20 61 6e 64 20 73 6b 79 2c 20 6f  ··Sea and sky, o',
    `0010  6e${' '.repeat(47)}n`,
  ])
  expect(hexLines('')).toEqual([])
})

test('limits of a key go into the fields and come out as they were', () => {
  const scope = { planIds: ['pl_1'], paths: ['a/b', '**/*.csv'], from: '2026-01-01', to: '2026-02-01' }
  expect(scopeOf(limitsOf({ scope, bytesPerHour: 5_000 }))).toEqual(scope)
  expect(limitsOf({ scope, bytesPerHour: 5_000 }).bytesPerHour).toBe(5_000)
  expect(scopeOf(noLimits)).toBeUndefined()
  expect(scopeOf({ ...noLimits, paths: ' \n a \n' })).toEqual({ paths: ['a'] })
})

test('numbers are written out as exactly as they are kept', () => {
  expect(decimalText(1234.5678901, 'en')).toBe('1,234.5678901')
  expect(decimalText(0.1 + 0.2, 'en')).toBe('0.3')
  expect(decimalText(1e21, 'en')).toBe('1E21')
  expect(decimalText(-0.0000001, 'en')).toBe('-1E-7')
  expect(decimalText(0, 'fr')).toBe('0')
})

test('what a program did is told from what others did by the id of its key', () => {
  const act = (kind: 'api-key' | 'person', name: string) => ({ actor: { kind, name } })
  expect(isOfKey(act('api-key', 'reader (0a1b2c3d)'), '0a1b2c3d')).toBe(true)
  expect(isOfKey(act('api-key', 'reader (0a1b2c3d) (ffffffff)'), '0a1b2c3d')).toBe(false)
  expect(isOfKey(act('person', '(0a1b2c3d)'), '0a1b2c3d')).toBe(false)
  expect(isOfKey(act('person', 'ada'), undefined)).toBe(true)
})
