import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { Parser, type ReadEntry } from 'tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ArchiveEntry } from '../../main/engine/archive/entry.ts'
import { gunzip } from '../../main/engine/archive/read/gunzip.ts'
import { blocksFor, openArchiveRange } from '../../main/engine/archive/read/open-archive-range.ts'
import { readIndex } from '../../main/engine/archive/read/read-index.ts'
import { indexedArchive, indexFile } from '../formats/hostile-archives/indexed-archive.ts'
import { base256, gnuLong, paxHeader, tarEntry, tarOf } from '../formats/hostile-archives/tar-builder.ts'
import { readTar } from '../ground/read-tar.ts'

interface Read {
  readonly entry: ArchiveEntry
  readonly content: Buffer
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Read[]> {
  const read: Read[] = []
  for await (const item of readTar(input)) {
    if (!('entry' in item)) throw new Error(`refused ${item.refused.path}`)
    const chunks: Uint8Array[] = []
    for await (const chunk of item.content) chunks.push(chunk)
    read.push({ entry: item.entry, content: Buffer.concat(chunks) })
  }
  return read
}

const pieces = (bytes: Buffer, size: number): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    })(),
  )

async function joined(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of input) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const codeOf = (error: unknown): string => (error as { code: string }).code

describe('reading what other programs wrote', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'archive-read-'))
    const tree = join(folder, 'tree')
    mkdirSync(join(tree, 'empty'), { recursive: true })
    mkdirSync(join(tree, 'deep/'.repeat(40), 'x'.repeat(120)), { recursive: true })
    writeFileSync(join(tree, 'deep/'.repeat(40), 'x'.repeat(120), 'file'), 'far down')
    writeFileSync(join(tree, 'ünïcödé ☃.txt'), 'snow')
    writeFileSync(join(tree, 'e\u0301 decomposed'), 'nfd')
    writeFileSync(Buffer.from(join(tree, 'latin1-\xe9'), 'latin1'), 'bytes')
    writeFileSync(join(tree, 'line\nbreak "quoted" \\slash'), 'odd')
    writeFileSync(join(tree, 'zero'), '')
    writeFileSync(join(tree, 'block'), 'b'.repeat(512))
    writeFileSync(join(tree, 'big'), Buffer.alloc(3_000_001, 'big content '))
    writeFileSync(join(tree, 'script'), '#!/bin/sh\n', { mode: 0o755 })
    linkSync(join(tree, 'big'), join(tree, 'hard'))
    symlinkSync('../elsewhere/nothing', join(tree, 'link'))
    symlinkSync(`/${'long/'.repeat(40)}`, join(tree, 'longlink'))
    utimesSync(join(tree, 'zero'), 1_234_567_890.123456, 1_234_567_890.123456)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const formats = ['ustar-short', 'gnu', 'posix', 'oldgnu', 'bsdtar-pax'] as const
  it.each(formats)('agrees with the file system and with npm tar: %s', async (format) => {
    const archive = join(folder, `${format}.tar`)
    const what =
      format === 'ustar-short'
        ? ['tree/zero', 'tree/block', 'tree/big', 'tree/hard', 'tree/link', 'tree/empty']
        : ['tree']
    if (format === 'bsdtar-pax')
      execFileSync('bsdtar', ['-cf', archive, '--format', 'pax', ...what], { cwd: folder, stdio: 'ignore' })
    else
      execFileSync(
        'tar',
        ['-cf', archive, '--format', format === 'ustar-short' ? 'ustar' : format, ...what],
        { cwd: folder },
      )

    const ours = await readAll(createReadStream(archive, { highWaterMark: 1000 }))
    const theirs = await npmTar(archive)
    expect(ours.map(({ entry }) => entry.path)).toEqual(theirs.map((entry) => entry.path))
    expect(ours.length).toBeGreaterThan(5)
    for (const [at, { entry, content }] of ours.entries()) {
      const other = theirs[at]!
      expect(entry.kind).toBe(other.kind)
      expect(entry.mode).toBe(other.mode)
      expect(Number(entry.mtimeNs / 1_000_000n)).toBe(other.mtimeMs)
      if (entry.kind === 'symlink') expect(entry.linkTarget).toBe(other.linkTarget)
      expect(content.equals(other.content)).toBe(true)
      if (entry.kind === 'file') {
        const path = Buffer.concat([Buffer.from(`${folder}/`), entry.rawPath ?? Buffer.from(entry.path)])
        expect(content.equals(readFileSync(path))).toBe(true)
        if (format === 'posix') expect(entry.mtimeNs).toBe(statSync(path, { bigint: true }).mtimeNs)
        expect(entry.dataOffset).toBeGreaterThan(entry.tarOffset!)
      }
    }
    const raw = ours.filter(({ entry }) => entry.rawPath)
    expect(raw.map(({ entry }) => Buffer.from(entry.rawPath!).toString('latin1'))).toEqual(
      format === 'ustar-short' ? [] : ['tree/latin1-\xe9'],
    )
  })

  it('gives the same whatever the size of the pieces', async () => {
    const archive = join(folder, 'pieces.tar')
    execFileSync('tar', ['-cf', archive, '--format', 'posix', '--exclude=big', '--exclude=hard', 'tree'], {
      cwd: folder,
    })
    const bytes = readFileSync(archive)
    const whole = await readAll(pieces(bytes, bytes.length))
    for (const size of [1, 7, 511, 512, 513, 4096]) expect(await readAll(pieces(bytes, size))).toEqual(whole)
  })

  it('lets content be left unread', async () => {
    const tar = tarOf(
      tarEntry({ name: 'a', content: 'a'.repeat(5000) }),
      tarEntry({ name: 'b', content: 'b' }),
    )
    const paths: string[] = []
    for await (const item of readTar(pieces(tar, 100))) {
      if (!('entry' in item)) continue
      paths.push(item.entry.path)
      if (item.entry.path === 'b') expect((await joined(item.content)).toString()).toBe('b')
    }
    expect(paths).toEqual(['a', 'b'])
  })

  it('refuses to give the content of an item that was left behind', async () => {
    const tar = tarOf(tarEntry({ name: 'a', content: 'first' }), tarEntry({ name: 'b', content: 'other' }))
    let first: AsyncIterable<Uint8Array> | undefined
    for await (const item of readTar(pieces(tar, tar.length))) {
      if (!('entry' in item)) continue
      if (!first) first = item.content
      else await expect(joined(first)).rejects.toThrow('content read after its item')
    }
  })
})

