import { hash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { EverstowError } from '../../main/engine/model/errors.ts'
import { sealInto, TAG_BYTES } from '../../main/engine/repository/crypto/aead.ts'
import { createChunkHasher } from '../../main/engine/repository/crypto/chunk-id.ts'
import { createRepoKeys, type RepoKeys } from '../../main/engine/repository/crypto/repo-keys.ts'
import { openFinder, openFinderPage, openSlice } from '../../main/engine/repository/format/finder.ts'
import { decodeIdList } from '../../main/engine/repository/format/id-list.ts'
import {
  decodeRecord,
  encodeRecord,
  LARGEST_RECORD_BYTES,
  recordHash,
} from '../../main/engine/repository/format/log-record.ts'
import { createPackSealing, packKeyOf } from '../../main/engine/repository/format/pack-layout.ts'
import { openBlock, openPack } from '../../main/engine/repository/format/pack-reader.ts'
import { parseRepoJson } from '../../main/engine/repository/format/repo-json.ts'
import { openObject, type SealedType } from '../../main/engine/repository/format/sealed-object.ts'
import { decodeSegment } from '../../main/engine/repository/format/segment.ts'
import { decodeSnapshotRoot } from '../../main/engine/repository/format/snapshot-root.ts'
import { createTreeCursor } from '../../main/engine/repository/format/tree.ts'
import {
  DEST,
  DEVICE,
  fixedBytes,
  fixedChunks,
  fixedDevice,
  fixedKeys,
  fixedObjects,
  fixedRandom,
  largeFinder,
  packOf,
} from './repository-objects.ts'

/**
 * Nothing that was changed passes: 100 % found, never another plaintext, never another kind of error. The names of objects (their hashes) would
 * tell as well; here the readers must find it out from the bytes alone.
 */

const keys = fixedKeys()
const objects = fixedObjects()
const device = fixedDevice()
const FOUND = new Set([
  'data-damaged',
  'log-damaged',
  'key-missing',
  'repository-foreign',
  'repository-newer',
])

/** The code of the error that `read` fails with, or what it returned. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return { passed: read() }
  } catch (error) {
    return error instanceof EverstowError ? error.code : error
  }
}

/** Reads every changed version; each must be found out. Returns how many there were. */
function expectAllFound(versions: Iterable<Buffer>, read: (bytes: Buffer) => unknown): number {
  let count = 0
  for (const bytes of versions) {
    const outcome = outcomeOf(() => read(bytes))
    if (typeof outcome !== 'string' || !FOUND.has(outcome))
      throw new Error(`change ${count} passed or crashed: ${String(outcome)}`, { cause: outcome })
    count++
  }
  return count
}

/** Every single bit flipped, the buffer put right again afterwards. */
function* flips(bytes: Buffer): Generator<Buffer> {
  const changed = Buffer.from(bytes)
  for (let i = 0; i < bytes.length; i++)
    for (let bit = 1; bit < 256; bit <<= 1) {
      changed[i] = bytes[i]! ^ bit
      yield changed
      changed[i] = bytes[i]!
    }
}

function* truncations(bytes: Buffer): Generator<Buffer> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length)
}

function* extensions(bytes: Buffer): Generator<Buffer> {
  for (const byte of [0, 1, 0x80, 0xff])
    for (const count of [1, 4, 16, 1000]) yield Buffer.concat([bytes, Buffer.alloc(count, byte)])
  yield Buffer.concat([bytes, bytes])
  yield Buffer.concat([bytes, bytes.subarray(-4)])
}

/** Opens all of a pack: header, trailer, blocks, ids of the chunks. */
function readPack(bytes: Uint8Array, withKeys: RepoKeys = keys): string {
  const { header, table } = openPack(withKeys, bytes)
  const hasher = createChunkHasher(withKeys)
  const content = createHashOf()
  const cursor = table.cursor()
  while (cursor.next()) {
    const stored = bytes.subarray(cursor.offset, cursor.offset + cursor.storedLength)
    const plain = openBlock(withKeys, header, cursor.ordinal, stored, cursor.plainLength)
    const rows = Buffer.from(cursor.chunkTable)
    for (let row = 0, start = 0; row < rows.length; row += 36) {
      const chunk = plain.subarray(start, start + rows.readUInt32LE(row + 32))
      if (Buffer.compare(hasher.idOf(chunk), rows.subarray(row, row + 32)) !== 0)
        throw new Error('a block opened to other content')
      start += chunk.length
    }
    content.add(plain)
  }
  return content.hex()
}

