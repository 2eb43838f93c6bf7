import { createHash } from 'node:crypto'
import { crc32, inflateRawSync, constants as zlib } from 'node:zlib'
import { type ArchiveEntry, BLOCK_BYTES, type GzipBlock } from '../../archive/entry.ts'
import type { RangeSource } from '../../archive/read/archive-source.ts'
import { gunzip } from '../../archive/read/gunzip.ts'
import { damagedArchive } from '../../archive/read/read-limits.ts'
import { createTarParser } from '../../archive/read/tar-parser.ts'
import { GZIP_HEADER, gzipTrailer } from '../../archive/write/gzip-frame.ts'
import { IndexWriter } from '../../archive/write/index-writer.ts'
import { EverstowError } from '../../model/errors.ts'

/** Where an index is made again, and which archive it is of. */
export interface IndexAgainOrder {
  /** The file to write; not renamed. */
  readonly path: string
  readonly archiveName: string
  /** What the archive must hash to, where that is known; hex. */
  readonly sha256?: string
  readonly md5?: string
  readonly signal?: AbortSignal
}

/** As an empty stored block ends what was flushed. */
const FLUSHED = Buffer.of(0, 0, 0xff, 0xff)
const MAX_BLOCK_BYTES = BLOCK_BYTES + 4096
/** Content may look like the end of a block, but hardly often. */
const MOST_TRIES = 64
/** A hostile archive makes a thousand empty files of one byte. */
const MOST_ENTRIES = 20_000_000

/** Thrown where an archive is not made of blocks as ours are. */
class OtherBlocks extends Error {}

/**
 * Makes the index of an archive by reading it once from its start, into a file of our own. Blocks of our archives are found again, so that the index is as good as
 * the one they had; any other gzip'd tar gets one without blocks, which says what is in it. `archive-damaged` where the archive is not what it should be.
 */
export async function indexAgain(source: RangeSource, order: IndexAgainOrder): Promise<void> {
  try {
    await write(source, order, (input) => ownBlocks(input))
  } catch (error) {
    if (!(error instanceof OtherBlocks)) throw error
    await write(source, order, anyBlocks)
  }

  async function* anyBlocks(input: AsyncIterable<Uint8Array>): AsyncGenerator<TarPart> {
    const { signal } = order
    for await (const tar of gunzip(input, signal ? { signal } : {})) yield { tar }
  }
}

/** Some of the tar; a block of our own says where it starts. */
interface TarPart {
  readonly tar: Uint8Array
  readonly gzipOffset?: number
}

async function write(
  source: RangeSource,
  { path, archiveName, sha256, md5, signal }: IndexAgainOrder,
  partsOf: (input: AsyncIterable<Uint8Array>) => AsyncGenerator<TarPart>,
): Promise<void> {
  const hashes = { sha256: createHash('sha256'), md5: createHash('md5') }
  const entries = createEntryList()
  const blocks: GzipBlock[] = []
  const sums: Buffer[] = []
  let tarBytes = 0
  for await (const { tar, gzipOffset } of partsOf(hashed())) {
    if (signal?.aborted) throw new EverstowError('cancelled')
    if (gzipOffset !== undefined) {
      blocks.push({ tarOffset: tarBytes, gzipOffset })
      sums.push(createHash('sha256').update(tar).digest())
    }
    tarBytes += tar.byteLength
    entries.parser.write(tar)
  }
  entries.parser.end()
  const found = { sha256: hashes.sha256.digest('hex'), md5: hashes.md5.digest('hex') }
  const isOther = sha256 ? found.sha256 !== sha256 : md5 !== undefined && md5 !== '' && found.md5 !== md5
  if (isOther) throw damagedArchive('checksum')
  const writer = new IndexWriter(path, archiveName)
  try {
    for (const entry of entries.list()) writer.add(entry)
    const archive = { tarBytes, sizeBytes: source.sizeBytes, sha256: found.sha256 }
    writer.finish({ ...archive, blocks, sums: Buffer.concat(sums) })
  } finally {
    writer.close()
  }

  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.open()) {
      hashes.sha256.update(chunk)
      hashes.md5.update(chunk)
      yield chunk
    }
  }
}

