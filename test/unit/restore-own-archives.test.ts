import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ArchiveEntry } from '../../main/engine/archive/entry.ts'
import { gunzip } from '../../main/engine/archive/read/gunzip.ts'
import { type ArchiveIndex, readIndex } from '../../main/engine/archive/read/read-index.ts'
import { type ArchiveResult, createArchive } from '../../main/engine/archive/write/create-archive.ts'
import { restoreArchive } from '../../main/engine/restore/archive/restore-archive.ts'
import { readTar } from '../ground/read-tar.ts'

// What our writer makes, our reader and restore must give back: through the archive, and through its index.
let folder = ''
let source = ''
let archivePath = ''
let made: ArchiveResult
let index: ArchiveIndex

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'own-archives-'))
  source = join(folder, 'source')
  mkdirSync(join(source, 'sub/empty'), { recursive: true })
  for (let n = 0; n < 400; n++) writeFileSync(join(source, `sub/file ${n}`), `content ${n}\n`.repeat(n))
  writeFileSync(join(source, 'random'), randomBytes(5_000_000))
  writeFileSync(join(source, 'zeros'), Buffer.alloc(30_000_000))
  writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from('raw \xff\xfe', 'latin1')]), 'raw name')
  writeFileSync(join(source, 'ünï\nnew "line"'), 'odd')
  writeFileSync(join(source, 'x'.repeat(255)), 'long name')
  const deep = join(source, ...Array.from({ length: 12 }, () => 'deep'.repeat(20)))
  mkdirSync(deep, { recursive: true })
  writeFileSync(join(deep, 'bottom'), 'far down')
  linkSync(join(source, 'random'), join(source, 'zz hard link'))
  symlinkSync('sub/file 7', join(source, 'link'))
  symlinkSync(Buffer.from('/raw/\xff', 'latin1'), join(source, 'rawlink'))
  chmodSync(join(source, 'sub/file 3'), 0o4711)
  utimesSync(join(source, 'sub/file 5'), 1_234_567_890.987654, 1_234_567_890.987654)
  utimesSync(join(source, 'sub/file 6'), new Date(-1_000_500), new Date(-1_000_500))
  archivePath = join(folder, 'a.tar.gz')
  made = await createArchive(
    {
      sources: [source],
      archivePath,
      indexPath: join(folder, 'a_index.ndjson.gz'),
      archiveName: 'a.tar.gz',
      threads: 2,
    },
    new AbortController().signal,
  )
  index = (await readIndex(createReadStream(join(folder, 'a_index.ndjson.gz'))))!
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const archive = () => {
  const read = { bytes: 0 }
  const { sizeBytes, sha256 } = made
  const open = (range?: { start: number; end: number }) => {
    read.bytes += range ? range.end - range.start : sizeBytes
    return createReadStream(archivePath, range && { start: range.start, end: range.end - 1 })
  }
  return { read, source: { sizeBytes, sha256, open } }
}

/** Mode, names, links and content of everything below a folder, and the times beside them. */
function facts(root: string) {
  const seen: { what: string; mtimeNs: bigint }[] = []
  const walk = (path: Buffer, name: string) => {
    const stat = lstatSync(path, { bigint: true })
    const content = stat.isFile()
      ? createHash('sha256').update(readFileSync(path)).digest('hex')
      : stat.isSymbolicLink()
        ? readlinkSync(path, { encoding: 'latin1' })
        : ''
    const mode = Number(stat.mode & ~0o6000n).toString(8)
    seen.push({
      what: `${name} ${mode} ${stat.isFile() ? stat.nlink : ''} ${content}`,
      mtimeNs: stat.mtimeNs,
    })
    if (!stat.isDirectory()) return
    for (const child of readdirSync(path, { encoding: 'buffer' })) {
      walk(Buffer.concat([path, Buffer.from('/'), child]), `${name}/${child.toString('latin1')}`)
    }
  }
  walk(Buffer.from(root), '')
  return seen.sort((a, b) => (a.what < b.what ? -1 : 1))
}

