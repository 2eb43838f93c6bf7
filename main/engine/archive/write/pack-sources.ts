import { isUtf8 } from 'node:buffer'
import { nodeClock } from '../../env/node/node-clock.ts'
import { type BigIntStats, readlinkSync } from '../../env/node/sync-files.ts'
import type { ArchiveRoot } from '../../model/backup.ts'
import { EverstowError } from '../../model/errors.ts'
import { type FsPath, shownPath, systemCodeOf } from '../../sources/files/fs-path.ts'
import { resolveSources } from '../../sources/files/resolve-sources.ts'
import { type SkippedItem, SkippedItems } from '../../sources/files/skipped-items.ts'
import { type FoundEntry, walkSources } from '../../sources/files/walk-sources.ts'
import { COMPANION_SUFFIXES, companionPath } from '../../sources/sqlite/companions.ts'
import type { ArchiveEntry } from '../entry.ts'
import type { BlockRing } from './block-ring.ts'
import type { IndexWriter } from './index-writer.ts'
import { readOwnerNames } from './owner-names.ts'
import { packFile, SMALL_FILE_BYTES } from './pack-file.ts'
import { encodeTarHeader, type TarHeader } from './tar-header.ts'
import { TarOutput } from './tar-output.ts'

/** What goes into an archive. */
export interface PackRequest {
  readonly sources: readonly string[]
  readonly exclude: readonly string[]
  readonly neverInclude: readonly string[]
  readonly stagingFolder?: string
  readonly cacheDirTags: boolean
  /** Where a copy of a database may lie while it is packed. */
  readonly databaseCopyPath: string
}

/** What went into it. */
export interface PackSummary {
  readonly files: number
  readonly directories: number
  /** Symbolic and hard links. */
  readonly links: number
  /** Of the files: databases in a state that one transaction left. */
  readonly databases: number
  readonly bytesRead: number
  readonly tarBytes: number
  readonly skipped: readonly SkippedItem[]
  readonly skippedCount: number
  readonly incomplete: boolean
  readonly roots: readonly ArchiveRoot[]
  readonly leftOut: readonly string[]
  readonly unmatched: readonly string[]
}

/** An earlier entry whose file has more names. */
interface FirstName {
  readonly path: string
  readonly rawPath: Buffer | undefined
  /** Names that may still come; at 0 nothing needs to be remembered. */
  namesLeft: number
}

