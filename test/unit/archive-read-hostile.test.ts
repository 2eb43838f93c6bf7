import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gunzip } from '../../main/engine/archive/read/gunzip.ts'
import { createTarParser } from '../../main/engine/archive/read/tar-parser.ts'
import { hostileArchives, hostileGzips } from '../formats/hostile-archives/corpus.ts'
import { paxHeader, tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'

interface Outcome {
  readonly paths: string[]
  readonly refused: string[]
  readonly contentBytes: number
  readonly code?: string
}

/** What no path that is handed out may have: a root, NUL, or an empty, `.` or `..` segment. */
const UNSAFE = /^\/|\0|(?:^|\/)\.{0,2}(?:\/|$)/

/** Parses a tar in pieces; anything but our own errors is a crash and fails the test. */
function parse(tar: Buffer, pieceBytes = 700): Outcome {
  const outcome = { paths: [] as string[], refused: [] as string[], contentBytes: 0 }
  const parser = createTarParser({
    entry: (entry) => {
      outcome.paths.push(entry.path)
      if (UNSAFE.test(entry.path)) throw new Error(`unsafe path ${entry.path}`)
      if (entry.kind === 'hardlink' && UNSAFE.test(entry.linkTarget!)) throw new Error('unsafe hard link')
      return true
    },
    content: (bytes) => {
      outcome.contentBytes += bytes.byteLength
    },
    endEntry() {},
    refused: ({ reason }) => outcome.refused.push(reason),
  })
  try {
    for (let at = 0; at < tar.length; at += pieceBytes) parser.write(tar.subarray(at, at + pieceBytes))
    parser.end()
    return outcome
  } catch (error) {
    const { code } = error as { code?: string }
    if (!code?.startsWith('archive-')) throw error
    return { ...outcome, code }
  }
}

/** Numbers that look random and are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const corpus = hostileArchives({ folder: '/outside' })

describe('hostile tars', () => {
  it.each(corpus)('$name', ({ tar, error }) => {
    const outcome = parse(tar)
    expect(outcome.code).toBe(error)
    expect(parse(tar, 1)).toEqual(outcome)
  })

  it('names the size it will not read', () => {
    const tar = tarOf(tarEntry({ name: 'x', size: 1024 * 1024 }))
    const parser = createTarParser(
      { entry: () => true, content() {}, endEntry() {}, refused() {} },
      { maxTarBytes: 100_000 },
    )
    expect(() => parser.write(tar)).toThrow(expect.objectContaining({ code: 'archive-too-large' }))
  })

  it('reads a million entries quickly', () => {
    const entry = tarEntry({ name: 'some/folder/name.txt', content: 'x' })
    const batch = Buffer.concat(Array.from({ length: 1000 }, () => entry))
    let entries = 0
    const parser = createTarParser({
      entry: () => {
        entries++
        return true
      },
      content() {},
      endEntry() {},
      refused() {},
    })
    const started = process.cpuUsage()
    for (let n = 0; n < 1000; n++) parser.write(batch)
    parser.write(Buffer.alloc(1024))
    parser.end()
    expect(entries).toBe(1_000_000)
    // Time of the processor, not of the clock: other work on the machine does not count.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(20_000)
  })
})

describe('damage', () => {
  const sample = tarOf(
    paxHeader({ path: 'long/'.repeat(60), mtime: '1700000000.5' }),
    tarEntry({ name: 'a', content: 'a'.repeat(600) }),
    tarEntry({ name: 'd', type: '5' }),
    tarEntry({ name: 's', type: '2', linkName: 'a' }),
    tarEntry({ name: 'h', type: '1', linkName: 'a' }),
    tarEntry({ name: 'b', content: 'b' }),
  )

  it('finds a tar cut anywhere', () => {
    for (let end = 0; end < sample.length; end += end % 512 < 500 ? 37 : 1) {
      expect([end, parse(sample.subarray(0, end)).code]).toEqual([end, 'archive-damaged'])
    }
  })

  it('finds every changed byte of a header', () => {
    for (const bit of [0x01, 0x80]) {
      for (let at = 0; at < 512; at++) {
        const changed = Buffer.from(sample)
        changed[at]! ^= bit
        // The NUL and the space that end the checksum carry nothing.
        if (at === 154 || at === 155) expect(['archive-damaged', undefined]).toContain(parse(changed).code)
        else expect([at, parse(changed).code]).toEqual([at, 'archive-damaged'])
      }
    }
  })

  it('survives anything: 20,000 changed, cut, spliced and invented tars', () => {
    const random = seeded(20_261_121)
    const sources = [sample, ...corpus.map(({ tar }) => tar)].filter(
      (tar) => tar.length > 0 && tar.length < 20_000,
    )
    const codes = new Map<string, number>()
    for (let round = 0; round < 20_000; round++) {
      let tar = Buffer.from(sources[Math.floor(random() * sources.length)]!)
      const changes = 1 + Math.floor(random() * 4)
      for (let n = 0; n < changes; n++) {
        const at = Math.floor(random() * tar.length)
        const kind = random()
        if (kind < 0.5) tar[at] = Math.floor(random() * 256)
        else if (kind < 0.7) tar = tar.subarray(0, Math.max(1, at))
        else if (kind < 0.85) {
          const other = sources[Math.floor(random() * sources.length)]!
          const cut = at - (at % 512)
          tar = Buffer.concat([tar.subarray(0, cut), other])
        } else tar.fill(Math.floor(random() * 256), at, Math.min(tar.length, at + 30))
      }
      // Half of them with checksums made good again, so that the lies get past the first gate.
      if (random() < 0.5) for (let at = 0; at + 512 <= tar.length; at += 512) mendChecksum(tar, at)
      const code = parse(tar, 1 + Math.floor(random() * 2000)).code ?? 'read'
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect(codes.get('read')).toBeGreaterThan(100)
    expect(codes.get('archive-damaged')).toBeGreaterThan(1000)
    expect(codes.get('archive-hostile')).toBeGreaterThan(10)
  })
})

/** Writes the right checksum into a block that looks like a header. */
function mendChecksum(tar: Buffer, at: number): void {
  const block = tar.subarray(at, at + 512)
  if (block.toString('latin1', 257, 262) !== 'ustar') return
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

describe('hostile gzip', () => {
  const read = async (gzip: Buffer, pieceBytes: number): Promise<string> => {
    const pieces = function* () {
      for (let at = 0; at < gzip.length; at += pieceBytes) yield gzip.subarray(at, at + pieceBytes)
    }
    try {
      for await (const chunk of gunzip(Readable.from(pieces()))) expect(chunk.byteLength).toBeGreaterThan(0)
      return 'read'
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  it.each(hostileGzips())('$name', async ({ gzip }) => {
    for (const pieceBytes of [1, 64, 10_000]) expect(await read(gzip, pieceBytes)).toBe('archive-damaged')
  })

  it('finds gzip cut or changed anywhere', async () => {
    const gzip = gzipSync(tarOf(tarEntry({ name: 'a', content: 'content '.repeat(30) })))
    for (let end = 0; end < gzip.length; end++)
      expect([end, await read(gzip.subarray(0, end), 50)]).toEqual([end, 'archive-damaged'])
    for (let at = 0; at < gzip.length; at++) {
      // Time, extra flags and system of the header are not covered by any check and change nothing.
      if (at >= 4 && at <= 9) continue
      const changed = Buffer.from(gzip)
      changed[at]! ^= 0x10
      expect([at, await read(changed, 50)]).toEqual([at, 'archive-damaged'])
    }
  })
})
