import { join } from 'node:path'
import type { Clock } from '../../env/clock.ts'
import type { Files } from '../../env/files.ts'
import { systemXattrs } from '../../env/node/xattrs/system-xattrs.ts'
import type { ArchiveRoot } from '../../model/backup.ts'
import type { RepoKeysData } from '../../repository/crypto/repo-keys.ts'
import { attachChunkIndex, type IndexHandles } from '../../repository/index/chunk-index.ts'
import type { SkippedItem } from '../../sources/files/skipped-items.ts'
import type { Counts } from './counters.ts'
import type { SessionPack } from './packs/pack-journal.ts'
import { openSession } from './packs/session-folder.ts'
import { pipelineWorkers } from './pipeline-file.ts'
import { startThreads } from './pipeline-threads.ts'

export interface PipelineRequest {
  /** Absolute files, folders or globs. */
  readonly sources: readonly string[]
  /** gitignore-style patterns, read in each source from its top; one that starts with a source's absolute path means that place. */
  readonly exclude?: readonly string[]
  /** Absolute paths that must not be in any backup: our own folder, local places. The session folder always is one. */
  readonly neverInclude?: readonly string[]
  /** Our own folder with what was staged for this backup: roots in it are allowed, whatever `neverInclude` says. */
  readonly stagingFolder?: string
  /** Leave out what lies beside a `CACHEDIR.TAG`. */
  readonly cacheDirTags?: boolean
  /** Read every file, also where its times say that it has not changed. */
  readonly checkContent?: boolean
  /** Default: read extended attributes where this system lets us. False: leave them out. */
  readonly xattrs?: boolean
  readonly keys: RepoKeysData
  /**
   * Which chunks the reference destination has; for this run alone. The pipeline claims in it what it stores: claims get no location, so
   * neither a later run nor a saved index takes them for chunks that are there.
   */
  readonly index: IndexHandles
  /** What the last backup of the same sources wrote as its `nextTreeFile`. */
  readonly base?: {
    readonly path: string
    /** The root directory of that backup, hex: a file that belongs to another is not used. */
    readonly rootTreeId: string
    /** That backup is live at the reference destination. Otherwise each of its chunks is looked up before it counts. */
    readonly isLive: boolean
  }
  /** Exists. What an interrupted run of the same request left in it is used. */
  readonly sessionFolder: string
  /** Level of zstd: 3, or 1 for speed. */
  readonly level?: number
  /** Packs are finished at about this size, a random sixth above or below and up to an eighth more. Default 24 MiB. */
  readonly packBytes?: number
  /** Default: one for each processor, at least 2 and at most 8. */
  readonly workers?: number
  /** One 32-bit word: while it is not 0, no new pack is begun. Whoever clears it wakes the waiting (`Atomics.notify`). */
  readonly gate?: SharedArrayBuffer
  readonly signal?: AbortSignal
  /** About ten times a second. */
  readonly onProgress?: (progress: PipelineProgress) => void
  /** A pack lies durable in `packs/` of the session folder; also told of those that an interrupted run left there. */
  readonly onPack?: (pack: SessionPack) => void
}

export interface PipelineServices {
  readonly clock: Clock
  readonly files: Files
}

export interface PipelineProgress {
  readonly files: number
  readonly directories: number
  /** Of all files found so far. */
  readonly bytes: number
  readonly bytesRead: number
  readonly newBytes: number
  readonly storedBytes: number
  /** What is being looked at. */
  readonly path: string
}

export interface PipelineResult {
  /** Hex: the directory whose entries are the prefixes of `roots`. */
  readonly rootTreeId: string
  readonly roots: readonly ArchiveRoot[]
  /** `bytesRead` and `newBytes` count what this run did; `storedBytes` all packs of the session. */
  readonly stats: Counts
  readonly skipped: readonly SkippedItem[]
  readonly skippedCount: number
  readonly incomplete: boolean
  /** Whether extended attributes were read. */
  readonly xattrs: boolean
  readonly leftOut: readonly string[]
  /** Globs that matched nothing. */
  readonly unmatched: readonly string[]
  /** Packs of the reference destination, hex, that hold chunks of this backup; beyond those that a live base refers to. */
  readonly usedPacks: readonly string[]
  /** All packs of the session. */
  readonly newPacks: readonly SessionPack[]
  /** The base of the next backup, in the session folder; `undefined`: the one that was given says it all. */
  readonly nextTreeFile: string | undefined
}

