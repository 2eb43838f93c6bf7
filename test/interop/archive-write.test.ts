import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ArchiveEntry } from '../../main/engine/archive/entry.ts'
import { gunzip } from '../../main/engine/archive/read/gunzip.ts'
import { readIndex } from '../../main/engine/archive/read/read-index.ts'
import { createArchive } from '../../main/engine/archive/write/create-archive.ts'
import { encodeTarHeader, type TarHeader } from '../../main/engine/archive/write/tar-header.ts'
import { readTar } from '../ground/read-tar.ts'
import { BINARY_NAMES, EVIL_NAMES, growTree, readTree, type Seen } from './archive-write-tree.ts'

let ground: string
const at = (...names: string[]): string => join(ground, ...names)
const isRoot = process.getuid?.() === 0

const run = (command: string, args: readonly string[], input?: Uint8Array): string =>
  execFileSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    ...(input ? { input } : {}),
  })

async function archive(name: string): Promise<string> {
  const archivePath = at(`${name}.tar.gz`)
  const result = await createArchive({
    sources: [at(name)],
    archivePath,
    indexPath: at(`${name}_index.ndjson.gz`),
    archiveName: `${name}.tar.gz`,
  })
  expect(result).toMatchObject({ incomplete: false, skippedCount: 0 })
  return archivePath
}

const PYTHON = `
import sys, tarfile
# Filters came with 3.11.4; before, everything was trusted.
how = {'filter': 'fully_trusted'} if hasattr(tarfile, 'fully_trusted_filter') else {}
with tarfile.open(sys.argv[1]) as archive:
    archive.extractall(sys.argv[2], **how)
`

const tools = {
  'GNU tar': (path: string, into: string) => run('tar', ['-xpzf', path, '-C', into]),
  bsdtar: (path: string, into: string) => run('bsdtar', ['-xpf', path, '-C', into]),
  "Python's tarfile": (path: string, into: string) => run('python3', ['-c', PYTHON, path, into]),
}

describe.runIf(process.platform === 'linux')('archives, read by others', () => {
  beforeAll(async () => {
    ground = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-interop-')))
    growTree(at('evil'), EVIL_NAMES)
    growTree(at('binary'), BINARY_NAMES)
    await archive('evil')
    await archive('binary')
  })
  afterAll(() => rmSync(ground, { recursive: true, force: true }))

  it('cover more than a hundred names that break things', () => {
    expect(
      new Set([...EVIL_NAMES, ...BINARY_NAMES].map((name) => name.toString('latin1'))).size,
    ).toBeGreaterThan(100)
  })

  it('are valid gzip files of one member', () => {
    for (const name of ['evil', 'binary']) {
      run('gzip', ['-t', at(`${name}.tar.gz`)])
      const listing = run('gzip', ['-l', at(`${name}.tar.gz`)])
        .trim()
        .split(/\s+/)
      expect(listing).toContain(String(gunzipSync(readFileSync(at(`${name}.tar.gz`))).length))
    }
  })

  for (const [tool, extract] of Object.entries(tools))
    for (const tree of ['evil', 'binary'])
      it(`${tool} restores the ${tree} tree: names, kinds, modes, times, contents, links`, () => {
        const into = at(`${tree} by ${tool}`)
        mkdirSync(into)
        extract(at(`${tree}.tar.gz`), into)
        const before = readTree(at(tree))
        const after = readTree(join(into, tree))
        expect([...after.keys()]).toEqual([...before.keys()])
        const differences: string[] = []
        for (const [path, expected] of before) {
          const found = after.get(path) as Seen
          for (const key of ['kind', 'mode', 'content'] as const)
            if (found[key] !== expected[key]) differences.push(`${key} of ${JSON.stringify(path)}`)
          if (found.names.join('\0') !== expected.names.join('\0'))
            differences.push(`names of ${JSON.stringify(path)}`)
          if (!sameTime(tool, expected, found)) differences.push(`time of ${JSON.stringify(path)}`)
        }
        expect(differences).toEqual([])
      })

  it('are listed alike by all', () => {
    const gnu = run('tar', ['-tzf', at('evil.tar.gz'), '--quoting-style=literal', '--null']).split('\n')
    const python = run('python3', [
      '-c',
      'import sys, tarfile\nprint(len(tarfile.open(sys.argv[1]).getmembers()))',
      at('evil.tar.gz'),
    ])
    const entries = readTree(at('evil')).size
    expect(Number(python)).toBe(entries)
    expect(gnu.length).toBeGreaterThan(entries)
    const [listing] = gunzipSync(readFileSync(at('evil_index.ndjson.gz')))
      .toString()
      .split('\n')
      .slice(-2)
    expect(JSON.parse(listing ?? '')).toMatchObject({ entries })
  })

  it.each(['evil', 'binary'])('are read by our own reader as they were written: %s', async (name) => {
    const index = await readIndex(createReadStream(at(`${name}_index.ndjson.gz`)))
    const entries: ArchiveEntry[] = []
    for await (const item of readTar(gunzip(createReadStream(at(`${name}.tar.gz`))))) {
      if (!('entry' in item)) throw new Error(`refused: ${JSON.stringify(item.refused)}`)
      const { uid: _, gid: __, userName: ___, groupName: ____, ...entry } = item.entry
      const sha256 = createHash('sha256')
      for await (const bytes of item.content) sha256.update(bytes)
      entries.push(entry.kind === 'file' ? { ...entry, sha256: sha256.digest('hex') } : entry)
    }
    expect(entries.length).toBe(readTree(at(name)).size)
    // What has no content lies nowhere, and the bytes of a target may be given though its text says it all.
    const comparable = ({ rawLinkTarget, dataOffset, ...entry }: ArchiveEntry) => ({
      ...entry,
      target: Buffer.from(rawLinkTarget ?? entry.linkTarget ?? '').toString('hex'),
      ...(entry.kind === 'file' && { dataOffset }),
    })
    expect(index?.entries.map(comparable)).toEqual(entries.map(comparable))
  })

  it.runIf(isRoot)('carry owners by name and number', async () => {
    mkdirSync(at('owned'))
    run('sh', ['-c', 'cd "$1" && touch a b && chown 1:2 a && chown 3000000:4000000 b', 'sh', at('owned')])
    const path = await archive('owned')
    const [, a, b] = run('tar', ['-tvzf', path]).split('\n')
    expect(a).toContain('daemon/bin')
    expect(b).toContain('3000000/4000000')
    expect(run('bsdtar', ['-tvf', path])).toMatch(/3000000\s+4000000/)
  })
})

