import { Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

/** Something to pack. */
export interface ZipEntry {
  readonly kind: 'file' | 'directory' | 'symlink'
  /** Relative, `/` between names, none at the end. */
  readonly path: Buffer
  readonly linkTarget?: Buffer
  readonly sizeBytes: number
  /** Permission bits. */
  readonly mode: number
  readonly mtimeNs: bigint
  readonly uid: number
  readonly gid: number
  /** The content of a file. */
  readonly read?: () => Iterable<Uint8Array>
}

const LOCAL = 0x04034b50
const DESCRIPTOR = 0x08074b50
const CENTRAL = 0x02014b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const END = 0x06054b50
/** Version 4.5: ZIP64. Made by Unix, so that modes and links are understood. */
const VERSION = 45
const MADE_BY_UNIX = 3 << 8
/** Names are UTF-8; sizes come after the content. */
const UTF8 = 0x0800
const SIZES_FOLLOW = 0x0008
const DEFLATED = 8
const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const
const MS_DOS_FOLDER = 0x10
const FULL = 0xffffffff

/**
 * A ZIP file (PKWARE's APPNOTE 6.3.10, with ZIP64 for every entry: nobody knows a size before it was read), piece by piece. Modes and links are in the
 * way Info-ZIP writes them, exact times in its extended timestamps. Names that are not UTF-8 are written as they are, without the mark that they were.
 */
export async function* zipOf(entries: Iterable<ZipEntry>): AsyncIterable<Uint8Array> {
  const central: Buffer[] = []
  let at = 0
  let count = 0
  for (const entry of entries) {
    const startsAt = at
    const head = localHeader(entry)
    yield head
    at += head.byteLength
    let crc = 0
    let sizeBytes = 0
    let packedBytes = 0
    for await (const piece of packed(entry, (bytes) => {
      crc = crc32(bytes, crc)
      sizeBytes += bytes.byteLength
    })) {
      packedBytes += piece.byteLength
      yield piece
    }
    const sizes = { crc, sizeBytes, packedBytes }
    const tail = descriptor(sizes)
    yield tail
    at += packedBytes + tail.byteLength
    central.push(centralHeader(entry, sizes, startsAt))
    count++
  }
  const directory = Buffer.concat(central)
  yield directory
  yield endOf(count, directory.byteLength, at)
}

interface Sizes {
  readonly crc: number
  readonly sizeBytes: number
  readonly packedBytes: number
}

async function* packed(entry: ZipEntry, onContent: (bytes: Uint8Array) => void): AsyncIterable<Uint8Array> {
  const content = entry.kind === 'symlink' ? [entry.linkTarget ?? Buffer.alloc(0)] : (entry.read?.() ?? [])
  const seen = function* (): Iterable<Uint8Array> {
    for (const piece of content) {
      onContent(piece)
      yield piece
    }
  }
  if (entry.kind === 'directory') return
  yield* Readable.from(seen()).compose(createDeflateRaw()) as AsyncIterable<Uint8Array>
}

function localHeader(entry: ZipEntry): Buffer {
  const name = nameOf(entry)
  const extra = timeExtra(entry)
  const head = Buffer.alloc(30)
  head.writeUInt32LE(LOCAL, 0)
  writeCommon(head, 4, entry, name, extra.byteLength)
  return Buffer.concat([head, name, extra])
}

/** Version, flags, method, time, sizes that follow later, lengths: the same in both headers. */
function writeCommon(head: Buffer, at: number, entry: ZipEntry, name: Buffer, extraBytes: number): void {
  head.writeUInt16LE(VERSION, at)
  const isText = name.equals(Buffer.from(name.toString('utf8')))
  head.writeUInt16LE(SIZES_FOLLOW | (isText ? UTF8 : 0), at + 2)
  head.writeUInt16LE(entry.kind === 'directory' ? 0 : DEFLATED, at + 4)
  head.writeUInt32LE(dosTime(entry.mtimeNs), at + 6)
  head.writeUInt16LE(name.byteLength, at + 22)
  head.writeUInt16LE(extraBytes, at + 24)
}

function descriptor({ crc, sizeBytes, packedBytes }: Sizes): Buffer {
  const tail = Buffer.alloc(24)
  tail.writeUInt32LE(DESCRIPTOR, 0)
  tail.writeUInt32LE(crc, 4)
  tail.writeBigUInt64LE(BigInt(packedBytes), 8)
  tail.writeBigUInt64LE(BigInt(sizeBytes), 16)
  return tail
}

function centralHeader(entry: ZipEntry, { crc, sizeBytes, packedBytes }: Sizes, startsAt: number): Buffer {
  const name = nameOf(entry)
  const sizes = Buffer.alloc(28)
  sizes.writeUInt16LE(1, 0)
  sizes.writeUInt16LE(24, 2)
  sizes.writeBigUInt64LE(BigInt(sizeBytes), 4)
  sizes.writeBigUInt64LE(BigInt(packedBytes), 12)
  sizes.writeBigUInt64LE(BigInt(startsAt), 20)
  const extra = Buffer.concat([sizes, timeExtra(entry).subarray(0, TIME_BYTES)])
  const head = Buffer.alloc(46)
  head.writeUInt32LE(CENTRAL, 0)
  head.writeUInt16LE(VERSION | MADE_BY_UNIX, 4)
  writeCommon(head, 6, entry, name, extra.byteLength)
  head.writeUInt32LE(crc, 16)
  head.writeUInt32LE(FULL, 20)
  head.writeUInt32LE(FULL, 24)
  const isFolder = entry.kind === 'directory'
  const attributes = (TYPE_BITS[entry.kind] | entry.mode) * 0x10000 + (isFolder ? MS_DOS_FOLDER : 0)
  head.writeUInt32LE(attributes, 38)
  head.writeUInt32LE(FULL, 42)
  return Buffer.concat([head, name, extra])
}

/** The last pieces, always with those of ZIP64. */
function endOf(count: number, directoryBytes: number, directoryAt: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22)
  end.writeUInt32LE(END64, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(VERSION | MADE_BY_UNIX, 12)
  end.writeUInt16LE(VERSION, 14)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(directoryBytes), 40)
  end.writeBigUInt64LE(BigInt(directoryAt), 48)
  end.writeUInt32LE(LOCATOR64, 56)
  end.writeBigUInt64LE(BigInt(directoryAt + directoryBytes), 64)
  end.writeUInt32LE(1, 72)
  end.writeUInt32LE(END, 76)
  end.writeUInt16LE(Math.min(count, 0xffff), 84)
  end.writeUInt16LE(Math.min(count, 0xffff), 86)
  end.writeUInt32LE(FULL, 88)
  end.writeUInt32LE(FULL, 92)
  return end
}

function nameOf({ kind, path }: ZipEntry): Buffer {
  return kind === 'directory' ? Buffer.concat([path, Buffer.from('/')]) : path
}

const TIME_BYTES = 9

/** Info-ZIP's extended timestamp: seconds since 1970, where they fit. */
function timeExtra({ mtimeNs }: ZipEntry): Buffer {
  const extra = Buffer.alloc(TIME_BYTES)
  extra.writeUInt16LE(0x5455, 0)
  extra.writeUInt16LE(5, 2)
  extra.writeUInt8(1, 4)
  const seconds = mtimeNs / 1_000_000_000n
  const fits = seconds > -(2n ** 31n) && seconds < 2n ** 31n
  extra.writeInt32LE(fits ? Number(seconds) : 0, 5)
  return extra
}

/** Local time in steps of two seconds, from 1980 on. */
function dosTime(mtimeNs: bigint): number {
  const at = new Date(Number(mtimeNs / 1_000_000n))
  const year = Math.min(Math.max(at.getFullYear(), 1980), 2107)
  const day = ((year - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate()
  const time = (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1)
  return ((day << 16) | time) >>> 0
}
