import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  KnownTrees,
  openKnownTrees,
  writeNextTreeFile,
} from '../../../main/engine/backup/snapshot/known/known-trees.ts'
import { encodeTreeFileHeader, TreeFileWriter } from '../../../main/engine/backup/snapshot/known/tree-file.ts'
import {
  decodePackJournal,
  encodePackRecord,
} from '../../../main/engine/backup/snapshot/packs/pack-journal.ts'
import { at } from './ground.ts'
import { noise } from './noise.ts'

function write(name: string, scanStartMs: number, records: Readonly<Record<string, string>>): string {
  const writer = new TreeFileWriter(at(name), encodeTreeFileHeader({ scanStartMs, hasXattrs: true }))
  for (const [path, tree] of Object.entries(records))
    writer.add('directory', Buffer.from(path), noise(path, 32), Buffer.from(tree))
  writer.close()
  return at(name)
}

function open(paths: readonly string[], memoryBytes?: number): KnownTrees {
  return openKnownTrees(
    paths.map((path) => ({ path, trusted: true, rootTreeId: undefined })),
    memoryBytes,
  )
}

const treeAt = (known: KnownTrees, path: string): string | undefined =>
  known.find(Buffer.from(path))?.tree.toString()

for (const memoryBytes of [1 << 20, 0])
  test(`finds directories by their path, the latest file first, with ${memoryBytes} bytes of memory`, () => {
    const long = 'x'.repeat(700_000)
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`folder/${i}`, `tree ${i}`]))
    const first = write('first', 1000, { ...many, a: 'old', long })
    const second = write('second', 2000, { a: 'new', b: '' })
    const known = open([first, second], memoryBytes)
    expect(treeAt(known, 'a')).toBe('new')
    expect(treeAt(known, 'b')).toBe('')
    expect(treeAt(known, 'long')).toBe(long)
    expect(treeAt(known, 'absent')).toBeUndefined()
    for (let i = 0; i < 500; i++) expect(treeAt(known, `folder/${i}`)).toBe(`tree ${i}`)
    expect(known.find(Buffer.from('a'))?.scanStartMs).toBe(2000)
    // Another thread sees the same.
    expect(treeAt(new KnownTrees(known.handles), 'folder/7')).toBe('tree 7')
    known.close()
  })

test('the next file has what was kept and what is new, and nothing that was not met', () => {
  const before = write('before', 1, { kept: 'k', changed: 'c', vanished: 'v' })
  const known = open([before])
  const kept = known.find(Buffer.from('kept'))
  const changed = known.find(Buffer.from('changed'))
  if (!kept || !changed) throw new Error('not found')
  known.keep(kept)
  known.replace(changed)
  const journal = new TreeFileWriter(at('journal'), encodeTreeFileHeader({ scanStartMs: 2, hasXattrs: true }))
  const large = noise('large', 5 << 20)
  journal.add('directory', Buffer.from('changed'), noise('x', 32), Buffer.from('anew'))
  journal.add('file', Buffer.from('a file'), noise('y', 32), Buffer.from('of an unfinished folder'))
  journal.add('directory', Buffer.from('large'), noise('z', 32), large)
  journal.add('directory', Buffer.from('last'), noise('z', 32), Buffer.from('l'))
  journal.close()
  const root = noise('root', 32)
  writeNextTreeFile(at('next'), known, [at('journal')], { scanStartMs: 3, hasXattrs: true }, root)
  const next = openKnownTrees([{ path: at('next'), trusted: true, rootTreeId: root.toString('hex') }])
  expect(treeAt(next, 'kept')).toBe('k')
  expect(treeAt(next, 'changed')).toBe('anew')
  expect(treeAt(next, 'vanished')).toBeUndefined()
  expect(next.find(Buffer.from('a file'), 'file')).toBeUndefined()
  expect(next.find(Buffer.from('large'))?.tree.equals(large)).toBe(true)
  expect(treeAt(next, 'last')).toBe('l')
  const other = openKnownTrees([{ path: at('next'), trusted: true, rootTreeId: '00'.repeat(32) }])
  expect(other.isEmpty).toBe(true)
})

test('a file cut off anywhere gives the records before the cut, and a flipped bit loses one record', () => {
  const path = write('whole', 1, { one: 'first tree', two: 'second tree', three: 'third tree' })
  const whole = readFileSync(path)
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(at('cut'), whole)
    truncateSync(at('cut'), length)
    const known = open([at('cut')])
    const found = ['one', 'two', 'three'].map((name) => treeAt(known, name))
    const firstMissing = found.indexOf(undefined)
    expect(firstMissing).toBeGreaterThanOrEqual(0)
    expect(found.slice(firstMissing).every((tree) => tree === undefined)).toBe(true)
  }
  for (let at8 = 48 * 8; at8 < whole.length * 8; at8 += 3) {
    const flipped = Buffer.from(whole)
    flipped[at8 >>> 3] = (flipped[at8 >>> 3] as number) ^ (1 << (at8 & 7))
    writeFileSync(at('flipped'), flipped)
    const known = open([at('flipped')])
    const right = ['first tree', 'second tree', 'third tree']
    for (const [i, name] of ['one', 'two', 'three'].entries())
      expect([right[i], undefined]).toContain(treeAt(known, name))
  }
})

test('a journal of packs gives the records before what is damaged', () => {
  const packs = [100, 5000, 40].map((sizeBytes, i) => {
    const entry = noise(`entry ${i}`, sizeBytes)
    return { packId: entry.toString('hex', 0, 32), sizeBytes: entry.readUInt32LE(32), entry }
  })
  writeFileSync(at('journal'), '')
  for (const pack of packs) appendFileSync(at('journal'), encodePackRecord(pack))
  const whole = readFileSync(at('journal'))
  expect(decodePackJournal(whole)).toEqual(packs)
  expect(decodePackJournal(whole.subarray(0, -1))).toEqual(packs.slice(0, 2))
  whole[150] = (whole[150] as number) ^ 1
  expect(decodePackJournal(whole)).toEqual(packs.slice(0, 1))
})
