import { type ArchiveEntry, BLOCK_BYTES as GZIP_BLOCK_BYTES, type GzipBlock } from '../entry.ts'
import { BLOCKS_A_LINE, INDEX_VERSION, SUM_BYTES } from '../index-layout.ts'
import { checkEntryPath } from './entry-path.ts'
import { defaultReadLimits } from './read-limits.ts'
import { BLOCK_BYTES } from './tar-header.ts'

/** An entry of an index always knows where it lies. */
export type IndexedEntry = ArchiveEntry & { readonly tarOffset: number; readonly dataOffset: number }

const KINDS = new Map<unknown, ArchiveEntry['kind']>([
  ['f', 'file'],
  ['d', 'directory'],
  ['l', 'symlink'],
  ['h', 'hardlink'],
])

type Line = Readonly<Record<string, unknown>>

/** Version and archive's name from the first line, or undefined when this is no index we know. */
export function indexHead(line: Line): { readonly version: number; readonly archive: string } | undefined {
  const { format, version, archive } = line
  if (format !== 'everstow-archive-index' || typeof archive !== 'string') return undefined
  return version === 1 || version === INDEX_VERSION ? { version, archive } : undefined
}

/** What the last line tells of the archive. */
export interface IndexTotals {
  readonly entryCount: number
  readonly tarBytes: number
  readonly gzipBytes: number
  readonly blockCount: number
  /** Hex SHA-256 of the archive; version 1 does not say. */
  readonly archiveSha256?: string
}

/** The totals from the last line, or undefined when they contradict each other. */
export function indexTotals(line: Line, version: number): IndexTotals | undefined {
  const { entries, tar_bytes: tarBytes, gzip_bytes: gzipBytes, sha256: archiveSha256, blocks } = line
  if (!isCount(entries) || !isCount(tarBytes) || !isCount(gzipBytes)) return undefined
  const totals = { entryCount: entries, tarBytes, gzipBytes }
  if (version === 1)
    return Array.isArray(blocks) && blocks.length > 0 ? { ...totals, blockCount: blocks.length } : undefined
  const fits = isCount(blocks) && (blocks === 0 || blocks === Math.ceil(tarBytes / GZIP_BLOCK_BYTES))
  return fits && isDigest(archiveSha256) ? { ...totals, blockCount: blocks, archiveSha256 } : undefined
}

/** Blocks as the last line of version 1 lists them. */
export function listedBlocks(line: Line, { tarBytes, gzipBytes }: IndexTotals): GzipBlock[] | undefined {
  const blocks: GzipBlock[] = []
  let before: GzipBlock | undefined
  for (const pair of line.blocks as unknown[]) {
    if (!Array.isArray(pair) || !isCount(pair[0]) || !isCount(pair[1])) return undefined
    const block = { tarOffset: pair[0], gzipOffset: pair[1] }
    const ascends = before
      ? block.tarOffset > before.tarOffset && block.gzipOffset > before.gzipOffset
      : block.tarOffset === 0
    if (!ascends || block.tarOffset > tarBytes || block.gzipOffset > gzipBytes) return undefined
    blocks.push(block)
    before = block
  }
  return blocks
}

/** Some of the blocks, and what their tar bytes hash to. */
export interface BlockTable {
  readonly blocks: readonly GzipBlock[]
  /** SHA-256 after SHA-256. */
  readonly sums: Buffer
}

/** A line of the block table that starts with block `first`; undefined when it is none or contradicts itself. */
export function indexTable(line: Line, first: number): BlockTable | undefined {
  if (line.k !== first || !Array.isArray(line.g) || typeof line.c !== 'string') return undefined
  const offsets: unknown[] = line.g
  const sums = Buffer.from(line.c, 'base64')
  if (offsets.length === 0 || offsets.length > BLOCKS_A_LINE || sums.length !== offsets.length * SUM_BYTES)
    return undefined
  const blocks: GzipBlock[] = []
  let before = 0
  for (const [at, gzipOffset] of offsets.entries()) {
    if (!isCount(gzipOffset) || gzipOffset <= before) return undefined
    blocks.push({ tarOffset: (first + at) * GZIP_BLOCK_BYTES, gzipOffset })
    before = gzipOffset
  }
  return { blocks, sums }
}

/** One entry, held to the same rules as an entry read from the tar itself; undefined when it breaks one. */
export function indexEntry(line: Line): IndexedEntry | undefined {
  const kind = KINDS.get(line.t)
  const name = pathOf(line.p, line.b)
  const sizeBytes = line.s ?? 0
  if (!kind || !name || !isCount(sizeBytes) || !isCount(line.o)) return undefined
  // Only files have content; for the rest the place after the header serves.
  const dataOffset = line.d ?? (kind === 'file' ? undefined : line.o + BLOCK_BYTES)
  if (!isCount(dataOffset) || dataOffset < line.o + BLOCK_BYTES || (kind !== 'file' && sizeBytes !== 0))
    return undefined
  if (!isCount(line.m) || line.m > 0o7777) return undefined
  if (typeof line.n !== 'string' || !/^-?[0-9]{1,27}$/.test(line.n)) return undefined
  if (line.h !== undefined && !isDigest(line.h)) return undefined
  const link = linkOf(kind, line)
  if (!link) return undefined
  return {
    ...name,
    kind,
    sizeBytes,
    mode: line.m,
    mtimeNs: BigInt(line.n),
    ...link,
    tarOffset: line.o,
    dataOffset,
    ...(line.h !== undefined && { sha256: line.h }),
  }
}

function pathOf(text: unknown, base64: unknown): Pick<ArchiveEntry, 'path' | 'rawPath'> | undefined {
  const bytes = bytesOf(text, base64)
  if (!bytes) return undefined
  const checked = checkEntryPath(bytes, defaultReadLimits.maxPathBytes)
  if (!checked.ok) return undefined
  return { path: checked.path, ...(checked.rawPath && { rawPath: checked.rawPath }) }
}

function linkOf(
  kind: ArchiveEntry['kind'],
  line: Line,
): Pick<ArchiveEntry, 'linkTarget' | 'rawLinkTarget'> | undefined {
  if (kind === 'file' || kind === 'directory') return {}
  if (kind === 'hardlink') {
    const target = pathOf(line.l, line.lb)
    return target && { linkTarget: target.path, ...(target.rawPath && { rawLinkTarget: target.rawPath }) }
  }
  const target = bytesOf(line.l, line.lb)
  if (!target || target.length === 0 || target.includes(0)) return undefined
  if (target.length > defaultReadLimits.maxPathBytes) return undefined
  return { linkTarget: target.toString('utf8'), ...(line.lb !== undefined && { rawLinkTarget: target }) }
}

function bytesOf(text: unknown, base64: unknown): Buffer | undefined {
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  return typeof text === 'string' ? Buffer.from(text) : undefined
}

/** An object out of a line of text, or undefined. */
export function parseLine(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    // Not JSON: the whole index counts as absent, which the caller handles.
    return undefined
  }
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