describe('headers', () => {
  const only = async (...blocks: Buffer[]): Promise<ArchiveEntry> =>
    (await readAll(pieces(tarOf(...blocks), 4096)))[0]!.entry

  it('reads v7, ustar prefix, GNU long names, pax and base-256', async () => {
    expect((await only(tarEntry({ name: 'old/', magic: 'v7', type: '\0' }))).kind).toBe('directory')
    expect((await only(tarEntry({ name: 'name', prefix: 'pre/fix' }))).path).toBe('pre/fix/name')
    expect((await only(gnuLong('L', 'l'.repeat(300)), tarEntry({ name: 'short' }))).path).toBe(
      'l'.repeat(300),
    )
    const link = await only(gnuLong('K', 'k'.repeat(300)), tarEntry({ name: 's', type: '2', linkName: 'k' }))
    expect(link.linkTarget).toBe('k'.repeat(300))
    const ids = await only(tarEntry({ uid: base256(4_000_000n, 8), mtime: base256(-5n, 12) }))
    expect([ids.uid, ids.mtimeNs]).toEqual([4_000_000, -5_000_000_000n])
  })

  it('lets pax records win, keeps nanoseconds and bytes, and ignores what it does not know', async () => {
    const entry = await only(
      paxHeader({ uname: 'global' }, 'g'),
      paxHeader({
        path: Buffer.from([0x70, 0xff, 0x71]),
        hdrcharset: 'BINARY',
        mtime: '1700000000.123456789',
        uid: '5000000',
        'SCHILY.xattr.user.x': 'a=b\nc',
        comment: '',
      }),
      tarEntry({ name: 'header' }),
    )
    expect(entry.rawPath).toEqual(Buffer.from([0x70, 0xff, 0x71]))
    expect(entry.path).toBe('p\ufffdq')
    expect(entry.mtimeNs).toBe(1_700_000_000_123_456_789n)
    expect([entry.uid, entry.userName]).toEqual([5_000_000, 'global'])
    expect((await only(paxHeader({ mtime: '-1.5' }), tarEntry({}))).mtimeNs).toBe(-1_500_000_000n)
  })

  it('accepts a checksum over signed bytes, as old writers made it', async () => {
    const block = tarEntry({ name: Buffer.from('caf\xe9', 'latin1') })
    const sum = Number.parseInt(block.toString('latin1', 148, 154), 8) - 256
    block.write(sum.toString(8).padStart(6, '0'), 148, 'latin1')
    expect((await only(block)).path).toBe('caf\ufffd')
  })
})

