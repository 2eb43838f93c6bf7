import { createCipheriv, createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import wabt from 'wabt'
import { CHUNKER_WASM_BASE64 } from '../../../../main/engine/repository/chunking/chunker-wasm.ts'
import {
  CHUNK_SIZES,
  type Chunker,
  createChunker,
  gearTable,
  spreadMask,
} from '../../../../main/engine/repository/chunking/create-chunker.ts'
import { referenceCuts, type Sizes } from './reference-chunker.ts'

const gearKey = Uint8Array.from({ length: 32 }, (_, at) => at)
const otherKey = Uint8Array.from({ length: 32 }, (_, at) => at + 1)
/** Small chunks, so that many of them are cheap. */
const SMALL: Sizes = { minBytes: 256, averageBytes: 1024, maxBytes: 4096 }

/** The same bytes for the same seed, on every machine. */
function content(seed: number, bytes: number): Uint8Array {
  const cipher = createCipheriv(
    'aes-256-ctr',
    createHash('sha256').update(`content ${seed}`).digest(),
    Buffer.alloc(16),
  )
  return new Uint8Array(cipher.update(Buffer.alloc(bytes)))
}

/** A number below `below` from a stream that the seed decides. */
function draws(seed: number): (below: number) => number {
  const stream = content(seed, 256 * 1024)
  let at = 0
  return (below) => {
    at = (at + 4) % (stream.length - 4)
    return new DataView(stream.buffer).getUint32(at) % below
  }
}

/** All cuts of a file that arrives in reads of `nextRead()` bytes at most, as a backup makes them: going on where the last look ended. */
function cutsOf(chunker: Chunker, file: Uint8Array, nextRead: () => number): number[] {
  const cuts: number[] = []
  let read = 0
  let start = 0
  let end = 0
  let seen = 0
  for (;;) {
    const cut = chunker.cut(start, end, read === file.length, seen)
    if (chunker.cut(start, end, read === file.length) !== cut)
      throw new Error(`another cut of [${start}, ${end}) when it goes on at ${seen}`)
    if (cut > 0) {
      start = cut
      seen = cut
      cuts.push(read - (end - start))
      continue
    }
    if (read === file.length) return cuts
    chunker.buffer.copyWithin(0, start, end)
    end -= start
    start = 0
    seen = end
    const take = Math.min(nextRead(), chunker.buffer.length - end, file.length - read)
    chunker.buffer.set(file.subarray(read, read + take), end)
    end += take
    read += take
  }
}

const whole = () => Number.POSITIVE_INFINITY
const small = (key = gearKey) => createChunker({ gearKey: key, ...SMALL, bufferBytes: 16384 })

test('the assembled bytes are those of the text', async () => {
  const text = readFileSync(
    resolve(import.meta.dirname, '../../../../main/engine/repository/chunking/chunker.wat'),
  )
  const parsed = (await wabt()).parseWat('chunker.wat', new Uint8Array(text))
  parsed.validate()
  expect(CHUNKER_WASM_BASE64).toBe(Buffer.from(parsed.toBinary({}).buffer).toString('base64'))
})

test('the table and the masks are those of the format', () => {
  const table = gearTable(gearKey)
  expect(table.length).toBe(256)
  expect(new Set(table).size).toBe(256)
  expect([table[0], table[255]].map((entry) => entry?.toString(16))).toEqual([
    'c7d4aa3f6e5411e7',
    '4ec4bf486dfc1015',
  ])
  expect(spreadMask(22).toString(16)).toBe('aaa554aaa5540000')
  expect(spreadMask(18).toString(16)).toBe('a4a4a4a4a4a40000')
  for (let bits = 4; bits <= 48; bits++)
    expect(spreadMask(bits).toString(2).replaceAll('0', '').length, `${bits} bits`).toBe(bits)
})

describe('cuts', () => {
  test('of sixteen known megabytes never change', () => {
    const chunker = createChunker({ gearKey, ...CHUNK_SIZES, bufferBytes: 16 * 1024 * 1024 })
    const file = content(1, 16 * 1024 * 1024)
    expect(cutsOf(chunker, file, whole)).toEqual([
      1305614, 2725035, 3837854, 4698079, 5827177, 6988260, 8277314, 9686548, 10797778, 12276847, 13446119,
      14654534, 16091604, 16610406, 16777216,
    ])
  })

  test('at full size are those of the reference', () => {
    const chunker = createChunker({ gearKey, ...CHUNK_SIZES, bufferBytes: 8 * 1024 * 1024 })
    const file = content(2, 6_000_000)
    expect(cutsOf(chunker, file, whole)).toEqual(referenceCuts(file, gearKey, CHUNK_SIZES))
  })

  test('are those of the reference, for any content, length and way of reading', () => {
    const draw = draws(3)
    const chunker = small()
    for (let round = 0; round < 300; round++) {
      const bytes = draw(4) === 0 ? draw(700) : draw(40_000)
      const file = content(1000 + round, bytes)
      // Some that repeat themselves: runs never meet a mask, and are cut at the maximum.
      if (draw(3) === 0) file.fill(draw(256), draw(bytes + 1))
      const readAtMost = 1 + draw(draw(2) === 0 ? 50 : 20_000)
      const cuts = cutsOf(chunker, file, () => 1 + draw(readAtMost))
      expect(cuts, `round ${round}: ${bytes} bytes`).toEqual(referenceCuts(file, gearKey, SMALL))
    }
  })

  test('keep the sizes: at least the minimum but for the last chunk, at most the maximum, the average about as asked', () => {
    const file = content(4, 8 * 1024 * 1024)
    const cuts = cutsOf(small(), file, whole)
    const sizes = cuts.map((cut, at) => cut - (cuts[at - 1] ?? 0))
    expect(sizes.reduce((sum, size) => sum + size)).toBe(file.length)
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(SMALL.minBytes)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(SMALL.maxBytes)
    const average = file.length / sizes.length
    expect(average).toBeGreaterThan(0.9 * SMALL.averageBytes)
    expect(average).toBeLessThan(1.3 * SMALL.averageBytes)
  })

  test('are found again after an insertion, a removal and a change', () => {
    const draw = draws(5)
    const file = content(5, 400_000)
    const chunks = (bytes: Uint8Array) => {
      const cuts = cutsOf(small(), bytes, whole)
      return cuts.map((cut, at) => Buffer.from(bytes.subarray(cuts[at - 1] ?? 0, cut)).toString('latin1'))
    }
    const before = new Set(chunks(file))
    for (let round = 0; round < 30; round++) {
      const at = draw(file.length)
      const inserted = content(2000 + round, draw(3) === 0 ? 0 : 1 + draw(500))
      const behind = file.subarray(Math.min(file.length, at + (draw(2) === 0 ? 0 : draw(500))))
      const edited = Buffer.concat([file.subarray(0, at), inserted, behind])
      const added = chunks(edited).filter((chunk) => !before.has(chunk))
      expect(added.length, `round ${round}`).toBeLessThanOrEqual(8)
    }
  })

  test('differ under another key', () => {
    const file = content(6, 1_000_000)
    const ours = new Set(cutsOf(small(), file, whole))
    const theirs = cutsOf(small(otherKey), file, whole)
    // By chance a place is a cut of both now and then; the end of the file always is.
    expect(theirs.filter((cut) => ours.has(cut)).length).toBeLessThan(theirs.length / 50)
  })

  test('come from bytes read straight into the buffer', () => {
    const folder = mkdtempSync(join(tmpdir(), 'everstow-chunker-'))
    try {
      const file = content(7, 10_000)
      writeFileSync(join(folder, 'file'), file)
      const chunker = small()
      const fd = openSync(join(folder, 'file'), 'r')
      expect(readSync(fd, chunker.buffer, 100, 10_000, 0)).toBe(10_000)
      closeSync(fd)
      const first = chunker.cut(100, 10_100, true)
      expect(first - 100).toBe(referenceCuts(file, gearKey, SMALL)[0])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the edges of a chunk', () => {
  test.each([
    ['nothing', 0, true, 0],
    ['nothing yet', 0, false, 0],
    ['one byte, the last', 1, true, 1],
    ['the minimum, the last', 256, true, 256],
    ['the minimum, and more to come', 256, false, 0],
    ['zeros below the maximum, and more to come', 4095, false, 0],
    ['zeros below the maximum, the last', 4095, true, 4095],
    ['zeros up to the maximum', 4096, false, 4096],
    ['zeros beyond the maximum', 9000, true, 4096],
  ])('%s: %i bytes', (_, bytes, isLast, cut) => {
    const chunker = small()
    chunker.buffer.fill(0)
    expect(chunker.cut(500, 500 + bytes, isLast)).toBe(cut === 0 ? 0 : 500 + cut)
  })

  test('input that is not in the buffer is refused', () => {
    const chunker = small()
    for (const [start, end] of [
      [-1, 10],
      [20, 10],
      [0, 16385],
      [Number.NaN, 10],
    ] as const)
      expect(() => chunker.cut(start, end, true)).toThrow(/range outside/)
  })

  test.each([
    ['a short key', { gearKey: new Uint8Array(16) }],
    ['a minimum below 64', { minBytes: 63 }],
    ['an average that is no power of two', { averageBytes: 1000 }],
    ['a minimum above the average', { minBytes: 2048 }],
    ['a maximum below the average', { maxBytes: 512 }],
    ['a buffer smaller than a chunk', { bufferBytes: 4095 }],
  ])('%s is refused', (_, wrong) => {
    expect(() => createChunker({ gearKey, ...SMALL, bufferBytes: 16384, ...wrong })).toThrow(/out of order/)
  })
})
