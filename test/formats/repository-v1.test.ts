import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createChunkHasher } from '../../main/engine/repository/crypto/chunk-id.ts'
import {
  openFinder,
  openFinderPage,
  openSlice,
  pageOfChunk,
  slicesOfChunk,
} from '../../main/engine/repository/format/finder.ts'
import { decodeIdList } from '../../main/engine/repository/format/id-list.ts'
import { decodeRecord, recordHash } from '../../main/engine/repository/format/log-record.ts'
import { openBlock, openPack } from '../../main/engine/repository/format/pack-reader.ts'
import { parseRepoJson } from '../../main/engine/repository/format/repo-json.ts'
import { openObject } from '../../main/engine/repository/format/sealed-object.ts'
import { decodeSegment } from '../../main/engine/repository/format/segment.ts'
import { decodeSnapshotRoot } from '../../main/engine/repository/format/snapshot-root.ts'
import { createTreeCursor } from '../../main/engine/repository/format/tree.ts'
import {
  DEST,
  DEVICE,
  fixedBytes,
  fixedChunks,
  fixedDescription,
  fixedDevice,
  fixedKeys,
  fixedObjects,
  fixedRoot,
  type RepositoryObjects,
} from './repository-objects.ts'

/** Bytes that version 1 wrote once. They are never made again: a difference means that older repositories would not open. */
const FROZEN: Record<keyof RepositoryObjects | 'zstdPack', string> = {
  ...frozenIn('objects.json'),
  // Finders came later; a repository without them is read as ever.
  ...frozenIn('finder.json'),
}
function frozenIn(name: string) {
  return JSON.parse(readFileSync(new URL(`repository-v1/${name}`, import.meta.url), 'utf8'))
}
const frozen = (name: keyof typeof FROZEN): Buffer => Buffer.from(FROZEN[name], 'base64')
const keys = fixedKeys()

test('what is written is byte for byte what version 1 wrote', () => {
  const now = Object.entries(fixedObjects()).map(([name, bytes]) => [name, bytes.toString('base64')])
  const { zstdPack: _, ...objects } = FROZEN
  expect(Object.fromEntries(now)).toEqual(objects)
})

test.each(['pack', 'zstdPack'] as const)('%s of version 1 is read', (name) => {
  const bytes = frozen(name)
  const { header, table } = openPack(keys, bytes)
  expect(header).toMatchObject({ kind: 'data', epoch: 2 })
  const hasher = createChunkHasher(keys)
  const cursor = table.cursor()
  for (const chunks of fixedChunks()) {
    expect(cursor.next()).toBe(true)
    const stored = bytes.subarray(cursor.offset, cursor.offset + cursor.storedLength)
    const plain = openBlock(keys, header, cursor.ordinal, stored, cursor.plainLength)
    expect(Buffer.from(plain)).toEqual(Buffer.concat(chunks))
    expect(Buffer.from(cursor.chunkTable.subarray(0, 32))).toEqual(Buffer.from(hasher.idOf(chunks[0]!)))
  }
  expect(cursor.next()).toBe(false)
})

test('the index of version 1 is read and names its packs', () => {
  const packs = decodeSegment(openObject(keys, 'index', frozen('index'), recordHash(frozen('index'))))
  expect(
    packs.map(({ packId, kind, sizeBytes }) => [Buffer.from(packId).toString('hex'), kind, sizeBytes]),
  ).toEqual([
    [recordHash(frozen('pack')), 'data', frozen('pack').length],
    [recordHash(frozen('treePack')), 'trees', frozen('treePack').length],
  ])
})

test('the finder of version 1 is read and finds each chunk of its index', () => {
  const index = frozen('index')
  const finder = openFinder(keys, recordHash(index), frozen('finder'), frozen('finder').length)
  const { pages, slices } = finder.head
  const rows = pages.map(({ start, end }, page) =>
    openFinderPage(keys, finder, page, frozen('finder').subarray(start, end)),
  )
  expect(slices.map(({ packs }) => packs)).toEqual([1, 1])
  const packs = decodeSegment(openObject(keys, 'index', index))
  for (const [slice, { start, end }] of slices.entries()) {
    const [pack] = openSlice(keys, finder, slice, index.subarray(start, end))
    expect(Buffer.from(pack!.entry)).toEqual(Buffer.from(packs[slice]!.entry))
    const cursor = pack!.blocks.cursor()
    while (cursor.next()) {
      const id = cursor.chunkTable
      expect(slicesOfChunk(finder, rows[pageOfChunk(finder, id)]!, id)).toContain(slice)
    }
  }
})

test('snapshot, list, checkpoint and description of version 1 are read', () => {
  expect(decodeSnapshotRoot(openObject(keys, 'snap', frozen('snap')))).toEqual(fixedRoot())
  expect(decodeIdList(openObject(keys, 'list', frozen('list')))).toHaveLength(2)
  expect(Buffer.from(openObject(keys, 'ckpt', frozen('ckpt'))).toString()).toBe('{"pos":2}')
  expect(parseRepoJson(frozen('repoJson'))).toEqual(fixedDescription(keys))
})

test('the directory of version 1 is read', () => {
  const cursor = createTreeCursor(frozen('tree'))
  const seen: unknown[] = []
  while (cursor.next()) seen.push([cursor.nameText, cursor.type, cursor.flags, cursor.size, cursor.mtimeNs])
  const usual = 1_790_000_000_123_456_789n
  expect(seen).toEqual([
    ['block', 6, 0, 0, usual],
    ['character', 5, 0, 0, usual],
    ['directory', 1, 0, 0, usual],
    ['empty', 0, 0, 0, usual],
    ['fifo', 3, 0, 0, usual],
    ['file', 0, 7, 6_000_000_000, -1_500_000_001n],
    ['link', 2, 0, 0, usual],
    ['socket', 4, 0, 0, usual],
    ['\ufffd\ufffd\n', 0, 0, 1, usual],
  ])
})

test('the log of version 1 is read, chained and signed', () => {
  const { publicKey } = fixedDevice()
  const records = (['record0', 'record1', 'record2'] as const).map((name, pos) =>
    decodeRecord(keys, DEST, pos, frozen(name), (id) => (id === DEVICE ? publicKey : undefined)),
  )
  expect(records.map((record) => record.type)).toEqual(['genesis', 'begin', 'commit'])
  expect(records[1]!.prev).toBe(recordHash(frozen('record0')))
  expect(records[2]!.prev).toBe(recordHash(frozen('record1')))
  expect(records[2]!.body).toMatchObject({
    snaps: [recordHash(frozen('snap'))],
    idx: [recordHash(frozen('index'))],
  })
})

test('ids and subkeys of version 1 stay what they were', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  expect(hex(createChunkHasher(keys).idOf(fixedBytes('content', 100)))).toMatchInlineSnapshot(
    `"ecdbe5500977202ea215799a28f57e54c2021b8006776440df09250760c9e04c"`,
  )
  expect(hex(keys.subkey('gear'))).toMatchInlineSnapshot(
    `"62559d84696271326ff2b0ae38e1f88fdcb742e923030819a0a9734e92a9093c"`,
  )
  expect(hex(keys.subkey('log'))).toMatchInlineSnapshot(
    `"07ad2d1031719b633b7cb08492f8de77070ae0c35edda7f90d24ecab287e3612"`,
  )
  expect(hex(keys.subkey('log', 1))).toMatchInlineSnapshot(
    `"0045a7936a8d8e0771c502f5c335ca5826b0ac396aadf3b2865b4018ea54ce9c"`,
  )
})