const DEFAULT_LEVEL = 3
const DEFAULT_PACK_BYTES = 24 << 20
const PROGRESS_INTERVAL_MS = 100

/** More than this is counted but not kept by name. */
const KEPT_SKIPPED = 10_000

/**
 * Makes the packs of one snapshot. The calling thread's event loop stays free: workers walk, read, cut, hash, compress, seal and write.
 * Memory is some 40 MiB a worker, whatever the sources hold. What could not be read is in
 * `skipped` and makes the result `incomplete`; it is no error. After an error, a crash or a kill the session folder can be used again by
 * the same request, which then reads little twice and stores nothing twice.
 * Throws `source-missing`, `source-unsupported`, `source-inside-place`, `nothing-to-back-up`, `disk-full` and other errors of the
 * local system, `cancelled`.
 */
export async function runPipeline(
  request: PipelineRequest,
  { clock, files }: PipelineServices,
): Promise<PipelineResult> {
  const { base, sessionFolder, signal, onProgress, onPack } = request
  const scanStartMs = clock.now()
  const workers = request.workers ?? pipelineWorkers()
  const xattrs = request.xattrs !== false && systemXattrs() !== undefined
  const session = await openSession(files, sessionFolder, workers)
  for (const pack of session.packs) onPack?.(pack)
  const newPacks = [...session.packs]

  const threads = startThreads({
    workers,
    keys: request.keys,
    index: request.index,
    level: request.level ?? DEFAULT_LEVEL,
    packBytes: request.packBytes ?? DEFAULT_PACK_BYTES,
    gate: request.gate,
    checkContent: request.checkContent ?? false,
    exclude: request.exclude ?? [],
    neverInclude: [...(request.neverInclude ?? []), sessionFolder],
    cacheDirTags: request.cacheDirTags ?? false,
    xattrs,
    scanStartMs,
    session,
    leader: {
      sources: request.sources,
      stagingFolder: request.stagingFolder,
      knownTrees: [
        ...(base ? [{ path: base.path, trusted: base.isLive, rootTreeId: base.rootTreeId }] : []),
        ...session.journals.map((path) => ({ path, trusted: false, rootTreeId: undefined })),
      ],
      ownPacks: session.packs,
      journals: session.nextJournals,
      nextTreeFile: join(sessionFolder, 'base'),
    },
    signal,
    onPack(pack) {
      newPacks.push(pack)
      onPack?.(pack)
    },
  })
  const stopTelling = clock.every(PROGRESS_INTERVAL_MS, () => {
    onProgress?.({ ...threads.counts(), path: threads.path() })
  })
  try {
    const ends = await threads.ended
    const leader = ends.find(({ leader }) => leader)?.leader
    if (!leader) throw new Error('no worker was the leader')
    const counts = threads.counts()
    onProgress?.({ ...counts, path: threads.path() })
    const matched = new Set(ends.flatMap(({ matchedGlobs }) => matchedGlobs))
    return {
      rootTreeId: leader.rootTreeId,
      roots: leader.roots,
      stats: { ...counts, storedBytes: newPacks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) },
      skipped: ends.flatMap(({ skipped }) => skipped).slice(0, KEPT_SKIPPED),
      skippedCount: ends.reduce((sum, { skippedCount }) => sum + skippedCount, 0),
      incomplete: ends.some(({ incomplete }) => incomplete),
      xattrs,
      leftOut: ends.flatMap(({ leftOut }) => leftOut),
      unmatched: leader.globs.filter((source) => !matched.has(source)),
      usedPacks: namesOf(
        request.index,
        ends.flatMap(({ usedPacks }) => usedPacks),
        newPacks,
      ),
      newPacks,
      nextTreeFile: leader.hasNextTreeFile ? join(sessionFolder, 'base') : undefined,
    }
  } finally {
    stopTelling()
    // Half packs are of no use to anybody, and the disk may be full of them.
    await files.removeTree(session.temporaryFolder)
  }
}

/** The ids of the packs with these numbers, without the session's own. */
function namesOf(
  handles: IndexHandles,
  numbers: readonly number[],
  own: readonly SessionPack[],
): readonly string[] {
  const index = attachChunkIndex(handles)
  const ids = new Set(numbers.map((pack) => Buffer.from(index.packs.idOf(pack)).toString('hex')))
  for (const { packId } of own) ids.delete(packId)
  return [...ids].sort()
}
