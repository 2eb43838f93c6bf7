import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LocalNode, RemoteNode, SyncedNode } from '../../../main/engine/sync/nodes.ts'
import { createColumn } from '../../../main/engine/sync/rows/columns.ts'
import { createCountedTexts } from '../../../main/engine/sync/rows/counted-texts.ts'
import { createHashIndex } from '../../../main/engine/sync/rows/hash-index.ts'
import {
  createLocalRows,
  createNodeTexts,
  createRemoteRows,
  createSeenContents,
  createSyncedRows,
} from '../../../main/engine/sync/rows/node-rows.ts'
import type { RowMap } from '../../../main/engine/sync/rows/row-map.ts'

const few = fc.constantFrom('a', 'b', 'é', '😀', 'n\u0000', '', 'a-much-longer-text', '\ud800')
const kind = fc.constantFrom('file', 'directory', 'symlink')
const place = { parent: few, name: few, kind }
const content = fc.option(few, { nil: undefined })
const plain = <One extends object>(one: One): One =>
  Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as One

const synced = fc
  .record({ ...place, content, key: few, stamp: few, side: content })
  .map((node) => plain(node.content === undefined ? { ...node, side: undefined } : node) as SyncedNode)
const look = fc.record({
  kind,
  key: few,
  stamp: few,
  mtimeMs: fc.double({ noNaN: true }),
  names: fc.integer({ min: 1, max: 70_000 }),
})
const yes = fc.constantFrom(true, undefined)
const local = fc
  .record({ ...place, content, look, isStaged: yes, isUnseen: yes })
  .map((node) => plain(node) as LocalNode)
const remote = fc
  .record({ ...place, content, rev: fc.maxSafeNat(), mtimeMs: fc.double({ noNaN: true }) })
  .map((node) => plain(node) as RemoteNode)

/** Does the same to rows and to a `Map`; they must say the same. */
function expectLikeMap<One>(
  rows: RowMap<One>,
  acts: readonly (readonly [string, One | undefined])[],
): Map<string, One> {
  const map = new Map<string, One>()
  for (const [key, one] of acts) {
    if (one === undefined) {
      rows.delete(key)
      map.delete(key)
    } else {
      rows.set(key, one)
      map.set(key, one)
    }
    expect(rows.get(key)).toEqual(map.get(key))
  }
  expect(new Map(rows)).toEqual(map)
  expect(rows.size).toBe(map.size)
  expect(new Set(rows.keys())).toEqual(new Set(map.keys()))
  expect([...rows.values()]).toHaveLength(map.size)
  return map
}
const acts = <One>(one: fc.Arbitrary<One>) =>
  fc.array(fc.tuple(few, fc.option(one, { nil: undefined })), { maxLength: 60 })

test('rows over the same texts are maps, each of its own, and all texts go with the last that counts them', () => {
  fc.assert(
    fc.property(acts(synced), acts(local), acts(remote), (base, here, there) => {
      const texts = createNodeTexts()
      const seen = createSeenContents(texts)
      const maps = [createSyncedRows(texts), createLocalRows(texts), createRemoteRows(texts), seen] as const
      const first = expectLikeMap(maps[0], base)
      expectLikeMap(maps[1], here)
      expectLikeMap(maps[2], there)
      expectLikeMap(
        seen,
        here.map(([id, node]) => [id, node && { stamp: node.look.stamp, content: node.name }]),
      )
      // The others have not touched it.
      expect(new Map(maps[0])).toEqual(first)
      for (const map of maps) map.clear()
      for (const table of Object.values(texts)) expect(table.count).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('things are found by key, children by folder and by name', () => {
  const texts = createNodeTexts()
  const base = createSyncedRows(texts)
  const tree = createRemoteRows(texts)
  const node = {
    parent: 'root',
    name: 'One',
    kind: 'file',
    key: 'k',
    stamp: 's',
    rev: 1,
    mtimeMs: 0,
  } as const
  for (const id of ['a', 'b', 'c']) {
    base.set(id, { ...node, key: id === 'c' ? 'other' : 'k' })
    tree.set(id, { ...node, name: `One ${id}` })
  }
  expect([...base.idsOf('k')].sort()).toEqual(['a', 'b'])
  base.set('a', { ...node, key: 'other' })
  expect([...base.idsOf('other')].sort()).toEqual(['a', 'c'])
  base.delete('c')
  expect(base.idsOf('other')).toEqual(['a'])
  expect(base.idsOf('never')).toEqual([])
  expect([...tree.childrenOf('root')].sort()).toEqual(['a', 'b', 'c'])
  expect(tree.childNamed('root', 'ONE B')).toBe('b')
  tree.set('b', { ...node, parent: 'c', name: 'é' })
  expect(tree.childNamed('root', 'one b')).toBeUndefined()
  expect(tree.childNamed('c', 'e\u0301')).toBe('b')
  tree.delete('a')
  expect([...tree.childrenOf('root')]).toEqual(['c'])
})

test('texts come and go by the hundred thousand, and what is kept stays what it is', () => {
  const texts = createCountedTexts()
  const long = (at: number): string => `${at}-${'x'.repeat(200)}`
  const kept = new Map<number, string>()
  for (let at = 0; at < 100_000; at++) {
    const number = texts.keep(long(at))
    if (at % 1_000 === 0) kept.set(number, long(at))
    else texts.drop(number)
  }
  expect(texts.count).toBe(kept.size)
  for (const [number, text] of kept) {
    expect(texts.at(number)).toBe(text)
    expect(texts.find(text)).toBe(number)
  }
  expect(texts.find(long(1))).toBe(-1)
  // Larger than the parts in which bytes are taken.
  const huge = 'y'.repeat(3_000_000)
  const number = texts.keep(huge)
  expect(texts.at(texts.keep('after'))).toBe('after')
  expect(texts.at(number)).toBe(huge)
})

test('an index finds what was added and not removed, with all hashes equal, too', () => {
  for (const hashOf of [(at: number) => at, () => 7]) {
    const index = createHashIndex<number>(hashOf, (at, sought) => at === sought)
    for (let at = 0; at < 500; at++) index.add(hashOf(at), at)
    for (let at = 0; at < 500; at += 2) index.remove(hashOf(at), at)
    for (let at = 0; at < 500; at++) expect(index.find(hashOf(at), at)).toBe(at % 2 === 0 ? -1 : at)
  }
})

test('a column is 0 where nothing was set', () => {
  const column = createColumn(Int32Array)
  column.set(100, -5)
  expect([column.get(0), column.get(100), column.get(101), column.get(10_000)]).toEqual([0, -5, 0, 0])
})