function createHashOf(): { add(bytes: Uint8Array): void; hex(): string } {
  const parts: Uint8Array[] = []
  return { add: (bytes) => void parts.push(bytes), hex: () => hash('sha256', Buffer.concat(parts), 'hex') }
}

/** Where the first slice of a segment begins: behind its head and the number of its packs. */
const SLICES_START = 32

/** Opens all of a finder: head, pages, and the slices of its segment. */
function readFinder(
  bytes: Uint8Array,
  segment: Uint8Array = objects.index.subarray(SLICES_START, -TAG_BYTES),
  { withKeys = keys, segId = recordHash(objects.index) } = {},
): unknown {
  const finder = openFinder(withKeys, segId, bytes, bytes.length)
  const { pages, slices } = finder.head
  const rows = pages.map(({ start, end }, page) =>
    openFinderPage(withKeys, finder, page, bytes.subarray(start, end)),
  )
  const last = slices.at(-1)!.end - SLICES_START
  // What a slice says has a place and a length, so that what is behind the last is never asked for.
  if (segment.length !== last) throw new EverstowError('data-damaged')
  const packs = slices.map(({ start, end }, slice) =>
    openSlice(withKeys, finder, slice, segment.subarray(start - SLICES_START, end - SLICES_START)),
  )
  return { rows, packs: packs.flat().map(({ packId }) => Buffer.from(packId).toString('hex')) }
}

function readRecord(pos: number, bytes: Uint8Array, dest = DEST, withKeys = keys) {
  return decodeRecord(withKeys, dest, pos, bytes, (id) => (id === DEVICE ? device.publicKey : undefined))
}

const READERS: Record<string, { readonly bytes: Buffer; readonly read: (bytes: Uint8Array) => unknown }> = {
  'a pack': { bytes: objects.pack, read: readPack },
  'a pack of compressed blocks': {
    bytes: packOf(keys, fixedChunks(), { compress: true }).bytes,
    read: readPack,
  },
  'a pack of trees': { bytes: objects.treePack, read: readPack },
  'an index segment': {
    bytes: objects.index,
    read: (bytes) => decodeSegment(openObject(keys, 'index', bytes)),
  },
  'a finder': { bytes: objects.finder, read: (bytes) => readFinder(bytes) },
  'a segment that is read in slices': {
    bytes: objects.index.subarray(SLICES_START, -TAG_BYTES),
    read: (bytes) => readFinder(objects.finder, bytes),
  },
  'a snapshot root': {
    bytes: objects.snap,
    read: (bytes) => decodeSnapshotRoot(openObject(keys, 'snap', bytes)),
  },
  'a list': { bytes: objects.list, read: (bytes) => decodeIdList(openObject(keys, 'list', bytes)) },
  'a checkpoint': { bytes: objects.ckpt, read: (bytes) => openObject(keys, 'ckpt', bytes) },
  'record 0': { bytes: objects.record0, read: (bytes) => readRecord(0, bytes) },
  'record 1': { bytes: objects.record1, read: (bytes) => readRecord(1, bytes) },
  'record 2': { bytes: objects.record2, read: (bytes) => readRecord(2, bytes) },
}

describe.each(Object.entries(READERS))('%s', (_, { bytes, read }) => {
  test('is read as it was written', () => {
    expect(read(bytes)).toBeDefined()
  })
  test('every flipped bit is found', () => {
    expect(expectAllFound(flips(bytes), read)).toBe(bytes.length * 8)
  })
  test('every truncation is found', () => {
    expect(expectAllFound(truncations(bytes), read)).toBe(bytes.length)
  })
  test('every extension is found', () => {
    expect(expectAllFound(extensions(bytes), read)).toBe(18)
  })
  test('every other object in its place is found', () => {
    const others = Object.values(objects).filter((other) => !other.equals(bytes) && !readsAsWell(read, other))
    expect(expectAllFound(others, read)).toBeGreaterThanOrEqual(Object.keys(objects).length - 2)
  })
})

/** Packs stand in for packs: which one it is only its name tells, which is the hash of its bytes. */
function readsAsWell(read: unknown, other: Buffer): boolean {
  return read === readPack && (other.equals(objects.pack) || other.equals(objects.treePack))
}

