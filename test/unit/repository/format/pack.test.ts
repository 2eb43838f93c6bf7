import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { open, sealInto } from '../../../../main/engine/repository/crypto/aead.ts'
import { assertOpensTo, compressBlock } from '../../../../main/engine/repository/format/block-codec.ts'
import {
  createPackSealing,
  packKeyOf,
  packSizeOf,
  padme,
} from '../../../../main/engine/repository/format/pack-layout.ts'
import { openBlock, openPack } from '../../../../main/engine/repository/format/pack-reader.ts'
import { createPackWriter } from '../../../../main/engine/repository/format/pack-writer.ts'
import {
  decodeSegment,
  encodeSegment,
  loadSegment,
} from '../../../../main/engine/repository/format/segment.ts'
import { createChunkIndex } from '../../../../main/engine/repository/index/chunk-index.ts'
import { chunkTableOf, fixedBytes, fixedKeys, packOf } from '../../../formats/repository-objects.ts'

const keys = fixedKeys()
const chunk = fc.uint8Array({ minLength: 1, maxLength: 2000 }).map((bytes) => Buffer.from(bytes))
const compressible = fc.nat({ max: 5000 }).map((length) => Buffer.alloc(length + 1, 'abcd'))
const blocks = fc.array(fc.array(fc.oneof(chunk, compressible), { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 5,
})

test('a pack is read back as it was written', () => {
  fc.assert(
    fc.property(blocks, fc.boolean(), fc.constantFrom('data', 'trees'), (content, compress, kind) => {
      const salt = randomBytes(32)
      const pack = packOf(keys, content, { compress, kind, salt })
      expect(pack.sizeBytes).toBe(pack.bytes.length)
      expect(pack.packId).toBe(createHash('sha256').update(pack.bytes).digest('hex'))
      const { header, table } = openPack(keys, pack.bytes)
      expect(header).toEqual({ kind, epoch: 2, salt: new Uint8Array(salt) })
      const cursor = table.cursor()
      for (const chunks of content) {
        expect(cursor.next()).toBe(true)
        const stored = pack.bytes.subarray(cursor.offset, cursor.offset + cursor.storedLength)
        const plain = openBlock(keys, header, cursor.ordinal, stored, cursor.plainLength)
        expect(Buffer.concat(chunks).equals(plain)).toBe(true)
        expect(chunkTableOf(keys, chunks).equals(cursor.chunkTable)).toBe(true)
      }
      expect(cursor.next()).toBe(false)
    }),
    { numRuns: 60 },
  )
})

/** The pack spelt out from the specification, without the code that wrote it. */
test('keys, nonces and additional data are those of the specification; no nonce comes twice', () => {
  const content = Array.from({ length: 300 }, (_, i) => [Buffer.from(`block ${i}`)])
  const { bytes } = packOf(keys, content)
  const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
  const salt = bytes.subarray(16, 48)
  const key = Buffer.from(hkdfSync('sha256', keys.subkey('pack'), salt, 'pack', 32))
  const nonceOf = (ordinal: number): Buffer => Buffer.concat([u32(ordinal), Buffer.alloc(8)])
  const nonces = new Set<string>()
  let offset = 48
  for (let i = 0; i < content.length; i++) {
    const stored = bytes.subarray(offset, offset + 1 + 4 + content[i]![0]!.length + 16)
    const aad = Buffer.concat([keys.repoId, Buffer.from('block'), salt, u32(i), u32(2)])
    const text = Buffer.from(open(key, nonceOf(i), aad, stored, 'block'))
    expect(text.subarray(5).toString()).toBe(`block ${i}`)
    nonces.add(nonceOf(i).toString('hex'))
    offset += stored.length
  }
  const trailer = bytes.subarray(offset, -4)
  expect(bytes.readUInt32LE(bytes.length - 4)).toBe(trailer.length)
  const aad = Buffer.concat([keys.repoId, Buffer.from('trailer'), bytes.subarray(0, 48)])
  const text = Buffer.from(open(key, nonceOf(0xffffffff), aad, trailer, 'trailer'))
  nonces.add(nonceOf(0xffffffff).toString('hex'))
  expect(nonces.size).toBe(301)
  expect(text.readUInt32LE(0)).toBe(300)
  const tableBytes = 4 + 300 * (16 + 36)
  const commitment = createHmac('sha256', key).update('everstow/v1/pack-commit').digest()
  expect(text.subarray(tableBytes, tableBytes + 32)).toEqual(commitment)
  expect(text.subarray(tableBytes + 32).every((byte) => byte === 0)).toBe(true)
})

test('packs with salts of their own share no key: equal content makes other bytes throughout', () => {
  const content = [[Buffer.alloc(64, 'same')]]
  const seen = new Set<string>()
  for (let i = 0; i < 500; i++) {
    const { bytes } = packOf(keys, content, { salt: randomBytes(32) })
    seen.add(bytes.subarray(48, 48 + 16).toString('hex'))
  }
  expect(seen.size).toBe(500)
})

test('a writer that is finished or failed takes no more: its nonces are used up', () => {
  const chunkTable = chunkTableOf(keys, [Buffer.from('content')])
  const block = (writer: ReturnType<typeof createPackWriter>) => () =>
    writer.addBlock(Buffer.from('content'), chunkTable, false)
  const options = { keys, kind: 'data', level: 3, salt: fixedBytes('salt', 32) } as const
  const finished = createPackWriter({ ...options, write() {} })
  block(finished)()
  finished.finish()
  expect(block(finished)).toThrow(expect.objectContaining({ code: 'internal' }))
  expect(() => finished.finish()).toThrow(expect.objectContaining({ code: 'internal' }))

  let isFull = false
  const write = (): void => {
    if (isFull) throw new Error('no space')
  }
  const failed = createPackWriter({ ...options, write })
  isFull = true
  expect(block(failed)).toThrow('no space')
  isFull = false
  expect(block(failed)).toThrow(expect.objectContaining({ code: 'internal' }))
  expect(() => failed.finish()).toThrow(expect.objectContaining({ code: 'internal' }))
})

test('a writer refuses tables that do not describe their block, empty blocks and empty packs', () => {
  const fresh = () => createPackWriter({ keys, kind: 'data', level: 3, salt: randomBytes(32), write() {} })
  const table = chunkTableOf(keys, [Buffer.from('content')])
  const internal = expect.objectContaining({ code: 'internal' })
  expect(() => fresh().addBlock(Buffer.from('content!'), table, false)).toThrow(internal)
  expect(() => fresh().addBlock(Buffer.from('content'), table.subarray(1), false)).toThrow(internal)
  expect(() => fresh().addBlock(Buffer.from('content'), Buffer.alloc(0), false)).toThrow(internal)
  expect(() => fresh().addBlock(Buffer.alloc(0), Buffer.alloc(36), false)).toThrow(internal)
  expect(() => fresh().finish()).toThrow(internal)
  expect(() => createPackWriter({ keys, kind: 'data', level: 3, salt: randomBytes(31), write() {} })).toThrow(
    internal,
  )
})

test('content that does not shrink is stored raw, and what shrinks states its length in the frame', () => {
  const noise = randomBytes(100_000)
  const text = Buffer.alloc(100_000, 'a line of text\n')
  const stored = (plain: Buffer): Buffer => {
    const { bytes } = packOf(keys, [[plain]], { compress: true })
    const { header, table } = openPack(keys, bytes)
    const cursor = table.cursor()
    cursor.next()
    const sealed = bytes.subarray(cursor.offset, cursor.offset + cursor.storedLength)
    expect(plain.equals(openBlock(keys, header, 0, sealed, plain.length))).toBe(true)
    return sealed
  }
  expect(stored(noise).length).toBe(100_000 + 21)
  expect(stored(text).length).toBeLessThan(1000)
  // RFC 8878: a single segment with a content size of four bytes, right behind the descriptor.
  const frame = Buffer.from(compressBlock(text, 3)!)
  expect(frame[4]! & 0b1110_0000).toBe(0b1010_0000)
  expect(frame.readUInt32LE(5)).toBe(100_000)
})

test('a block that would not open to its content again is not written', () => {
  const plain = Buffer.from('content')
  const sealing = createPackSealing(keys.repoId, 2, randomBytes(32))
  const key = randomBytes(32)
  const sealed = Buffer.alloc(21 + plain.length)
  sealInto(sealed, key, sealing.nonce, sealing.blockAad(0), [Buffer.from([0, 7, 0, 0, 0]), plain])
  const check = (content: Buffer, bytes: Buffer) => () =>
    assertOpensTo(content, key, sealing.nonce, sealing.blockAad(0), bytes)
  const internal = expect.objectContaining({ code: 'internal' })
  expect(check(plain, sealed)).not.toThrow()
  expect(check(Buffer.from('contend'), sealed)).toThrow(internal)
  expect(check(Buffer.from('conten'), sealed)).toThrow(internal)
  sealed[6]! ^= 1
  expect(check(plain, sealed)).toThrow(internal)
})

describe('a trailer sealed with the right key is damage when …', () => {
  const salt = fixedBytes('salt', 32)
  const { bytes } = packOf(keys, [[Buffer.from('content')], [Buffer.from('more content')]], { salt })
  const key = packKeyOf(keys, 2, salt)
  const trailerStart = bytes.length - 4 - bytes.readUInt32LE(bytes.length - 4)
  /** The pack with the plaintext of its trailer changed. */
  const packWith = (change: (trailer: Buffer) => void): Buffer => {
    const sealing = createPackSealing(keys.repoId, 2, salt)
    const aad = sealing.trailerAad('data')
    const trailer = Buffer.from(open(key, sealing.nonce, aad, bytes.subarray(trailerStart, -4), 'trailer'))
    change(trailer)
    const changed = Buffer.from(bytes)
    sealInto(changed.subarray(trailerStart, -4), key, sealing.nonce, aad, [trailer])
    return changed
  }
  const tableBytes = 4 + 2 * (16 + 36)
  const u32 = (at: number, value: number) => (trailer: Buffer) => void trailer.writeUInt32LE(value, at)

  test('nothing of it is changed: then it opens', () => {
    expect(packWith(() => {}).equals(bytes)).toBe(true)
    expect(openPack(keys, bytes).table.blockCount).toBe(2)
  })

  test.each([
    ['it commits to another key', (trailer: Buffer) => void trailer.fill(0, tableBytes, tableBytes + 32)],
    ['its padding is not zero', (trailer: Buffer) => void trailer.fill(1, trailer.length - 1)],
    ['it lists no block', u32(0, 0)],
    ['it lists one block', u32(0, 1)],
    ['it lists a block more', u32(0, 3)],
    ['the first block starts later', u32(4, 49)],
    ['a block is longer than stored', u32(8, 29)],
    ['a block is shorter than its seal', u32(8, 21)],
    ['a block is longer than its chunks', u32(12, 8)],
    ['a block is gigantic', u32(12, 0xffffffff)],
    ['a block has no chunks', u32(16, 0)],
    ['a block has millions of chunks', u32(16, 0xffffffff)],
    ['a chunk is empty', u32(20 + 32, 0)],
    ['the second block overlaps the first', u32(56, 50)],
  ])('%s', (_, change) => {
    expect(() => openPack(keys, packWith(change))).toThrow(expect.objectContaining({ code: 'data-damaged' }))
  })
})

test('Padmé sizes follow the published formula, never shrink, and waste at most 12 %', () => {
  const published = (length: number): number => {
    const e = BigInt(length.toString(2).length - 1)
    const s = BigInt(e.toString(2).length)
    const mask = (1n << (e - s)) - 1n
    return Number((BigInt(length) + mask) & ~mask)
  }
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 0xf0000000 }), (length) => {
      const padded = padme(length)
      expect(padded).toBe(published(length))
      expect(padded).toBeLessThanOrEqual(length * 1.12)
      expect(padme(padded)).toBe(padded)
    }),
    { numRuns: 2000 },
  )
  for (let exponent = 7; exponent < 32; exponent++)
    for (const near of [-1, 0, 1]) expect(padme(2 ** exponent + near)).toBe(published(2 ** exponent + near))
})

