import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type ArchiveProgress, createArchive } from '../../main/engine/archive/write/create-archive.ts'
import {
  ground,
  hex,
  inSource,
  isRoot,
  linux,
  listTar,
  options,
  readIndex,
  runChild,
  slowText,
  source,
  spool,
} from './archive-write-ground.ts'

describe('an archive', () => {
  it('has the digests, sizes and counts it says', async () => {
    writeFileSync(inSource('a'), 'hello')
    writeFileSync(inSource('big'), slowText(3_000_000))
    mkdirSync(inSource('empty'))
    symlinkSync('a', inSource('link'))
    linkSync(inSource('a'), inSource('other name'))
    const result = await createArchive(options())
    const bytes = readFileSync(join(spool, 'a.tar.gz'))
    expect(result).toEqual({
      files: 2,
      directories: 2,
      links: 2,
      databases: 0,
      bytesRead: 3_000_005,
      sizeBytes: bytes.length,
      md5: hex('md5', bytes),
      sha256: hex('sha256', bytes),
      skipped: [],
      skippedCount: 0,
      incomplete: false,
      roots: [{ source, prefix: 'source' }],
      leftOut: [],
      unmatched: [],
    })
    expect(readdirSync(spool).sort()).toEqual(['a.tar.gz', 'a_index.ndjson.gz'])
    expect(statSync(join(spool, 'a.tar.gz')).mode & 0o777).toBe(0o600)
    execFileSync('gzip', ['-t', join(spool, 'a.tar.gz'), join(spool, 'a_index.ndjson.gz')])
  })

  it('has an index by which any file can be read without the rest', async () => {
    const contents = new Map<string, Buffer>()
    for (let i = 0; i < 40; i++) contents.set(`f${i}`, slowText(150_000 + i))
    contents.set('zero', Buffer.alloc(0))
    for (const [name, bytes] of contents) writeFileSync(inSource(name), bytes)
    symlinkSync('f0', inSource('link'))
    const { sizeBytes, sha256 } = await createArchive(options())
    const gzip = readFileSync(join(spool, 'a.tar.gz'))
    const { first, entries, blocks, sums, last } = readIndex()
    expect(first).toEqual({ format: 'everstow-archive-index', version: 2, archive: 'a.tar.gz' })
    expect(blocks.length).toBeGreaterThan(5)
    const whole = gunzipSync(gzip)
    for (const at of blocks.keys())
      expect(sums.subarray(at * 32, (at + 1) * 32).toString('hex')).toBe(
        hex('sha256', whole.subarray(at * 2 ** 20, (at + 1) * 2 ** 20)),
      )
    expect(last).toMatchObject({
      end: true,
      entries: entries.length,
      gzip_bytes: sizeBytes,
      sha256,
      blocks: blocks.length,
      tar_bytes: whole.length,
    })
    expect(entries.map(({ p }) => p)).toEqual([
      'source',
      ...[...contents.keys(), 'link'].sort().map((n) => `source/${n}`),
    ])
    for (const { p, t, s = 0, d = 0, h, l } of entries) {
      if (t === 'l') expect(l).toBe('f0')
      if (t !== 'f') continue
      const from = blocks.findLast(([tarOffset]) => tarOffset <= d) as [number, number]
      const to = blocks.find(([tarOffset]) => tarOffset >= d + s)?.[1] ?? gzip.length - 8
      const tar = inflateRawSync(Buffer.concat([gzip.subarray(from[1], to), Buffer.of(3, 0)]))
      const content = tar.subarray(d - from[0], d - from[0] + s)
      expect(content.equals(contents.get(p.slice('source/'.length)) as Buffer)).toBe(true)
      expect(h).toBe(hex('sha256', content))
    }
  })

  it('is the same, byte for byte, however many threads make it', async () => {
    for (let i = 0; i < 30; i++) writeFileSync(inSource(`f${i}`), slowText(200_000))
    const digests = new Set<string>()
    for (const threads of [1, 2, 5]) {
      digests.add((await createArchive(options({ threads }))).sha256)
      rmSync(join(spool, 'a.tar.gz'))
    }
    expect(digests.size).toBe(1)
  })

  it('leaves the thread that asked for it free, and tells how far it is', async () => {
    writeFileSync(inSource('big'), slowText(60_000_000))
    const seen: ArchiveProgress[] = []
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const started = performance.now()
    const result = await createArchive(options({ onProgress: (progress) => seen.push(progress) }))
    const tookMs = performance.now() - started
    clearInterval(timer)
    // Blocked for the whole of the work there would be one at most.
    expect(ticks).toBeGreaterThan(5)
    expect(seen.length).toBeGreaterThan(2)
    expect(seen.length).toBeLessThanOrEqual(tookMs / 90)
    expect(seen.at(-1)?.path).toBe('source/big')
    for (const [index, { bytesRead, bytesWritten }] of seen.entries()) {
      expect(bytesRead).toBeGreaterThan(seen[index - 1]?.bytesRead ?? 0)
      expect(bytesRead).toBeLessThanOrEqual(60_000_000)
      expect(bytesWritten).toBeLessThanOrEqual(result.sizeBytes)
    }
  })

  it('does not swallow itself when it is made inside its source', async () => {
    writeFileSync(inSource('a'), 'hello')
    symlinkSync(source, join(ground, 'alias'))
    const archivePath = join(ground, 'alias', 'a.tar.gz')
    const result = await createArchive(options({ archivePath }))
    expect(result).toMatchObject({ incomplete: false, files: 1 })
    expect(readIndex().entries.map(({ p }) => p)).toEqual(['source', 'source/a'])
  })

  it('leaves out its own spool and what it was told to, and says so', async () => {
    writeFileSync(inSource('a'), 'hello')
    mkdirSync(inSource('home'))
    const result = await createArchive(
      options({
        archivePath: inSource('home', 'a.tar.gz'),
        indexPath: join(spool, 'a_index.ndjson.gz'),
        neverInclude: [inSource('home')],
      }),
    )
    expect(result).toMatchObject({ leftOut: [inSource('home')], incomplete: false, skippedCount: 0 })
    expect(readIndex().entries.map(({ p }) => p)).toEqual(['source', 'source/a'])
  })
})

