import { createHash } from 'node:crypto'
import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { tarEntry, tarOf } from './tar-builder.ts'

/** A file of an indexed archive, or with `linkTo` a hard link to an earlier one. */
export interface IndexedFile {
  readonly path: string
  readonly content?: Buffer
  readonly linkTo?: string
}

export interface IndexedArchive {
  readonly tar: Buffer
  readonly gzip: Buffer
  readonly sha256: string
  /** Lines of the index as objects, for tests that change them. */
  readonly lines: readonly unknown[]
}

/** An archive in the shape of our own, with an index: deflate blocks flushed apart, so that each can be read alone. */
export function indexedArchive(files: readonly IndexedFile[], blockBytes = 4096): IndexedArchive {
  const entries = files.map(({ path, content, linkTo }) =>
    tarEntry(linkTo ? { name: path, type: '1', linkName: linkTo } : { name: path, content: content ?? '' }),
  )
  const tar = tarOf(...entries)
  const parts: Buffer[] = [Buffer.from('1f8b08000000000000ff', 'hex')]
  const blocks: [number, number][] = []
  let gzipOffset = parts[0]!.length
  for (let at = 0; at < tar.length; at += blockBytes) {
    const block = deflateRawSync(tar.subarray(at, at + blockBytes), { finishFlush: constants.Z_FULL_FLUSH })
    blocks.push([at, gzipOffset])
    parts.push(block)
    gzipOffset += block.length
  }
  const trailer = Buffer.alloc(10)
  trailer.writeUInt8(3, 0)
  trailer.writeUInt32LE(crc32(tar), 2)
  trailer.writeUInt32LE(tar.length, 6)
  const gzip = Buffer.concat([...parts, trailer])
  const lines: unknown[] = [
    { format: 'everstow-archive-index', version: 1, archive: 'a.tar.gz', later: true },
  ]
  let o = 0
  for (const [at, { path, content = Buffer.alloc(0), linkTo }] of files.entries()) {
    const common = { p: path, m: 0o644, n: '1700000000000000000', o, d: o + 512, unknown: 1 }
    const h = createHash('sha256').update(content).digest('hex')
    lines.push(linkTo ? { ...common, t: 'h', l: linkTo } : { ...common, t: 'f', s: content.length, h })
    o += entries[at]!.length
  }
  lines.push({ end: true, entries: files.length, tar_bytes: tar.length, gzip_bytes: gzip.length, blocks })
  return { tar, gzip, sha256: createHash('sha256').update(gzip).digest('hex'), lines }
}

/** The index file made of such lines. */
export function indexFile(lines: readonly unknown[]): Buffer {
  return gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
