import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  isWorthFinding,
  openFinder,
  openFinderPage,
  openSlice,
  pageOfChunk,
  sealFinder,
  slicesOfChunk,
} from '../../../../main/engine/repository/format/finder.ts'
import { openObject } from '../../../../main/engine/repository/format/sealed-object.ts'
import { sealSegment } from '../../../../main/engine/repository/format/sealed-segment.ts'
import { decodeSegment } from '../../../../main/engine/repository/format/segment.ts'
import { fixedKeys, fixedRandom, largeFinder } from '../../../formats/repository-objects.ts'

const keys = fixedKeys()
const { segId, stored, packs, finder: bytes } = largeFinder()
const finder = openFinder(keys, segId, bytes, bytes.length)
const { head } = finder
const pages = head.pages.map(({ start, end }, page) =>
  openFinderPage(keys, finder, page, bytes.subarray(start, end)),
)
const slices = head.slices.map(({ start, end }, slice) =>
  openSlice(keys, finder, slice, stored.subarray(start, end)),
)
const slicesOf = (id: Uint8Array) => slicesOfChunk(finder, pages[pageOfChunk(finder, id)]!, id)

test('each chunk is in a slice that its page names, and other ids are hardly ever in one', () => {
  expect(pages.length).toBe(4)
  for (const [slice, inSlice] of slices.entries())
    for (const { blocks } of inSlice) {
      const cursor = blocks.cursor()
      while (cursor.next())
        for (let at = 0; at < cursor.chunkTable.length; at += 36) {
          const id = cursor.chunkTable.subarray(at, at + 32)
          expect(slicesOf(id)).toContain(slice)
        }
    }
  const strangers = Array.from({ length: 10_000 }, (_, at) => hash('sha256', `stranger ${at}`, 'buffer'))
  expect(strangers.filter((id) => slicesOf(id).length > 0).length).toBeLessThan(100)
})

test('slices are the segment’s packs, in its order, folders apart', () => {
  expect(slices.flat().map(({ entry }) => Buffer.from(entry))).toEqual(
    packs.map(({ entry }) => Buffer.from(entry)),
  )
  expect(slices[0]!.map(({ kind }) => kind)).toEqual(['trees'])
  expect(slices.length).toBeGreaterThan(3)
})

test('it takes four bytes a chunk and little more', () => {
  expect(bytes.length).toBeLessThan(12_000 * 4 + 1_000)
})

test('only a large segment whose packs are far larger has one', () => {
  expect(isWorthFinding(stored.length, packs)).toBe(true)
  // Tiny chunks; a small segment; one pack that is as good as all of it.
  const smaller = packs.map((pack) => ({ ...pack, sizeBytes: 1_900_000 }))
  expect(isWorthFinding(stored.length, smaller)).toBe(false)
  expect(isWorthFinding(200_000, packs)).toBe(false)
  const uneven = packs.map((pack, at) => (at === 3 ? { ...pack, entry: new Uint8Array(120_000) } : pack))
  expect(isWorthFinding(stored.length, uneven)).toBe(false)

  const entries = packs.map(({ entry }) => entry)
  const { id, finder: made } = sealSegment(keys, entries, fixedRandom('segment'))
  expect(openFinder(keys, id, made!, made!.length).head.slices.length).toBe(head.slices.length)
  expect(sealSegment(keys, entries.slice(0, 5), fixedRandom('segment')).finder).toBeUndefined()
})

test('a segment is sealed with what is in folders first', () => {
  const [trees, ...data] = packs
  const entries = [...data, trees!].map(({ entry }) => entry)
  const { id, bytes: sealed } = sealSegment(keys, entries, fixedRandom('segment'))
  const read = decodeSegment(openObject(keys, 'index', sealed, id))
  expect(read.map(({ packId }) => Buffer.from(packId))).toEqual(
    packs.map(({ packId }) => Buffer.from(packId)),
  )
})

test('packs that change their kind too often make no finder', () => {
  const mixed = Array.from({ length: 5_000 }, (_, at) => packs[at % 2]!)
  expect(() => sealFinder(keys, segId, stored, mixed, fixedRandom('mixed'))).toThrow()
})
