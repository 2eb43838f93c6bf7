import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FolderSizes } from '../../main/contract/index.ts'
import { squarify } from '../../renderer/features/storage/squarify.ts'
import { tilesOf } from '../../renderer/features/storage/tiles.ts'

const WHOLE = { x: 0, y: 0, width: 600, height: 400 }

test('areas are as amounts, nothing overlaps, nothing sticks out', () => {
  const amounts = fc
    .array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 60 })
    .map((each) => each.toSorted((a, b) => b - a))
  fc.assert(
    fc.property(amounts, (given) => {
      const total = given.reduce((sum, amount) => sum + amount, 0)
      const found = squarify(given, WHOLE)
      expect(found).toHaveLength(given.length)
      for (const [at, { x, y, width, height }] of found.entries()) {
        expect((width * height) / 240_000).toBeCloseTo((given[at] ?? 0) / total, 6)
        expect(x).toBeGreaterThan(-0.001)
        expect(y).toBeGreaterThan(-0.001)
        expect(x + width).toBeLessThan(600.001)
        expect(y + height).toBeLessThan(400.001)
        for (const other of found.slice(at + 1)) {
          const across = Math.min(x + width, other.x + other.width) - Math.max(x, other.x)
          const down = Math.min(y + height, other.y + other.height) - Math.max(y, other.y)
          expect(Math.min(across, down)).toBeLessThan(0.001)
        }
      }
    }),
    { seed: 6 },
  )
})

test('shapes are near squares where amounts allow it', () => {
  const found = squarify([6, 6, 4, 3, 2, 2, 1], WHOLE)
  for (const { width, height } of found) expect(Math.max(width / height, height / width)).toBeLessThan(3)
  expect(squarify([], WHOLE)).toEqual([])
  expect(squarify([0, 0], WHOLE)).toEqual([])
  // Before it was measured, a picture has no size.
  expect(squarify([5], { ...WHOLE, width: 0 })).toEqual([])
  expect(squarify([5], WHOLE)).toEqual([WHOLE])
})

test('what is too small for a tile of its own is one together, standing where its size puts it', () => {
  const entry = (name: string, bytes: number, kind: 'file' | 'directory' = 'directory') => ({
    path: name,
    name,
    kind,
    bytes,
    files: 1,
  })
  const sizes = (entries: ReturnType<typeof entry>[], rest = 0) =>
    ({
      bytes: entries.reduce((sum, { bytes }) => sum + bytes, rest),
      entries,
      rest: { entries: rest > 0 ? 7 : 0, bytes: rest, files: 7 },
    }) as FolderSizes
  const crumbs = Array.from({ length: 30 }, (_, at) => entry(`c${at}`, 1))
  const shown = tilesOf(sizes([entry('big', 60_000), entry('a.iso', 900, 'file'), ...crumbs], 2_000))
  expect(shown.map(({ name, bytes, entries, opens }) => [name, bytes, entries, opens])).toEqual([
    ['big', 60_000, 1, 'big'],
    [undefined, 2_030, 37, undefined],
    ['a.iso', 900, 1, undefined],
  ])
  // Many of one size are all shown.
  const alike = tilesOf(sizes(Array.from({ length: 150 }, (_, at) => entry(`a${at}`, 10))))
  expect(alike).toHaveLength(150)
  expect(tilesOf(sizes([entry('empty', 0)]))).toEqual([])
})
