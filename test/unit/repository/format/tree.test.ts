import { lstatSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createTreeBuilder,
  createTreeCursor,
  NODE,
  type NodeFacts,
  type TreeBuilder,
  type TreeCursor,
} from '../../../../main/engine/repository/format/tree.ts'
import { factsOf, fixedBytes } from '../../../formats/repository-objects.ts'

const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const u32 = fc.nat({ max: 0xffffffff })
const entryName = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))))
  .filter((name) => name.toString('latin1') !== '.' && name.toString('latin1') !== '..')
const attribute = fc.record({
  name: fc.uint8Array({ minLength: 1, maxLength: 10 }),
  value: fc.uint8Array({ maxLength: 20 }),
})
const facts = fc.record({
  name: entryName,
  mode: fc.nat({ max: 0o7777 }),
  uid: u32,
  gid: u32,
  mtimeNs: i64,
  ctimeNs: i64,
  ino: u64,
  dev: u64,
  xattrs: fc.uniqueArray(attribute, {
    selector: ({ name }) => Buffer.from(name).toString('hex'),
    maxLength: 3,
  }),
})
const node = fc.tuple(
  facts,
  fc.constantFrom(...Object.values(NODE)),
  fc.boolean(),
  fc.nat({ max: 3 }),
  fc.integer({ min: 3, max: Number.MAX_SAFE_INTEGER }),
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
  u64,
)
type Node = typeof node extends fc.Arbitrary<infer N> ? N : never
const directory = fc
  .uniqueArray(node, { selector: ([{ name }]) => name.toString('hex'), maxLength: 20 })
  .map((nodes) => nodes.sort(([a], [b]) => Buffer.compare(a.name, b.name)))

function chunkIdsOf(count: number): Buffer {
  return fixedBytes(`chunks ${count}`, 32 * count)
}