describe('what cannot be read', () => {
  it.runIf(linux)('is named and makes the backup incomplete', async () => {
    writeFileSync(inSource('a'), 'hello')
    const result = await createArchive(options({ sources: [source, '/proc/self/mem'] }))
    expect(result).toMatchObject({
      incomplete: true,
      files: 1,
      skippedCount: 1,
      skipped: [{ path: expect.stringMatching(/^\/proc\/\d+\/mem$/), reason: 'unreadable', code: 'EIO' }],
    })
  })

  it.runIf(linux)('does not count pipes and sockets as missing', async () => {
    execFileSync('mkfifo', [inSource('pipe')])
    const result = await createArchive(options())
    expect(result).toMatchObject({ incomplete: false, skippedCount: 1, skipped: [{ reason: 'special' }] })
  })

  it.runIf(linux && isRoot)('is left out where the owner forbids it, file and folder alike', () => {
    writeFileSync(inSource('open'), 'x')
    writeFileSync(inSource('closed'), 'x', { mode: 0 })
    mkdirSync(inSource('locked'))
    writeFileSync(inSource('locked', 'inside'), 'x')
    mkdirSync(inSource('listed'))
    writeFileSync(inSource('listed', 'inside'), 'x')
    chmodSync(inSource('locked'), 0)
    chmodSync(inSource('listed'), 0o444)
    chmodSync(ground, 0o755)
    chmodSync(spool, 0o777)
    const { result } = runChild({ uid: 65534 })
    expect(result?.incomplete).toBe(true)
    expect(result?.skipped).toEqual([
      { path: inSource('closed'), reason: 'unreadable', code: 'EACCES' },
      { path: inSource('listed', 'inside'), reason: 'unreadable', code: 'EACCES' },
      { path: inSource('locked'), reason: 'unreadable', code: 'EACCES' },
    ])
    expect(listTar()).toEqual(['source/', 'source/listed/', 'source/locked/', 'source/open'])
  })
})

describe('files that change meanwhile', () => {
  /** Runs once, as soon as the archive is being written. */
  const once = (run: () => void) => {
    let done = false
    return () => {
      if (!done) run()
      done = true
    }
  }

  it('are packed again up to 64 MiB; the index names the copy that counts, and tar extracts it', async () => {
    writeFileSync(inSource('file'), slowText(40_000_000))
    const result = await createArchive(
      options({ onProgress: once(() => appendFileSync(inSource('file'), 'the end')) }),
    )
    expect(result).toMatchObject({ files: 1, incomplete: false, bytesRead: 40_000_007 })
    expect(listTar()).toEqual(['source/', 'source/file', 'source/file'])
    expect(readIndex().entries).toHaveLength(2)
    expect(readIndex().entries[1]).toMatchObject({
      s: 40_000_007,
      h: hex('sha256', readFileSync(inSource('file'))),
    })
    execFileSync('tar', ['-xzf', join(spool, 'a.tar.gz'), '-C', spool])
    expect(readFileSync(join(spool, 'source/file')).equals(readFileSync(inSource('file')))).toBe(true)
  })

  it('are reported above that, and the archive stays whole', async () => {
    writeFileSync(inSource('file'), slowText(30_000_000))
    truncateSync(inSource('file'), 200_000_000)
    writeFileSync(inSource('next'), 'after it')
    const result = await createArchive(
      options({ onProgress: once(() => truncateSync(inSource('file'), 100_000_000)) }),
    )
    expect(result).toMatchObject({
      incomplete: true,
      skipped: [{ path: inSource('file'), reason: 'changed' }],
    })
    expect(listTar()).toEqual(['source/', 'source/file', 'source/next'])
    expect(readIndex().entries[1]).toMatchObject({ s: 200_000_000 })
  })

  it.runIf(linux)('cannot spoil the archive, however many and however fast', async () => {
    mkdirSync(inSource('hot'))
    const script = `
      const fs = require('node:fs')
      for (let n = 0; ; n++) {
        const path = ${JSON.stringify(inSource('hot'))} + '/f' + (n % 40)
        if (n % 7 === 0) fs.rmSync(path, { force: true })
        else if (n % 5 === 0) fs.writeFileSync(path, Buffer.alloc((n * 7919) % 2000000, 'x'))
        else fs.appendFileSync(path, Buffer.alloc((n * 104729) % 300000, 'y'))
        if (n === 100) process.stdout.write('hot')
      }`
    const writer = spawn(process.execPath, ['-e', script])
    await new Promise((resolve) => writer.stdout.once('data', resolve))
    const result = await createArchive(options())
    writer.kill('SIGKILL')
    execFileSync('gzip', ['-t', join(spool, 'a.tar.gz')])
    const { entries } = readIndex()
    expect(new Set(listTar()).size).toBe(entries.length)
    expect(entries.filter(({ t }) => t === 'f')).toHaveLength(result.files)
    for (const { reason } of result.skipped) expect(['changed', 'vanished']).toContain(reason)
  })
})
