import type { ArchiveEntry, GzipBlock } from '../entry.ts'
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

/** The archive's name from the first line, or undefined when this is no index we know. */
export function indexHead(line: Line): string | undefined {
  if (line.format !== 'everstow-archive-index' || line.version !== 1) return undefined
  return typeof line.archive === 'string' ? line.archive : undefined
}

/** The totals from the last line, or undefined when they contradict each other. */
export function indexEnd(
  line: Line,
): { entryCount: number; tarBytes: number; gzipBytes: number; blocks: GzipBlock[] } | undefined {
  if (!isCount(line.entries) || !isCount(line.tar_bytes) || !isCount(line.gzip_bytes)) return undefined
  if (!Array.isArray(line.blocks) || line.blocks.length === 0) return undefined
  const blocks: GzipBlock[] = []
  let before: GzipBlock | undefined
  for (const pair of line.blocks as unknown[]) {
    if (!Array.isArray(pair) || !isCount(pair[0]) || !isCount(pair[1])) return undefined
    const block = { tarOffset: pair[0], gzipOffset: pair[1] }
    const ascends = before
      ? block.tarOffset > before.tarOffset && block.gzipOffset > before.gzipOffset
      : block.tarOffset === 0
    if (!ascends || block.tarOffset > line.tar_bytes || block.gzipOffset > line.gzip_bytes) return undefined
    blocks.push(block)
    before = block
  }
  return { entryCount: line.entries, tarBytes: line.tar_bytes, gzipBytes: line.gzip_bytes, blocks }
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
  if (line.h !== undefined && !(typeof line.h === 'string' && /^[0-9a-f]{64}$/.test(line.h))) return undefined
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

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