/** Python reads times as floating point and sets none on links; the others restore every nanosecond. */
function sameTime(tool: string, expected: Seen, found: Seen): boolean {
  const differenceNs = Number(found.mtimeNs - expected.mtimeNs)
  if (tool !== "Python's tarfile") return differenceNs === 0
  return expected.kind === 'symlink' || Math.abs(differenceNs) < 2000
}

describe('tar headers', () => {
  const plain: TarHeader = {
    kind: 'file',
    path: Buffer.from('a/b'),
    linkTarget: undefined,
    isBinary: false,
    sizeBytes: 5,
    mode: 0o644,
    mtimeNs: 1_700_000_000_000_000_000n,
    uid: 1000,
    gid: 1000,
    userName: 'someone',
    groupName: 'some',
  }
  const records = (header: Partial<TarHeader>): string => {
    const blocks = encodeTarHeader({ ...plain, ...header })
    if (blocks.length === 512) return ''
    const size = Number.parseInt(blocks.toString('latin1', 124, 135), 8)
    return blocks.toString('utf8', 512, 512 + size)
  }

  it('are one ustar block where that can say it all', () => {
    const block = encodeTarHeader(plain)
    expect(block.length).toBe(512)
    expect(block.toString('latin1', 0, 4)).toBe('a/b\0')
    expect(block.toString('latin1', 100, 148).split('\0')).toEqual([
      '0000644',
      '0001750',
      '0001750',
      '00000000005',
      (1_700_000_000).toString(8).padStart(11, '0'),
      '',
    ])
    expect(block.toString('latin1', 154, 156)).toBe('\0 ')
    const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0)
    expect(Number.parseInt(block.toString('latin1', 148, 154), 8)).toBe(sum)
    expect(block.toString('latin1', 156, 157)).toBe('0')
    expect(block.toString('latin1', 257, 265)).toBe('ustar\x0000')
    expect(block.toString('latin1', 265, 273)).toBe('someone\0')
  })

  it('cut paths at a slash where both parts fit', () => {
    const path = Buffer.from(`${'p'.repeat(155)}/${'n'.repeat(100)}`)
    const block = encodeTarHeader({ ...plain, path })
    expect(block.length).toBe(512)
    expect(block.toString('latin1', 0, 100)).toBe('n'.repeat(100))
    expect(block.toString('latin1', 345, 500)).toBe('p'.repeat(155))
    expect(records({ path: Buffer.from(`${'p'.repeat(156)}/n`) })).toContain('path=p')
    expect(records({ path: Buffer.from(`p/${'n'.repeat(101)}`) })).toContain('path=p/n')
  })

  it('say in pax records what does not fit, and nothing more', () => {
    expect(records({ mtimeNs: 1_500_000_000n })).toBe('13 mtime=1.5\n')
    expect(records({ mtimeNs: 1n })).toBe('21 mtime=0.000000001\n')
    expect(records({ mtimeNs: -1n })).toBe('22 mtime=-0.000000001\n')
    expect(records({ mtimeNs: -2_000_000_000n })).toBe('12 mtime=-2\n')
    expect(records({ mtimeNs: 8_589_934_592_000_000_000n })).toBe('20 mtime=8589934592\n')
    expect(records({ sizeBytes: 2 ** 33 - 1 })).toBe('')
    expect(records({ sizeBytes: 2 ** 33 })).toBe('19 size=8589934592\n')
    expect(records({ uid: 0o10000000, gid: 0o7777777 })).toBe('15 uid=2097152\n')
    expect(records({ userName: 'u'.repeat(32) })).toBe(`42 uname=${'u'.repeat(32)}\n`)
    expect(records({ groupName: 'gr\u00fcn' })).toBe('15 gname=gr\u00fcn\n')
    expect(records({ kind: 'symlink', linkTarget: Buffer.from('\u00e9') })).toBe('15 linkpath=\u00e9\n')
    expect(records({ path: Buffer.from('\u00e9') })).toBe('11 path=\u00e9\n')
    expect(records({ path: Buffer.of(0x61, 0xff), isBinary: true })).toBe(
      '21 hdrcharset=BINARY\n11 path=a\ufffd\n',
    )
  })

  it('count the digits of a record among its own length', () => {
    for (let length = 80; length < 120; length++) {
      const text = records({ path: Buffer.from(`${'\u00e9'.repeat(1)}${'x'.repeat(length)}`) })
      expect(Number.parseInt(text, 10)).toBe(Buffer.byteLength(text))
    }
    const long = records({ path: Buffer.from('x'.repeat(987)) })
    expect(Number.parseInt(long, 10)).toBe(Buffer.byteLength(long))
  })
})