describe('swaps', () => {
  const wrongKeys: readonly [string, RepoKeys][] = [
    [
      'another repository with the same master keys',
      createRepoKeys(fixedBytes('other', 16), { epochs: keys.cloneable.epochs }),
    ],
    ['other master keys', createRepoKeys(keys.repoId, { epochs: fixedKeys(2, 'other').cloneable.epochs })],
    ['keys of the first epoch only', fixedKeys(1)],
  ]
  test.each(wrongKeys)('nothing opens with %s', (_, other) => {
    const outcomes = [
      outcomeOf(() => readPack(objects.pack, other)),
      outcomeOf(() => readPack(objects.treePack, other)),
      ...(['index', 'snap', 'list', 'ckpt'] as const).map((type) =>
        outcomeOf(() => openObject(other, type, objects[type])),
      ),
      outcomeOf(() => readFinder(objects.finder, undefined, { withKeys: other })),
      outcomeOf(() => readRecord(0, objects.record0, DEST, other)),
      outcomeOf(() => readRecord(2, objects.record2, DEST, other)),
    ]
    expect(outcomes.filter((outcome) => !FOUND.has(outcome as string))).toEqual([])
  })

  test('a sealed object of one type is none of another, even with its type byte changed', () => {
    const types: readonly SealedType[] = ['index', 'snap', 'list', 'ckpt']
    for (const [code, claimed] of types.entries())
      for (const type of types.filter((one) => one !== claimed)) {
        const bytes = Buffer.from(objects[type])
        bytes[8] = code + 1
        expect(outcomeOf(() => openObject(keys, claimed, bytes))).toBe('data-damaged')
      }
  })

  test('a sealed object under the name of another is found', () => {
    const other = recordHash(objects.snap)
    expect(outcomeOf(() => openObject(keys, 'index', objects.index, other))).toBe('data-damaged')
    expect(openObject(keys, 'index', objects.index, recordHash(objects.index)).length).toBeGreaterThan(0)
  })

  test('a finder beside another segment is found', () => {
    const segId = recordHash(objects.snap)
    expect(outcomeOf(() => readFinder(objects.finder, undefined, { segId }))).toBe('data-damaged')
  })

  test('slices and pages cannot change places', () => {
    const { finder: bytes, segId, stored } = largeFinder()
    const finder = openFinder(keys, segId, bytes)
    const { pages, slices } = finder.head
    expect(pages.length).toBeGreaterThan(1)
    expect(slices.length).toBeGreaterThan(1)
    const pageBytes = (at: number) => bytes.subarray(pages[at]!.start, pages[at]!.end)
    const sliceBytes = (at: number) => stored.subarray(slices[at]!.start, slices[at]!.end)
    expect(openFinderPage(keys, finder, 1, pageBytes(1)).length).toBe(pages[1]!.rows)
    expect(outcomeOf(() => openFinderPage(keys, finder, 1, pageBytes(0)))).toBe('data-damaged')
    expect(outcomeOf(() => openFinderPage(keys, finder, 0, pageBytes(1)))).toBe('data-damaged')
    expect(openSlice(keys, finder, 1, sliceBytes(1)).length).toBe(slices[1]!.packs)
    expect(outcomeOf(() => openSlice(keys, finder, 1, sliceBytes(0)))).toBe('data-damaged')
    const another = openFinder(keys, segId, largeFinder('another').finder)
    expect(outcomeOf(() => openFinderPage(keys, another, 0, pageBytes(0)))).toBe('data-damaged')
  })

  test('the epoch of a pack, an object or a record cannot be exchanged for another known one', () => {
    const three = fixedKeys(3)
    const at = { pack: 12, index: 12, finder: 8, record2: 8 }
    const withEpoch = (name: keyof typeof at): Buffer => {
      const bytes = Buffer.from(objects[name])
      bytes.writeUInt32LE(3, at[name])
      return bytes
    }
    expect(outcomeOf(() => readPack(withEpoch('pack'), three))).toBe('data-damaged')
    expect(outcomeOf(() => openObject(three, 'index', withEpoch('index')))).toBe('data-damaged')
    const inThree = () => readFinder(withEpoch('finder'), undefined, { withKeys: three })
    expect(outcomeOf(inThree)).toBe('data-damaged')
    expect(outcomeOf(() => readRecord(2, withEpoch('record2'), DEST, three))).toBe('log-damaged')
  })

  test('blocks cannot change places within a pack or between packs', () => {
    const equal = [[Buffer.from('content one')], [Buffer.from('content two')]]
    const packs = ['x', 'y'].map((salt) => packOf(keys, equal, { salt: fixedBytes(salt, 32) }).bytes)
    const blockOf = (bytes: Buffer, ordinal: number): Buffer => {
      const cursor = openPack(keys, bytes).table.cursor()
      for (let i = 0; i <= ordinal; i++) cursor.next()
      return bytes.subarray(cursor.offset, cursor.offset + cursor.storedLength)
    }
    const [x, y] = packs as [Buffer, Buffer]
    const { header } = openPack(keys, x)
    const open = (ordinal: number, sealed: Buffer): unknown =>
      outcomeOf(() => Buffer.from(openBlock(keys, header, ordinal, sealed, 11)).toString())
    expect(open(0, blockOf(x, 0))).toEqual({ passed: 'content one' })
    expect(open(0, blockOf(x, 1))).toBe('data-damaged')
    expect(open(1, blockOf(x, 0))).toBe('data-damaged')
    expect(open(0, blockOf(y, 0))).toBe('data-damaged')
    expect(outcomeOf(() => openBlock(keys, header, 0, blockOf(x, 0), 10))).toBe('data-damaged')
    expect(outcomeOf(() => openBlock(keys, header, 0, blockOf(x, 0), 12))).toBe('data-damaged')
  })

  test('the trailer of a pack fits no other pack', () => {
    const equal = [[Buffer.from('content')]]
    const [x, y] = ['x', 'y'].map((salt) => packOf(keys, equal, { salt: fixedBytes(salt, 32) }).bytes) as [
      Buffer,
      Buffer,
    ]
    const blocksEnd = openPack(keys, x).table.blocksEnd
    const mixed = Buffer.concat([x.subarray(0, blocksEnd), y.subarray(blocksEnd)])
    expect(outcomeOf(() => readPack(mixed))).toBe('data-damaged')
  })

  test('a record is found at another position, destination, or under another device', () => {
    expect(outcomeOf(() => readRecord(1, objects.record2))).toBe('log-damaged')
    expect(outcomeOf(() => readRecord(3, objects.record2))).toBe('log-damaged')
    expect(outcomeOf(() => readRecord(2, objects.record2, 'd1'.repeat(16)))).toBe('log-damaged')
    expect(outcomeOf(() => readRecord(0, objects.record0, 'd1'.repeat(16)))).toBe('log-damaged')
    const stranger = fixedDevice(DEVICE, 'stranger').publicKey
    expect(outcomeOf(() => decodeRecord(keys, DEST, 2, objects.record2, () => stranger))).toBe('log-damaged')
    expect(outcomeOf(() => decodeRecord(keys, DEST, 2, objects.record2, () => undefined))).toBe('log-damaged')
  })

  test('a device cannot be introduced in the name of another', () => {
    const { record2 } = objects
    const intruder = fixedDevice('1e'.repeat(16), 'intruder')
    const publicKey = Buffer.from(intruder.publicKey).toString('hex')
    const claims = { id: DEVICE, name: 'laptop', publicKey }
    const record = {
      ...readRecord(2, record2),
      device: intruder.id,
      type: 'device+',
      body: { device: claims },
    }
    const bytes = encodeRecord(keys, DEST, record, intruder, fixedRandom('intruder'))
    expect(outcomeOf(() => readRecord(2, bytes))).toBe('log-damaged')
  })

  test('a record of more than 64 KiB is refused before it is opened', () => {
    expect(outcomeOf(() => readRecord(2, Buffer.alloc(LARGEST_RECORD_BYTES + 1)))).toBe('log-damaged')
  })
})

