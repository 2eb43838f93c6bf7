import { createHash } from 'node:crypto'
import type { ArchiveEntry } from '../../archive/entry.ts'
import type { RangeSource } from '../../archive/read/archive-source.ts'
import { blocksFor, openArchiveRange } from '../../archive/read/open-archive-range.ts'
import type { ArchiveIndex } from '../../archive/read/read-index.ts'
import { damagedArchive } from '../../archive/read/read-limits.ts'
import type { TarHandler } from '../../archive/read/tar-parser.ts'
import { EverstowError } from '../../model/errors.ts'
import type { Selection } from '../select-paths.ts'

type IndexedFile = ArchiveEntry & { readonly dataOffset: number; readonly sha256: string }

/** One fetch: a stretch of the tar with the files wanted from it, in order. */
export interface Stretch {
  readonly start: number
  readonly end: number
  readonly gzipBytes: number
  readonly wanted: readonly IndexedFile[]
}

/** Reading over a gap of this many tar bytes is cheaper than another request. */
const BRIDGED_BYTES = 1024 * 1024

/** Groups files into few fetches. */
export function planStretches(
  index: Pick<ArchiveIndex, 'blocks'>,
  entries: readonly ArchiveEntry[],
  archiveBytes: number,
): Stretch[] {
  const stretches: { start: number; end: number; wanted: IndexedFile[] }[] = []
  for (const entry of [...entries].filter(isFetched).sort((a, b) => a.dataOffset - b.dataOffset)) {
    const end = entry.dataOffset + entry.sizeBytes
    const last = stretches.at(-1)
    if (last && entry.dataOffset - last.end <= BRIDGED_BYTES) {
      last.wanted.push(entry)
      last.end = end
    } else {
      stretches.push({ start: entry.dataOffset, end, wanted: [entry] })
    }
  }
  return stretches.map((stretch) => {
    const { gzipRange } = blocksFor(index.blocks, stretch, archiveBytes)
    return { ...stretch, gzipBytes: gzipRange.end - gzipRange.start }
  })
}

/** What a selection takes, and the folders above. */
export function chosenFrom(index: ArchiveIndex, selection: Selection): ArchiveEntry[] {
  return index.entries.filter((entry) => selection.choose(entry) !== 'leave')
}

/** Whether a file can be fetched alone and proven by its own checksum. */
export function isFetchable(entry: ArchiveEntry): boolean {
  return entry.kind !== 'file' || (entry.dataOffset !== undefined && entry.sha256 !== undefined)
}

function isFetched(entry: ArchiveEntry): entry is IndexedFile {
  return entry.kind === 'file' && entry.sizeBytes > 0 && isFetchable(entry)
}

/**
 * Gives a handler the entries as if they stood alone in a tar, fetching only the compressed blocks that hold their content. Every file's bytes
 * are checked against its SHA-256; `archive-damaged` names the first that differs.
 */
export async function fetchEntries(
  source: RangeSource,
  index: ArchiveIndex,
  entries: readonly ArchiveEntry[],
  handler: Pick<TarHandler, 'entry' | 'content' | 'endEntry'>,
  signal?: AbortSignal,
): Promise<void> {
  const stretches = planStretches(index, entries, source.sizeBytes)
  const stretchOf = new Map(stretches.map((stretch) => [stretch.wanted[0] as ArchiveEntry, stretch]))
  let cursor: TarCursor | undefined
  try {
    for (const entry of entries) {
      const next = stretchOf.get(entry)
      if (next) {
        await cursor?.close()
        cursor = openCursor(openArchiveRange(source, index, next, signal), next.start)
      }
      if (!handler.entry(entry) || entry.kind !== 'file') continue
      if (isFetched(entry)) await deliver(cursor!, entry, handler)
      handler.endEntry()
    }
  } finally {
    await cursor?.close()
  }
}

async function deliver(
  cursor: TarCursor,
  file: IndexedFile,
  handler: Pick<TarHandler, 'content'>,
): Promise<void> {
  const hash = createHash('sha256')
  for await (const bytes of cursor.read(file.dataOffset, file.dataOffset + file.sizeBytes)) {
    hash.update(bytes)
    handler.content(bytes)
  }
  if (hash.digest('hex') !== file.sha256) {
    throw new EverstowError('archive-damaged', { data: { reason: 'file-checksum', path: file.path } })
  }
}

/** Reads forward through tar bytes that arrive in pieces of any size. */
interface TarCursor {
  /** Bytes [start, end); `start` is never before the end of an earlier read. */
  read(start: number, end: number): AsyncGenerator<Uint8Array>
  close(): Promise<void>
}

function openCursor(input: AsyncGenerator<Uint8Array>, start: number): TarCursor {
  let chunk: Uint8Array = new Uint8Array(0)
  let chunkStart = start
  return {
    async *read(from, to) {
      for (let at = from; at < to; ) {
        const chunkEnd = chunkStart + chunk.byteLength
        if (at >= chunkEnd) {
          const step = await input.next()
          if (step.done) throw damagedArchive('range-truncated', at)
          chunkStart = chunkEnd
          chunk = step.value
          continue
        }
        const bytes = chunk.subarray(at - chunkStart, Math.min(to - chunkStart, chunk.byteLength))
        at += bytes.byteLength
        yield bytes
      }
    },
    async close() {
      await input.return(undefined)
    },
  }
}