/** Gathers the entries of a tar with the checksums of their contents. Of a path that comes twice the later counts. */
function createEntryList() {
  const found = new Map<string, ArchiveEntry>()
  let current: ArchiveEntry | undefined
  let hash = createHash('sha256')
  const keyOf = ({ path, rawPath }: ArchiveEntry) =>
    rawPath ? `\0${Buffer.from(rawPath).toString('latin1')}` : path
  const keep = (entry: ArchiveEntry) => {
    const key = keyOf(entry)
    // At the end, where the later one stands in the tar.
    if (found.size === MOST_ENTRIES)
      throw new EverstowError('archive-too-large', { data: { limitEntries: MOST_ENTRIES } })
    found.delete(key)
    found.set(key, entry)
  }
  const parser = createTarParser({
    entry(entry) {
      current = entry
      hash = createHash('sha256')
      if (entry.kind !== 'file') keep(entry)
      return entry.kind === 'file'
    },
    content: (bytes) => void hash.update(bytes),
    endEntry() {
      if (current) keep({ ...current, sha256: hash.digest('hex') })
    },
    refused() {},
  })
  return { parser, list: () => found.values() }
}

/** The blocks of an archive of ours, each inflated alone: that it can be is what makes it a place to start from. */
async function* ownBlocks(input: AsyncIterable<Uint8Array>): AsyncGenerator<TarPart> {
  const chunks = input[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let isOver = false
  let gzipOffset = GZIP_HEADER.length
  let tarBytes = 0
  let crc = 0

  try {
    await fill(GZIP_HEADER.length)
    if (!held.subarray(0, GZIP_HEADER.length).equals(GZIP_HEADER)) throw new OtherBlocks()
    held = held.subarray(GZIP_HEADER.length)
    for (;;) {
      // A block, and the end of the archive behind it.
      await fill(MAX_BLOCK_BYTES + 11)
      if (isOver && held.equals(gzipTrailer(crc, tarBytes))) return
      const { tar, sizeBytes } = firstBlock(held)
      yield { tar, gzipOffset }
      tarBytes += tar.length
      crc = crc32(tar, crc)
      held = held.subarray(sizeBytes)
      gzipOffset += sizeBytes
    }
  } finally {
    await chunks.return?.(undefined)
  }

  async function fill(wantedBytes: number): Promise<void> {
    const pieces: Uint8Array[] = [held]
    let bytes = held.length
    while (!isOver && bytes < wantedBytes) {
      const step = await chunks.next()
      if (step.done) isOver = true
      else {
        pieces.push(step.value)
        bytes += step.value.byteLength
      }
    }
    if (pieces.length > 1) held = Buffer.concat(pieces)
  }
}

function firstBlock(held: Buffer): { readonly tar: Buffer; readonly sizeBytes: number } {
  let from = 0
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const at = held.indexOf(FLUSHED, from)
    const sizeBytes = at + FLUSHED.length
    if (at < 0 || sizeBytes > MAX_BLOCK_BYTES) break
    const tar = inflatedAlone(held.subarray(0, sizeBytes))
    // Only the last one is shorter.
    const isLast = held.length === sizeBytes + 10 && held.readUInt16LE(sizeBytes) === 3
    if (tar?.length === BLOCK_BYTES || (tar && tar.length > 0 && isLast)) return { tar, sizeBytes }
    from = at + 1
  }
  throw new OtherBlocks()
}

function inflatedAlone(bytes: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: BLOCK_BYTES })
  } catch {
    // Refers to what was before it, or is no whole block yet: the next place may do.
    return undefined
  }
}