/** What the node is expected to read as. */
function plainOf([base, type, flag, chunks, size, target, rdev]: Node) {
  const isFile = type === NODE.file
  const isDevice = type === NODE.characterDevice || type === NODE.blockDevice
  const flags = flag && type !== NODE.directory ? 4 : 0
  const xattrs = base.xattrs
    .map(({ name, value }) => ({ name: Buffer.from(name), value: Buffer.from(value) }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
  return {
    ...base,
    type,
    flags: flags | (xattrs.length > 0 ? 2 : 0),
    size: isFile && chunks > 0 ? size : 0,
    chunkIds: isFile ? chunkIdsOf(chunks) : Buffer.alloc(0),
    child: type === NODE.directory ? chunkIdsOf(1) : Buffer.alloc(0),
    linkTarget: type === NODE.link ? Buffer.from(target) : Buffer.alloc(0),
    rdev: isDevice ? rdev : 0n,
    xattrs,
  }
}

function addNode(builder: TreeBuilder, expected: ReturnType<typeof plainOf>): void {
  const given: NodeFacts = { ...expected, flags: expected.flags & ~2 }
  if (expected.type === NODE.file) builder.addFile(given, expected.chunkIds)
  else if (expected.type === NODE.directory) builder.addDirectory(given, expected.child)
  else if (expected.type === NODE.link) builder.addLink(given, expected.linkTarget)
  else builder.addSpecial(given, expected.type, expected.rdev)
}

function readNode(cursor: TreeCursor) {
  const { type, flags, mode, uid, gid, size, mtimeNs, ctimeNs, ino, dev, rdev } = cursor
  return {
    ...{ type, flags, mode, uid, gid, size, mtimeNs, ctimeNs, ino, dev, rdev },
    name: Buffer.from(cursor.name),
    chunkIds: Buffer.from(cursor.chunkIds),
    child: Buffer.from(cursor.child),
    linkTarget: Buffer.from(cursor.linkTarget),
    xattrs: cursor.xattrs.map(({ name, value }) => ({ name: Buffer.from(name), value: Buffer.from(value) })),
  }
}

test('any directory is read back as it was built, and is the same again when its entries are taken over', () => {
  const builder = createTreeBuilder()
  const copier = createTreeBuilder()
  fc.assert(
    fc.property(directory, (nodes) => {
      const expected = nodes.map(plainOf)
      builder.start()
      for (const one of expected) addNode(builder, one)
      const bytes = builder.finish()
      const cursor = createTreeCursor(bytes)
      expect(cursor.entryCount).toBe(expected.length)
      copier.start()
      for (const one of expected) {
        expect(cursor.next()).toBe(true)
        expect(readNode(cursor)).toEqual(one)
        expect(cursor.chunkCount).toBe(one.chunkIds.length / 32)
        expect(cursor.compareName(one.name)).toBe(0)
        copier.addEncoded(cursor.entryBytes)
      }
      expect(cursor.next()).toBe(false)
      expect(Buffer.from(copier.finish()).equals(bytes)).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('a directory larger than the first buffer is built whole', () => {
  const builder = createTreeBuilder()
  builder.start()
  const names = Array.from({ length: 20_000 }, (_, i) => `name ${String(i).padStart(6, '0')}`)
  for (const name of names) builder.addFile(factsOf(name, { size: 5 }), chunkIdsOf(1))
  const cursor = createTreeCursor(builder.finish())
  let count = 0
  while (cursor.next()) expect(cursor.nameText).toBe(names[count++])
  expect(count).toBe(20_000)
})

describe('the builder refuses', () => {
  const added = (add: (builder: TreeBuilder) => void) => () => {
    const builder = createTreeBuilder()
    builder.start()
    add(builder)
  }
  const id = chunkIdsOf(1)
  const named = (name: string) => added((builder) => builder.addDirectory(factsOf(name), id))
  test.each([
    ['an empty name', named('')],
    ['.', named('.')],
    ['..', named('..')],
    ['a slash', named('a/b')],
    ['NUL', named('a\0b')],
    ['a name of 64 KiB', named('a'.repeat(65_536))],
    [
      'a size without chunks',
      added((builder) => builder.addFile(factsOf('a', { size: 1 }), Buffer.alloc(0))),
    ],
    ['chunks without a size', added((builder) => builder.addFile(factsOf('a'), id))],
    ['half a chunk id', added((builder) => builder.addFile(factsOf('a', { size: 1 }), id.subarray(1)))],
    ['a size beyond 2^53', added((builder) => builder.addFile(factsOf('a', { size: 2 ** 53 }), id))],
    ['a link to nothing', added((builder) => builder.addLink(factsOf('a'), Buffer.alloc(0)))],
    ['a sparse directory', added((builder) => builder.addDirectory(factsOf('a', { flags: 1 }), id))],
    ['a directory of two names', added((builder) => builder.addDirectory(factsOf('a', { flags: 4 }), id))],
    ['unknown flags', added((builder) => builder.addFile(factsOf('a', { flags: 8 }), Buffer.alloc(0)))],
    ['a file as a special node', added((builder) => builder.addSpecial(factsOf('a'), NODE.file, 0n))],
    [
      'a descending name',
      added((builder) => {
        builder.addDirectory(factsOf('b'), id)
        builder.addDirectory(factsOf('a'), id)
      }),
    ],
    [
      'a name twice',
      added((builder) => {
        builder.addDirectory(factsOf('a'), id)
        builder.addDirectory(factsOf('a'), id)
      }),
    ],
  ])('%s', (_, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ code: 'internal' }))
  })

  test('attributes that come twice', () => {
    const xattr = { name: Buffer.from('user.a'), value: Buffer.alloc(0) }
    const attempt = added((builder) => builder.addDirectory(factsOf('a', { xattrs: [xattr, xattr] }), id))
    expect(attempt).toThrow(expect.objectContaining({ code: 'internal' }))
  })
})

describe('the cursor refuses', () => {
  const builder = createTreeBuilder()
  const treeWith = (change: (bytes: Buffer) => void): Buffer => {
    builder.start()
    builder.addFile(factsOf('aa', { size: 7 }), chunkIdsOf(1))
    builder.addDirectory(factsOf('bb'), chunkIdsOf(1))
    const bytes = Buffer.from(builder.finish())
    change(bytes)
    return bytes
  }
  const first = 5
  const second = first + 56 + 2 + 4 + 32
  test.each([
    ['another version', (bytes: Buffer) => bytes.writeUInt8(2, 0)],
    ['one entry more', (bytes: Buffer) => bytes.writeUInt32LE(3, 1)],
    ['one entry less', (bytes: Buffer) => bytes.writeUInt32LE(1, 1)],
    ['an unknown type', (bytes: Buffer) => bytes.writeUInt8(7, second)],
    ['unknown flags', (bytes: Buffer) => bytes.writeUInt8(8, first + 1)],
    ['no name', (bytes: Buffer) => bytes.writeUInt16LE(0, first + 2)],
    ['type bits in the mode', (bytes: Buffer) => bytes.writeUInt32LE(0o100644, first + 4)],
    ['a size of 2^53', (bytes: Buffer) => bytes.writeUInt32LE(0x200000, first + 20)],
    ['a directory with a size', (bytes: Buffer) => bytes.writeUInt32LE(1, second + 16)],
    ['no size but a chunk', (bytes: Buffer) => bytes.writeUInt32LE(0, first + 16)],
    ['a slash in a name', (bytes: Buffer) => bytes.write('/', first + 56)],
    ['NUL in a name', (bytes: Buffer) => bytes.write('\0', first + 56)],
    ['..', (bytes: Buffer) => bytes.write('..', first + 56)],
    ['the same name twice', (bytes: Buffer) => bytes.write('aa', second + 56)],
    ['descending names', (bytes: Buffer) => bytes.write('zz', first + 56)],
    ['more chunks than there are', (bytes: Buffer) => bytes.writeUInt32LE(2, first + 58)],
  ])('%s', (_, change) => {
    const walk = () => {
      const cursor = createTreeCursor(treeWith(change))
      while (cursor.next());
    }
    expect(walk).toThrow(expect.objectContaining({ code: 'data-damaged' }))
  })
})

describe('mtimeMs', () => {
  const msOf = (mtimeNs: bigint): number => {
    const builder = createTreeBuilder()
    builder.start()
    builder.addFile(factsOf('a', { mtimeNs }), Buffer.alloc(0))
    const cursor = createTreeCursor(builder.finish())
    cursor.next()
    return cursor.mtimeMs
  }
  /** Seconds and nanoseconds as the system splits them, then as Node joins them. */
  const joined = (ns: bigint): number => {
    const nanoseconds = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
    return Number((ns - nanoseconds) / 1_000_000_000n) * 1000 + Number(nanoseconds) / 1e6
  }

  test('is seconds and nanoseconds joined in doubles, over the whole range', () => {
    fc.assert(
      fc.property(i64, (ns) => {
        expect(msOf(ns)).toBe(joined(ns))
      }),
      { numRuns: 2000 },
    )
    for (const seconds of [-(2n ** 31n), -1n, 0n, 1n, 2n ** 31n, 2n ** 32n, 9_000_000_000n])
      for (const ns of [-1n, 0n, 1n, 999_999_999n])
        expect(msOf(seconds * 1_000_000_000n + ns)).toBe(joined(seconds * 1_000_000_000n + ns))
  })

  test('is what Node says of a real file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'everstow-tree-'))
    try {
      const file = join(folder, 'file')
      writeFileSync(file, '')
      for (const seconds of [0.1, 1.999999999, -1.5, 1_790_000_000.123456, 2 ** 31 + 0.7]) {
        utimesSync(file, seconds, seconds)
        expect(msOf(lstatSync(file, { bigint: true }).mtimeNs)).toBe(lstatSync(file).mtimeMs)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