/** Walks the sources and writes all of them into the ring as one tar, with a line in the index for each entry. */
export function packSources(
  request: PackRequest,
  ring: BlockRing,
  index: IndexWriter,
  onProgress: (files: number, bytesRead: number, path: string) => void,
): PackSummary {
  const sources = resolveSources(request.sources)
  const skipped = new SkippedItems()
  const leftOut: string[] = []
  const unmatched: string[] = []
  const tar = new TarOutput(ring)
  const owners = readOwnerNames()
  const scratch = Buffer.allocUnsafeSlow(SMALL_FILE_BYTES + 1)
  const firstNames = new Map<string, FirstName>()
  /** Paths of what lies beside databases and does not belong to what was packed of them. */
  const foreign = new Set<string>()
  const counts = { files: 0, directories: 0, links: 0, databases: 0, bytesRead: 0 }

  const writeHeader = (
    found: FoundEntry,
    stats: BigIntStats,
    kind: TarHeader['kind'],
    sizeBytes: number,
    linkTarget?: Buffer,
  ): number => {
    const tarOffset = tar.offset
    const header = {
      kind,
      path: found.rawPath ?? Buffer.from(found.path),
      linkTarget,
      isBinary:
        found.rawPath !== undefined ||
        !isNfc(found.path) ||
        (linkTarget !== undefined && !isExactText(linkTarget)),
      sizeBytes,
      mode: modeOf(stats),
      mtimeNs: stats.mtimeNs,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      userName: owners.user(Number(stats.uid)),
      groupName: owners.group(Number(stats.gid)),
    }
    tar.write(encodeTarHeader(header))
    return tarOffset
  }

  const list = (
    found: FoundEntry,
    entry: Omit<ArchiveEntry, 'path' | 'rawPath' | 'mode' | 'mtimeNs'>,
    stats = found.stats,
  ): void => {
    const { path, rawPath } = found
    index.add({
      path,
      ...(rawPath ? { rawPath } : {}),
      mode: modeOf(stats),
      mtimeNs: stats.mtimeNs,
      ...entry,
    })
  }

  const packLink = (found: FoundEntry, kind: 'symlink' | 'hardlink', target: Buffer): void => {
    const tarOffset = writeHeader(found, found.stats, kind, 0, target)
    counts.links++
    list(found, {
      kind,
      sizeBytes: 0,
      tarOffset,
      linkTarget: target.toString('utf8'),
      ...(isUtf8(target) ? {} : { rawLinkTarget: target }),
    })
  }

  const packContent = (found: FoundEntry): void => {
    const packed = packFile(found, {
      tar,
      scratch,
      databases: {
        copyPath: request.databaseCopyPath,
        now: nodeClock.now,
        monotonicMs: nodeClock.monotonicMs,
        checkpoint: () => ring.throwIfStopped(),
      },
      writeHeader: (stats, sizeBytes) => writeHeader(found, stats, 'file', sizeBytes),
      onRead(bytes) {
        counts.bytesRead += bytes
        ring.throwIfStopped()
        onProgress(counts.files, counts.bytesRead, found.path)
      },
      onSkipped: (item) => skipped.add(item),
    })
    if (!packed) return
    const { stats, isConsistent, ...entry } = packed
    counts.files++
    if (isConsistent) {
      counts.databases++
      for (const suffix of COMPANION_SUFFIXES) foreign.add(pathKey(companionPath(found.fsPath, suffix)))
    }
    list(found, { kind: 'file', ...entry }, stats)
    if (stats.nlink > 1n && !firstNames.has(identityOf(stats)))
      firstNames.set(identityOf(stats), {
        path: found.path,
        rawPath: found.rawPath,
        namesLeft: Number(stats.nlink) - 1,
      })
  }

  const walk = walkSources(sources, {
    ...request,
    checkpoint: () => ring.throwIfStopped(),
    onSkipped(item) {
      // A journal goes with its transaction, and of this one nothing is wanted.
      if (item.reason !== 'vanished' || !foreign.delete(item.path)) skipped.add(item)
    },
    onLeftOut: (path) => leftOut.push(path),
    onUnmatched: (source) => unmatched.push(source),
  })
  for (const found of walk) {
    // Restored next to its database it would put older pages over newer ones. A database comes before all that lies beside it.
    if (found.kind === 'file' && foreign.delete(pathKey(found.fsPath))) continue
    if (found.kind === 'directory') {
      const tarOffset = writeHeader(found, found.stats, 'directory', 0)
      counts.directories++
      list(found, { kind: 'directory', sizeBytes: 0, tarOffset })
    } else if (found.kind === 'symlink') {
      const target = readTarget(found, skipped)
      if (target) packLink(found, 'symlink', target)
    } else {
      const first = found.stats.nlink > 1n ? firstNames.get(identityOf(found.stats)) : undefined
      if (!first) packContent(found)
      else {
        packLink(found, 'hardlink', first.rawPath ?? Buffer.from(first.path))
        if (--first.namesLeft === 0) firstNames.delete(identityOf(found.stats))
      }
    }
  }
  if (counts.files + counts.directories + counts.links === 0)
    throw new EverstowError('nothing-to-back-up', { data: { skipped: skipped.count } })
  const tarBytes = tar.end()
  return {
    ...counts,
    tarBytes,
    skipped: skipped.items,
    skippedCount: skipped.count,
    incomplete: skipped.isIncomplete,
    roots: sources.mapping,
    leftOut,
    unmatched,
  }
}

function pathKey(path: FsPath): string {
  return typeof path === 'string' ? path : `\0${path.toString('latin1')}`
}

function modeOf(stats: BigIntStats): number {
  return Number(stats.mode & 0o7777n)
}

/** Text that a reader may decode and encode again without changing a byte: bsdtar, for one, brings UTF-8 names into this form. */
function isNfc(text: string): boolean {
  return text.normalize('NFC') === text
}

function isExactText(bytes: Buffer): boolean {
  return isUtf8(bytes) && isNfc(bytes.toString('utf8'))
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`
}

/** The exact bytes a link points to; `undefined`, and reported, when they cannot be read. */
function readTarget(found: FoundEntry, skipped: SkippedItems): Buffer | undefined {
  try {
    return readlinkSync(found.fsPath, 'buffer')
  } catch (error) {
    const code = systemCodeOf(error)
    // EINVAL: something that is no link took its place.
    const reason = code === 'ENOENT' ? 'vanished' : code === 'EINVAL' ? 'changed' : 'unreadable'
    skipped.add({ path: shownPath(found.fsPath), reason, code })
    return undefined
  }
}