describe('repo.json', () => {
  const inGenesis = (readRecord(0, objects.record0).body as { readonly repo: string }).repo

  test('any change fails, or shows in the hash that record 0 holds', () => {
    expect(recordHash(objects.repoJson)).toBe(inGenesis)
    let read = 0
    for (const versions of [
      flips(objects.repoJson),
      truncations(objects.repoJson),
      extensions(objects.repoJson),
    ])
      for (const bytes of versions) {
        const outcome = outcomeOf(() => parseRepoJson(bytes))
        expect(typeof outcome === 'object' || FOUND.has(outcome as string)).toBe(true)
        expect(outcome).not.toBeInstanceOf(Error)
        expect(recordHash(bytes)).not.toBe(inGenesis)
        read++
      }
    expect(read).toBe(objects.repoJson.length * 9 + 18)
  })

  test.each([
    ['', 'repository-foreign'],
    ['null', 'repository-foreign'],
    ['[]', 'repository-foreign'],
    ['{"__proto__":{"format":"everstow-repository"}}', 'repository-foreign'],
    ['{"format":"restic","version":1,"mandatory":[]}', 'repository-foreign'],
    ['{"format":"everstow-repository","version":2,"mandatory":[]}', 'repository-newer'],
    ['{"format":"everstow-repository","version":1,"mandatory":["sky"]}', 'repository-newer'],
    ['{"format":"everstow-repository","version":1,"mandatory":[]}', 'repository-foreign'],
    ['['.repeat(60_000), 'repository-foreign'],
    [' '.repeat(100_000), 'repository-foreign'],
  ])('%.40s is %s', (text, code) => {
    expect(outcomeOf(() => parseRepoJson(Buffer.from(text)))).toBe(code)
  })
})

