import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlockRing } from '../../main/engine/archive/write/block-ring.ts'
import { packFile, SMALL_FILE_BYTES } from '../../main/engine/archive/write/pack-file.ts'
import { TarOutput } from '../../main/engine/archive/write/tar-output.ts'
import type { SkippedItem } from '../../main/engine/sources/files/skipped-items.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-pack-')))
  path = join(folder, 'file')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const MIB = 1 << 20

/** Packs `path`; `meanwhile` runs after each piece was read, with the number of the piece. The header is 512 zeros. */
function pack(meanwhile: (piece: number) => void = () => {}) {
  const ring = BlockRing.create(16)
  const tar = new TarOutput(ring)
  const skipped: SkippedItem[] = []
  const sizes: number[] = []
  let readBytes = 0
  let pieces = 0
  const packed = packFile(
    {
      path: 'file',
      rawPath: undefined,
      fsPath: path,
      kind: 'file',
      stats: lstatSync(path, { bigint: true, throwIfNoEntry: false })!,
    },
    {
      tar,
      scratch: Buffer.alloc(SMALL_FILE_BYTES + 1),
      databases: {
        copyPath: `${path}.copy`,
        now: Date.now,
        monotonicMs: () => performance.now(),
        checkpoint: () => {},
      },
      writeHeader(_, sizeBytes) {
        const offset = tar.offset
        sizes.push(sizeBytes)
        tar.zeros(512)
        return offset
      },
      onRead(bytes) {
        readBytes += bytes
        if (bytes > 0) meanwhile(++pieces)
      },
      onSkipped: (item) => skipped.push(item),
    },
  )
  const tarBytes = tar.end()
  const blocks: Uint8Array[] = []
  for (let block = 0; block * MIB < tarBytes; block++) blocks.push(ring.takeFilled()!.bytes)
  const bytes = Buffer.concat(blocks)
  const content = packed && bytes.subarray(packed.dataOffset, packed.dataOffset + packed.sizeBytes)
  return { packed, skipped, sizes, readBytes, content, tarBytes }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const changed = (): SkippedItem[] => [{ path, reason: 'changed' }]

describe('packing one file', () => {
  it.each([0, 1, 511, 512, 513, MIB - 1, MIB, MIB + 1, 3 * MIB, 5 * MIB + 7])('of %i bytes', (size) => {
    const bytes = Buffer.alloc(size, 'everstow ')
    writeFileSync(path, bytes)
    const { packed, content, skipped, readBytes, tarBytes } = pack()
    expect(skipped).toEqual([])
    expect(packed).toMatchObject({ sizeBytes: size, tarOffset: 0, dataOffset: 512, sha256: sha256(bytes) })
    expect(content?.equals(bytes)).toBe(true)
    expect(readBytes).toBe(size)
    expect(tarBytes % 512).toBe(0)
    expect(tarBytes).toBe(512 + Math.ceil(size / 512) * 512 + 1024)
  })

  it('reads holes as zeros', () => {
    writeFileSync(path, 'start')
    truncateSync(path, 4 * MIB)
    const { content, skipped } = pack()
    expect(skipped).toEqual([])
    expect(content?.subarray(0, 5).toString()).toBe('start')
    expect(content?.subarray(5).every((byte) => byte === 0)).toBe(true)
  })

  it.runIf(process.platform === 'linux')('reads files of the kernel that claim no size', () => {
    path = '/proc/version'
    expect(pack().content?.toString()).toContain('Linux')
  })
})

describe('a small file that changes while it is read', () => {
  it('is read once more, and then is right', () => {
    writeFileSync(path, 'old')
    const { content, packed, skipped, sizes, readBytes } = pack((piece) => {
      if (piece === 1) writeFileSync(path, 'new and longer')
    })
    expect(skipped).toEqual([])
    expect(content?.toString()).toBe('new and longer')
    expect(packed?.sha256).toBe(sha256(Buffer.from('new and longer')))
    expect(sizes).toEqual([14])
    expect(readBytes).toBe(14)
  })

  it('is kept as read, and reported, when it does not come to rest', () => {
    writeFileSync(path, 'x')
    const { content, skipped } = pack(() => appendFileSync(path, 'y'))
    expect(content?.toString()).toBe('xy')
    expect(skipped).toEqual(changed())
  })

  it('is noticed even if only its attributes or its end changed', () => {
    writeFileSync(path, 'x')
    expect(pack(() => utimesSync(path, 1, Math.random() * 1e9)).skipped).toEqual(changed())
    expect(pack((piece) => truncateSync(path, piece)).skipped).toEqual(changed())
    expect(pack((piece) => piece === 1 && chmodSync(path, 0o600)).packed?.stats.mode).toBe(0o100600n)
  })

  it('may grow out of being small', () => {
    writeFileSync(path, 'x')
    const { content, skipped, packed } = pack((piece) => {
      if (piece === 1) writeFileSync(path, Buffer.alloc(3 * MIB, 'z'))
    })
    expect(skipped).toEqual([])
    expect(packed?.sizeBytes).toBe(3 * MIB)
    expect(content?.every((byte) => byte === 0x7a)).toBe(true)
  })
})

describe('a large file that changes while it is read', () => {
  beforeEach(() => writeFileSync(path, Buffer.alloc(3 * MIB, 'a')))

  it('is packed once more, and the second counts', () => {
    const { content, packed, skipped, sizes, readBytes } = pack((piece) => {
      if (piece === 1) writeFileSync(path, Buffer.alloc(2 * MIB, 'b'))
    })
    expect(skipped).toEqual([])
    expect(sizes).toEqual([3 * MIB, 2 * MIB])
    expect(packed).toMatchObject({ tarOffset: 512 + 3 * MIB, sizeBytes: 2 * MIB })
    expect(content?.every((byte) => byte === 0x62)).toBe(true)
    expect(packed?.sha256).toBe(sha256(Buffer.alloc(2 * MIB, 'b')))
    expect(readBytes).toBe(2 * MIB)
  })

  it('is filled up with zeros when it keeps shrinking, and reported', () => {
    const { content, packed, skipped } = pack((piece) => truncateSync(path, piece < 4 ? 2 * MIB : 1.5 * MIB))
    expect(skipped).toEqual(changed())
    expect(packed?.sizeBytes).toBe(2 * MIB)
    expect(content?.lastIndexOf('a')).toBeLessThan(2 * MIB - 1)
    expect(packed?.sha256).toBe(sha256(content!))
  })

  it('is cut at its announced size when it keeps growing, and reported', () => {
    const { packed, skipped, sizes, content } = pack(() => appendFileSync(path, 'b'))
    expect(skipped).toEqual(changed())
    expect(sizes).toHaveLength(2)
    expect(packed?.sizeBytes).toBe(sizes[1])
    expect(content?.length).toBe(sizes[1])
  })
})

describe('a file that cannot be read', () => {
  it('is reported when it is gone', () => {
    expect(pack()).toMatchObject({
      packed: undefined,
      skipped: [{ path, reason: 'vanished', code: 'ENOENT' }],
    })
  })

  it('is reported when a link, folder or other thing took its place, which is not followed', async () => {
    writeFileSync(join(folder, 'secret'), 'secret')
    symlinkSync('secret', path)
    expect(pack()).toMatchObject({ packed: undefined, skipped: [{ path, reason: 'changed' }] })
    path = folder
    expect(pack()).toMatchObject({ packed: undefined, skipped: [{ reason: 'changed' }] })
    path = join(folder, 'socket')
    const server = createServer().listen(path)
    await new Promise((resolve) => server.once('listening', resolve))
    expect(pack()).toMatchObject({ packed: undefined, skipped: [{ reason: 'changed', code: 'ENXIO' }] })
    server.close()
  })

  it.runIf(process.platform === 'linux')('is reported with what the system says', () => {
    path = '/proc/self/mem'
    expect(pack()).toMatchObject({
      packed: undefined,
      skipped: [{ path, reason: 'unreadable', code: 'EIO' }],
    })
  })

  it('counts the new file when another was moved over it', () => {
    writeFileSync(path, 'old')
    writeFileSync(join(folder, 'next'), 'next')
    linkSync(path, join(folder, 'other name'))
    renameSync(join(folder, 'next'), path)
    expect(pack().content?.toString()).toBe('next')
  })
})
