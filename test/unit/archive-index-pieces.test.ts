import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ArchiveEntry } from '../../main/engine/archive/entry.ts'
import { decodePointer, encodePointer } from '../../main/engine/archive/index-layout.ts'
import type { RangeSource } from '../../main/engine/archive/read/archive-source.ts'
import { openIndexPieces } from '../../main/engine/archive/read/index-pieces.ts'
import { openArchiveRange } from '../../main/engine/archive/read/open-archive-range.ts'
import { readIndex } from '../../main/engine/archive/read/read-index.ts'
import { createArchive } from '../../main/engine/archive/write/create-archive.ts'
import { IndexWriter } from '../../main/engine/archive/write/index-writer.ts'
import { ground, inSource, options, spool } from './archive-write-ground.ts'

const INDEX = 'a_index.ndjson.gz'

/** A source that counts what is fetched from it. */
function counted(bytes: Uint8Array): RangeSource & { fetched: number; requests: number } {
  const source = {
    sizeBytes: bytes.length,
    fetched: 0,
    requests: 0,
    open(range = { start: 0, end: bytes.length }) {
      source.fetched += range.end - range.start
      source.requests++
      return Readable.from([bytes.subarray(range.start, range.end)])
    },
  }
  return source
}

async function joined(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of input) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
const fileAt = (path: string, at: number): ArchiveEntry => ({
  path,
  kind: 'file',
  sizeBytes: 100,
  mode: 0o644,
  mtimeNs: 1_700_000_000_000_000_000n + BigInt(at),
  tarOffset: at * 1024,
  dataOffset: at * 1024 + 512,
  sha256: digestOf(path),
})

/** An index of entries that nobody packed, with its blocks. */
function writtenIndex(
  paths: readonly string[],
  blocks = Math.max(1, Math.ceil(paths.length / 1024)),
): Buffer {
  const path = join(ground, 'index')
  const writer = new IndexWriter(path, 'a.tar.gz')
  for (const [at, name] of paths.entries()) writer.add(fileAt(name, at))
  writer.finish({
    tarBytes: blocks * 2 ** 20,
    sizeBytes: 10 + blocks * 1000 + 10,
    sha256: digestOf('archive'),
    blocks: Array.from({ length: blocks }, (_, n) => ({ tarOffset: n * 2 ** 20, gzipOffset: 10 + n * 1000 })),
    sums: Buffer.alloc(blocks * 32, 7),
  })
  writer.close()
  return readFileSync(path)
}

const manyPaths = Array.from({ length: 120 }, (_, folder) => [
  `top/d${String(folder).padStart(4, '0')}`,
  ...Array.from({ length: 99 }, (_, n) => `top/d${String(folder).padStart(4, '0')}/file-${n + 100}.txt`),
]).flat()