describe('gunzip', () => {
  it('reads several members as one', async () => {
    const bytes = Buffer.concat([gzipSync('one '), gzipSync(''), gzipSync('two')])
    for (const size of [1, 5, 1000])
      expect((await joined(gunzip(pieces(bytes, size)))).toString()).toBe('one two')
  })

  it('passes the input’s own failure on and stops it when nobody reads any more', async () => {
    const broken = Readable.from(
      (function* () {
        yield gzipSync('x'.repeat(1000)).subarray(0, 15)
        throw Object.assign(new Error('cut'), { code: 'ECONNRESET' })
      })(),
    )
    await expect(joined(gunzip(broken))).rejects.toMatchObject({ code: 'ECONNRESET' })
    const source = pieces(gzipSync(Buffer.alloc(10_000_000), { level: 0 }), 65_536)
    for await (const _ of gunzip(source)) break
    expect(source.destroyed).toBe(true)
  })

  it('stops at once when cancelled, though the input stalls', async () => {
    const stop = new AbortController()
    const stalled = new Readable({ read() {} })
    stalled.push(gzipSync('abc').subarray(0, 12))
    const reading = joined(gunzip(stalled, { signal: stop.signal }))
    stop.abort()
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
    expect(stalled.destroyed).toBe(true)
  })

  it('stops bombs by ratio and by size, quickly and in little memory', async () => {
    // 8 GiB of zeros in 8 MiB: deflate's own limit of 1,032:1, member after member.
    const member = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const bomb = () =>
      Readable.from(
        (function* () {
          for (let n = 0; n < 128; n++) yield member
        })(),
      )
    const rssBefore = process.memoryUsage().rss
    for (const limits of [undefined, { maxTarBytes: 100_000_000, maxRatio: Number.POSITIVE_INFINITY }]) {
      const started = process.cpuUsage()
      let bytes = 0
      const error = await (async () => {
        for await (const chunk of gunzip(bomb(), limits && { limits })) bytes += chunk.byteLength
      })().catch((caught: unknown) => caught)
      expect(codeOf(error)).toBe('archive-too-large')
      expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000)
      expect(bytes).toBeLessThan(300_000_000)
    }
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200 * 1024 * 1024)
  })
})