function expectSame(ours: ReturnType<typeof facts>, theirs: ReturnType<typeof facts>): void {
  expect(ours.map(({ what }) => what)).toEqual(theirs.map(({ what }) => what))
  for (const [at, { what, mtimeNs }] of ours.entries()) {
    const off = mtimeNs - theirs[at]!.mtimeNs
    expect([what, off <= 120n && off >= -120n]).toEqual([what, true])
  }
}

describe('our own archives', () => {
  it('have an index that says what the archive says', async () => {
    expect(index.gzipBytes).toBe(made.sizeBytes)
    const entries: ArchiveEntry[] = []
    let tarBytes = 0
    const counted = async function* () {
      for await (const chunk of gunzip(createReadStream(archivePath))) {
        tarBytes += chunk.byteLength
        yield chunk
      }
    }
    for await (const item of readTar(counted())) if ('entry' in item) entries.push(item.entry)
    expect(tarBytes).toBe(index.tarBytes)
    expect(index.entries.length).toBe(entries.length)
    for (const [at, entry] of entries.entries()) {
      const told = index.entries[at]!
      const facts = ({
        path,
        rawPath,
        kind,
        sizeBytes,
        mode,
        mtimeNs,
        linkTarget,
        tarOffset,
        dataOffset,
      }: ArchiveEntry) => ({
        path,
        raw: rawPath && Buffer.from(rawPath).toString('hex'),
        kind,
        sizeBytes,
        mode,
        mtimeNs,
        linkTarget,
        tarOffset,
        // Only files have content to be found.
        dataOffset: kind === 'file' ? dataOffset : undefined,
      })
      expect(facts(told)).toEqual(facts(entry))
      expect(told.sha256 !== undefined).toBe(entry.kind === 'file')
    }
  })

  it('come back whole', async () => {
    const into = join(folder, 'whole')
    const report = await restoreArchive({ source: archive().source, index, into, existing: 'skip' })
    expect(report).toMatchObject({
      refused: [],
      failed: [],
      verified: 'sha256',
      restored: made.files + made.links,
    })
    expectSame(facts(join(into, 'source')), facts(source))
  })

  it('give single files for a few bytes', async () => {
    const into = join(folder, 'part')
    const { read, source: from } = archive()
    const wanted = ['source/sub/file 7', 'source/zz hard link', 'source/link']
    const report = await restoreArchive({ source: from, index, into, paths: wanted, existing: 'skip' })
    expect(report).toMatchObject({ restored: 3, refused: [], missing: [], verified: 'sha256-of-files' })
    expect(readFileSync(join(into, 'source/sub/file 7'), 'utf8')).toBe('content 7\n'.repeat(7))
    expect(readFileSync(join(into, 'source/zz hard link')).equals(readFileSync(join(source, 'random')))).toBe(
      true,
    )
    const small = archive()
    await restoreArchive({
      source: small.source,
      index,
      into: join(folder, 'one'),
      paths: ['source/sub/file 9'],
      existing: 'skip',
    })
    expect(small.read.bytes).toBeLessThan(made.sizeBytes / 4)
    expect(read.bytes).toBeLessThanOrEqual(made.sizeBytes)
  })

  it('are unchanged when nothing has changed', async () => {
    const into = join(folder, 'whole')
    const before = facts(join(into, 'source'))
    const report = await restoreArchive({ source: archive().source, index, into, existing: 'replace' })
    const dry = await restoreArchive({
      source: archive().source,
      index,
      into,
      existing: 'replace',
      dryRun: true,
    })
    expect(report).toMatchObject({ restored: 0, replaced: 0, unchanged: made.files + made.links })
    expect([dry.unchanged, dry.replaced, dry.restored]).toEqual([report.unchanged, 0, 0])
    expectSame(facts(join(into, 'source')), before)
  })
})