describe('the directory of an index', () => {
  it('has a pointer of exactly these bytes', () => {
    const pointer = { offset: 0x0102030405, sizeBytes: 0x0a0b0c, sum: Buffer.alloc(32, 0xee) }
    const bytes = encodePointer(pointer)
    expect(bytes.toString('hex')).toBe(
      `1f8b0804000000000 0ff 3000 4549 2c00 0504030201000000 0c0b0a00 ${'ee'.repeat(32)} 0300 00000000 00000000`.replaceAll(
        ' ',
        '',
      ),
    )
    const end = pointer.offset + pointer.sizeBytes + 10 + 70
    expect(decodePointer(bytes, end)).toEqual(pointer)
    expect(decodePointer(bytes, end + 1)).toBeUndefined()
    expect(gunzipSync(bytes).length).toBe(0)
  })

  it('is this text in these pieces, each to be inflated alone', () => {
    const bytes = writtenIndex(['a', 'a/b'])
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n')
    const sums = Buffer.alloc(32, 7).toString('base64')
    expect(lines.slice(0, -1)).toEqual([
      '{"format":"everstow-archive-index","version":2,"archive":"a.tar.gz"}',
      `{"p":"a","t":"f","s":100,"m":420,"n":"1700000000000000000","o":0,"d":512,"h":"${digestOf('a')}"}`,
      `{"p":"a/b","t":"f","s":100,"m":420,"n":"1700000000000000001","o":1024,"d":1536,"h":"${digestOf('a/b')}"}`,
      `{"k":0,"g":[10],"c":"${sums}"}`,
    ])
    const end = JSON.parse(lines.at(-1) ?? '')
    expect(end).toMatchObject({
      end: true,
      entries: 2,
      tar_bytes: 1_048_576,
      gzip_bytes: 1_020,
      sha256: digestOf('archive'),
      blocks: 1,
      pieces: [[expect.any(Number), expect.any(Number), expect.any(String), 'a']],
      tables: [[expect.any(Number), expect.any(Number), expect.any(String), 0]],
    })
    const texts = [`${lines[1]}\n${lines[2]}\n`, `${lines[3]}\n`]
    for (const [at, [offset, sizeBytes, sum]] of [...end.pieces, ...end.tables].entries()) {
      const piece = bytes.subarray(offset, offset + sizeBytes)
      expect(createHash('sha256').update(piece).digest('base64')).toBe(sum)
      expect(inflateRawSync(Buffer.concat([piece, Buffer.of(3, 0)])).toString()).toBe(texts[at])
    }
  })

  it('finds any entry by reading one piece beside the end, and what is not there is not found', async () => {
    const bytes = writtenIndex(manyPaths)
    const source = counted(bytes)
    const pieces = (await openIndexPieces(source))!
    expect(pieces).toMatchObject({ entryCount: manyPaths.length, archiveSha256: digestOf('archive') })
    for (const at of [0, 1, 99, 5_000, 7_777, manyPaths.length - 1]) {
      const fresh = counted(bytes)
      const found = await (await openIndexPieces(fresh))!.find(manyPaths[at]!)
      expect(found).toMatchObject({ path: manyPaths[at], tarOffset: at * 1024 })
      expect(fresh.fetched).toBeLessThan(Math.max(200_000, bytes.length / 2))
      expect(fresh.requests).toBeLessThanOrEqual(2)
    }
    for (const path of ['', 'a', 'zzz', 'top/d0003/file-1', 'top/d0003/file-100.txt/x'])
      expect(await pieces.find(path)).toBeUndefined()
    const whole = await readIndex(Readable.from([bytes]))
    expect(whole?.entries.map(({ path }) => path)).toEqual(manyPaths)
    expect(
      execFileSync('gzip', ['-dc'], { input: bytes, maxBuffer: 1 << 26 }).equals(gunzipSync(bytes)),
    ).toBe(true)
    const python =
      'import gzip,sys,json; print(sum(1 for l in gzip.open(sys.stdin.buffer) if "p" in json.loads(l)))'
    expect(execFileSync('python3', ['-c', python], { input: bytes, encoding: 'utf8' }).trim()).toBe(
      String(manyPaths.length),
    )
  })

  it('gives the blocks around any range, over lines of the table', async () => {
    const pieces = (await openIndexPieces(counted(writtenIndex(['a'], 2_500))))!
    const MiB = 2 ** 20
    for (const [start, end] of [
      [0, 1],
      [1023 * MiB, 1024 * MiB],
      [1023 * MiB + 5, 1024 * MiB + 1],
      [2047 * MiB, 2499 * MiB],
      [2499 * MiB, 2500 * MiB],
    ] as const) {
      const window = (await pieces.window({ start, end }))!
      const inside = window.blocks.filter(({ tarOffset }) => tarOffset < end && tarOffset + MiB > start)
      expect(inside.length).toBe(Math.ceil(end / MiB) - Math.floor(start / MiB))
      if (end < 2_500 * MiB) expect(window.blocks.some(({ tarOffset }) => tarOffset >= end)).toBe(true)
      expect(window.sums!.length).toBe(window.blocks.length * 32)
    }
  })

  it('never gives anything else than what was written, whichever byte is another', async () => {
    const paths = ['a', 'a/b', 'a/c', 'd']
    const bytes = writtenIndex(paths)
    const right = paths.map((path, at) => fileAt(path, at))
    const rightWindow = await (await openIndexPieces(counted(bytes)))!.window({ start: 0, end: 10 })
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1 + (at % 255)
      const pieces = await openIndexPieces(counted(changed))
      for (const entry of right) {
        const found = await pieces?.find(entry.path)
        if (found) expect(found).toEqual(entry)
      }
      const window = await pieces?.window({ start: 0, end: 10 })
      if (window) expect(window).toEqual(rightWindow)
      const whole = await readIndex(Readable.from([changed]))
      if (whole) expect(whole.entries).toEqual(right)
    }
    for (let length = 0; length < bytes.length; length++)
      expect(await openIndexPieces(counted(bytes.subarray(0, length)))).toBeUndefined()
  })

  it('is refused where it points outside, grows without end, or is of an earlier version', async () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 70, maxLength: 70 }), (bytes) => {
        expect(decodePointer(Buffer.from(bytes), 1_000)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
    const bytes = writtenIndex(['a'])
    for (const [offset, sizeBytes] of [
      [0, bytes.length - 80],
      [2 ** 52, 10],
      [10, 2 ** 32 - 1],
      [bytes.length, 0],
    ] as const) {
      const hostile = Buffer.from(bytes)
      hostile.writeBigUInt64LE(BigInt(offset), hostile.length - 54)
      hostile.writeUInt32LE(sizeBytes, hostile.length - 46)
      expect(await openIndexPieces(counted(hostile))).toBeUndefined()
    }
    expect(await readIndex(Readable.from([bytes]), { maxEntries: 0 })).toBeUndefined()
    expect(await openIndexPieces(counted(Buffer.alloc(0)))).toBeUndefined()
  })
})