describe('content that was damaged before it was sealed', () => {
  const segment = Buffer.from(openObject(keys, 'index', objects.index))
  const walk = (bytes: Uint8Array): number => {
    const cursor = createTreeCursor(bytes)
    let entries = 0
    while (cursor.next()) entries += cursor.xattrs.length + cursor.nameText.length
    return entries
  }

  test.each([
    ['a directory', objects.tree, walk],
    ['a segment', segment, decodeSegment],
    ['a root', Buffer.from(openObject(keys, 'snap', objects.snap)), decodeSnapshotRoot],
    ['a list', Buffer.from(openObject(keys, 'list', objects.list)), decodeIdList],
  ] as const)('%s is read or refused, never anything else', (_, bytes, read) => {
    for (const changed of flips(bytes)) {
      const outcome = outcomeOf(() => read(changed))
      if (outcome !== 'data-damaged') expect(outcome).toHaveProperty('passed')
    }
    expect(expectAllFound(truncations(bytes), read)).toBe(bytes.length)
    expect(expectAllFound([Buffer.concat([bytes, Buffer.from('x')])], read)).toBe(1)
  })

  test('counts and lengths that promise gigabytes are refused at once', () => {
    const most = Buffer.from(segment)
    most.writeUInt32LE(0xffffffff, 0)
    expect(outcomeOf(() => decodeSegment(most))).toBe('data-damaged')
    const tree = Buffer.from(objects.tree)
    tree.writeUInt32LE(0xffffffff, 1)
    expect(outcomeOf(() => walk(tree))).toBe('data-damaged')
  })
})

describe('blocks that are made to do harm', () => {
  const salt = fixedBytes('salt', 32)
  /** A block sealed with the right key around any plaintext. */
  const sealedBlock = (codec: number, declared: number, payload: Uint8Array): Buffer => {
    const head = Buffer.alloc(5)
    head[0] = codec
    head.writeUInt32LE(declared, 1)
    const sealing = createPackSealing(keys.repoId, 2, salt)
    const sealed = Buffer.alloc(5 + payload.length + 16)
    const aad = sealing.blockAad(0)
    sealInto(sealed, packKeyOf(keys, 2, salt), sealing.nonce, aad, [head, payload])
    return sealed
  }
  const open = (sealed: Buffer, plainLength: number): unknown =>
    outcomeOf(() => openBlock(keys, { epoch: 2, salt }, 0, sealed, plainLength).length)

  test('a frame that swells to more than its block is stopped there', () => {
    const bomb = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024))
    const before = process.memoryUsage().rss
    const started = process.cpuUsage()
    expect(open(sealedBlock(1, 1000, bomb), 1000)).toBe('data-damaged')
    // Time of the processor: other work on the machine does not count.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000)
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('a frame of less than its block, no frame, another codec and a wrong length are damage', () => {
    expect(open(sealedBlock(1, 10, zstdCompressSync(Buffer.alloc(9))), 10)).toBe('data-damaged')
    expect(open(sealedBlock(1, 10, Buffer.from('no frame')), 10)).toBe('data-damaged')
    expect(open(sealedBlock(1, 10, Buffer.alloc(0)), 10)).toBe('data-damaged')
    expect(open(sealedBlock(2, 10, Buffer.alloc(10)), 10)).toBe('data-damaged')
    expect(open(sealedBlock(0, 9, Buffer.alloc(10)), 10)).toBe('data-damaged')
    expect(open(sealedBlock(0, 10, Buffer.alloc(9)), 10)).toBe('data-damaged')
    expect(open(sealedBlock(0, 10, Buffer.alloc(10)), 10)).toEqual({ passed: 10 })
  })
})