describe('the index and ranges', () => {
  const files = Array.from({ length: 40 }, (_, n) => ({
    path: `folder/file ${n}`,
    content: Buffer.from(`${n} `.repeat(1000 * (n % 7))),
  }))

  const indexed = () => indexedArchive(files)
  const indexOf = (lines: readonly unknown[]): Readable => Readable.from([indexFile(lines)])

  it('reads entries and blocks, all or only some', async () => {
    const { lines, gzip, tar } = indexed()
    const index = await readIndex(indexOf(lines))
    expect(index?.entries.map(({ path }) => path)).toEqual(files.map(({ path }) => path))
    expect(index).toMatchObject({ archive: 'a.tar.gz', tarBytes: tar.length, gzipBytes: gzip.length })
    const some = await readIndex(indexOf(lines), { keep: ({ path }) => path.endsWith('7') })
    expect(some?.entries.length).toBe(4)
    expect(some?.entryCount).toBe(files.length)
  })

  it('gives any range of the tar from the blocks that hold it', async () => {
    const { lines, gzip, tar } = indexed()
    expect((await joined(gunzip(Readable.from([gzip])))).equals(tar)).toBe(true)
    const index = (await readIndex(indexOf(lines)))!
    let fetched = 0
    const source = {
      sizeBytes: gzip.length,
      open: (range?: { start: number; end: number }) => {
        fetched += range!.end - range!.start
        return Readable.from([gzip.subarray(range!.start, range!.end)])
      },
    }
    for (const entry of index.entries) {
      const range = { start: entry.dataOffset!, end: entry.dataOffset! + entry.sizeBytes }
      const bytes = await joined(openArchiveRange(source, index, range))
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(entry.sha256)
    }
    const all = await joined(openArchiveRange(source, index, { start: 0, end: tar.length }))
    expect(all.equals(tar)).toBe(true)
    fetched = 0
    await joined(openArchiveRange(source, index, { start: 5000, end: 5001 }))
    expect(fetched).toBe(index.blocks[2]!.gzipOffset - index.blocks[1]!.gzipOffset)
    expect(blocksFor(index.blocks, { start: 0, end: 1 }, gzip.length).first).toEqual(index.blocks[0])
    await expect(
      joined(openArchiveRange(source, index, { start: 0, end: tar.length + 1 })),
    ).rejects.toMatchObject({
      code: 'invalid-input',
    })
    const short = { ...source, sizeBytes: 100 }
    await expect(joined(openArchiveRange(short, index, { start: 9000, end: 9001 }))).rejects.toMatchObject({
      code: 'archive-damaged',
    })
  })

  it('counts as absent when anything about it is wrong', async () => {
    const { lines } = indexed()
    const last = lines.length - 1
    const with1 = (at: number, change: object) =>
      lines.map((line, n) => (n === at ? { ...(line as object), ...change } : line))
    const wrong: readonly (readonly unknown[])[] = [
      [],
      lines.slice(1),
      lines.slice(0, -1),
      [...lines, lines[1]],
      lines.toSpliced(3, 1),
      lines.toSpliced(3, 0, 'text'),
      lines.toSpliced(3, 0, null),
      lines.toSpliced(3, 0, []),
      with1(0, { version: 2 }),
      with1(0, { format: 'other' }),
      with1(1, { p: '../up' }),
      with1(1, { p: '/abs' }),
      with1(1, { p: 5 }),
      with1(1, { t: '__proto__' }),
      with1(1, { t: 'l' }),
      with1(1, { t: 'h', s: 0, l: '../../x' }),
      with1(1, { t: 'd', s: 7 }),
      with1(1, { s: -1 }),
      with1(1, { s: 1.5 }),
      with1(1, { s: 1e300 }),
      with1(1, { m: 0o10000 }),
      with1(1, { n: '1e9' }),
      with1(1, { h: 'abc' }),
      with1(1, { d: 100 }),
      with1(2, { o: 0 }),
      with1(last, { entries: 7 }),
      with1(last, { tar_bytes: 10 }),
      with1(last, { blocks: [] }),
      with1(last, { blocks: [[5, 10]] }),
      with1(last, {
        blocks: [
          [0, 10],
          [0, 20],
        ],
      }),
      with1(last, {
        blocks: [
          [0, 10],
          [9, 5],
        ],
      }),
      with1(last, { blocks: [[0, 1e12]] }),
    ]
    for (const [at, each] of wrong.entries())
      expect([at, await readIndex(indexOf(each))]).toEqual([at, undefined])
    expect(await readIndex(Readable.from([Buffer.from('no gzip')]))).toBeUndefined()
    expect(await readIndex(indexOf(lines), { maxIndexBytes: 100 })).toBeUndefined()
  })

  it('does not take a lost connection for an absent index', async () => {
    const lost = new Readable({
      read() {
        this.destroy(Object.assign(new Error('lost'), { code: 'ECONNRESET' }))
      },
    })
    await expect(readIndex(lost)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})

interface Theirs {
  readonly path: string
  readonly kind: string
  readonly mode: number
  readonly mtimeMs: number
  readonly linkTarget: string
  readonly content: Buffer
}

const NPM_KINDS: Readonly<Record<string, string>> = {
  File: 'file',
  OldFile: 'file',
  Directory: 'directory',
  SymbolicLink: 'symlink',
  Link: 'hardlink',
}

/** The same archive through an independent parser. */
function npmTar(path: string): Promise<Theirs[]> {
  return new Promise((resolve, reject) => {
    const found: Theirs[] = []
    const parser = new Parser({
      onReadEntry(entry: ReadEntry) {
        const chunks: Buffer[] = []
        entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
        entry.on('end', () =>
          found.push({
            path: entry.path.replace(/\/+$/, ''),
            kind: NPM_KINDS[entry.type] ?? entry.type,
            mode: entry.mode ?? 0,
            mtimeMs: Math.floor(entry.mtime?.getTime() ?? 0),
            linkTarget: entry.linkpath ?? '',
            content: Buffer.concat(chunks),
          }),
        )
      },
    })
    parser.on('end', () => resolve(found))
    parser.on('error', reject)
    parser.end(readFileSync(path))
  })
}