describe('an archive with its index', () => {
  it('gives any slice of any file as tar unpacks it, each block proven', async () => {
    const contents = new Map<string, Buffer>()
    let seed = 1
    const noise = (length: number, isText: boolean) => {
      const bytes = Buffer.alloc(length)
      for (let at = 0; at < length; at++) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
        bytes[at] = isText ? 97 + ((seed >>> 16) % 7) : seed >>> 16
      }
      return bytes
    }
    for (const [name, length, isText] of [
      ['small', 10, true],
      ['none', 0, true],
      ['text', 3_500_000, true],
      ['noise', 2_600_000, false],
      ['last', 300_000, true],
    ] as const)
      contents.set(name, noise(length, isText))
    mkdirSync(inSource('folder'))
    for (const [name, bytes] of contents) writeFileSync(inSource('folder', name), bytes)
    await createArchive(options())
    const archive = readFileSync(join(spool, 'a.tar.gz'))
    execFileSync('tar', ['-xzf', join(spool, 'a.tar.gz'), '-C', ground, '--one-top-level=unpacked'])
    const pieces = (await openIndexPieces(counted(readFileSync(join(spool, INDEX)))))!
    const slice = async (source: RangeSource, name: string, from: number, to: number) => {
      const entry = (await pieces.find(`source/folder/${name}`))!
      const range = { start: entry.dataOffset + from, end: entry.dataOffset + to }
      return joined(openArchiveRange(source, (await pieces.window(range))!, range))
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...contents.keys()),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (name, a, b) => {
          const unpacked = readFileSync(join(ground, 'unpacked', 'source', 'folder', name))
          const [from, to] = [a, b].map((part) => Math.floor(part * unpacked.length)).sort((x, y) => x - y)
          const source = counted(archive)
          expect((await slice(source, name, from!, to!)).equals(unpacked.subarray(from, to))).toBe(true)
          // At most a block more at either end.
          expect(source.fetched).toBeLessThan(to! - from! + 2 * (2 ** 20 + 4096))
        },
      ),
      { numRuns: 60 },
    )
    const whole = (await readIndex(createReadStream(join(spool, INDEX))))!
    const text = whole.entries.find(({ path }) => path.endsWith('/text'))!
    const range = { start: text.dataOffset!, end: text.dataOffset! + text.sizeBytes }
    expect(
      (await joined(openArchiveRange(counted(archive), whole, range))).equals(contents.get('text')!),
    ).toBe(true)
    // Noise is stored, so a changed byte is no fault of its compression: only the checksum tells.
    const entry = (await pieces.find('source/folder/noise'))!
    const { blocks } = (await pieces.window({ start: entry.dataOffset, end: entry.dataOffset + 1 }))!
    const block = blocks.find(({ tarOffset }) => tarOffset > entry.dataOffset)!
    const changed = Buffer.from(archive)
    changed[block.gzipOffset + 5_000]! ^= 1
    await expect(slice(counted(changed), 'noise', 0, 2_600_000)).rejects.toMatchObject({
      code: 'archive-damaged',
      data: { reason: 'block-checksum' },
    })
  })
})