test('a segment tells of its packs what their trailers do, and fills the index', () => {
  const packs = ['a', 'b', 'c'].map((name, i) =>
    packOf(keys, [[Buffer.from(`${name} one`), Buffer.from(name)], [Buffer.from('shared')]], {
      salt: fixedBytes(name, 32),
      kind: i === 2 ? 'trees' : 'data',
    }),
  )
  const plain = encodeSegment(packs.map((pack) => pack.entry))
  const decoded = decodeSegment(plain)
  expect(decoded.map((pack) => Buffer.from(pack.packId).toString('hex'))).toEqual(
    packs.map((pack) => pack.packId),
  )
  for (const [i, pack] of decoded.entries()) {
    const { header, table } = openPack(keys, packs[i]!.bytes)
    expect({ kind: pack.kind, epoch: pack.epoch, salt: Buffer.from(pack.salt) }).toEqual({
      ...header,
      salt: Buffer.from(header.salt),
    })
    expect(Buffer.from(pack.blocks.bytes)).toEqual(Buffer.from(table.bytes))
    expect(Buffer.from(pack.entry)).toEqual(Buffer.from(packs[i]!.entry))
  }

  const index = createChunkIndex(100)
  const unwanted = packs[1]!.packId
  loadSegment(index, plain, 7, (packId) => Buffer.from(packId).toString('hex') !== unwanted)
  const slotOf = (content: string): number => index.find(chunkTableOf(keys, [Buffer.from(content)]))
  const slot = slotOf('a')
  const block = index.blockOf(slot)
  expect([index.offsetOf(slot), index.lengthOf(slot)]).toEqual([5, 1])
  expect(index.blocks.plainBytesOf(block)).toBe(6)
  expect(index.blocks.offsetOf(block)).toBe(48)
  const pack = index.blocks.packOf(block)
  expect(Buffer.from(index.packs.idOf(pack)).toString('hex')).toBe(packs[0]!.packId)
  expect([index.packs.beganAt(pack), index.packs.kindOf(pack), index.packs.sizeBytesOf(pack)]).toEqual([
    7,
    'data',
    packs[0]!.sizeBytes,
  ])
  expect(slotOf('b')).toBe(-1)
  expect(index.packs.kindOf(index.blocks.packOf(index.blockOf(slotOf('c'))))).toBe('trees')
  expect(index.blocks.packOf(index.blockOf(slotOf('shared')))).toBe(pack)

  const blockCount = index.blocks.count
  loadSegment(index, encodeSegment([packs[0]!.entry]), 9)
  expect([index.packs.beganAt(pack), index.blocks.count, index.blockOf(slotOf('a'))]).toEqual([
    9,
    blockCount,
    block,
  ])
})

test('a segment refuses a pack twice, bytes that follow, and a size that does not follow from the table', () => {
  const { entry } = packOf(keys, [[Buffer.from('content')]])
  const damaged = expect.objectContaining({ code: 'data-damaged' })
  expect(() => decodeSegment(encodeSegment([entry, entry]))).toThrow(damaged)
  expect(() => decodeSegment(Buffer.concat([encodeSegment([entry]), Buffer.alloc(1)]))).toThrow(damaged)
  const larger = Buffer.from(entry)
  larger.writeUInt32LE(larger.readUInt32LE(32) + 1, 32)
  expect(() => decodeSegment(encodeSegment([larger]))).toThrow(damaged)
  expect(decodeSegment(encodeSegment([]))).toEqual([])
  // One block of 7 bytes with its head and tag behind the header; a table of one block with one chunk.
  expect(packSizeOf(48 + 28, 56)).toBe(Buffer.from(entry).readUInt32LE(32))
})
