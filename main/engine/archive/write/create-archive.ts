import { dirname } from 'node:path'
import { nodeFiles } from '../../env/node/node-files.ts'
import { cpuCount, Worker } from '../../env/node/threads.ts'
import { EverstowError } from '../../model/errors.ts'
import { fromThreadFailure } from '../../sources/files/thread-failure.ts'
import { BlockRing } from './block-ring.ts'
import type { PackSummary } from './pack-sources.ts'
import type {
  DeflateStart,
  OutputStart,
  PackerEnd,
  PackerStart,
  ThreadMessage,
  WrittenArchive,
} from './thread-messages.ts'

export interface ArchiveOptions {
  /** Absolute files, folders or globs. */
  readonly sources: readonly string[]
  /** gitignore-style patterns, read in each source from its top; one that starts with a source's absolute path means that place. */
  readonly exclude?: readonly string[]
  /** Absolute paths that must not be in any backup: our own folder, local places. */
  readonly neverInclude?: readonly string[]
  /** Our own folder with what was staged for this backup: roots in it are allowed, whatever `neverInclude` says. */
  readonly stagingFolder?: string
  /** Leave out what lies beside a `CACHEDIR.TAG`. */
  readonly cacheDirTags?: boolean
  /** Where the archive ends up; its folder exists. Written under this name and `.tmp`. */
  readonly archivePath: string
  /** Where the index ends up; as above. */
  readonly indexPath: string
  /** The archive's name as its index calls it. */
  readonly archiveName: string
  /** Compression, 0 to 9. Default 6. */
  readonly level?: number
  /** Threads that compress. Default: as many as can run at once, 16 at most. */
  readonly threads?: number
  /** About ten times a second. */
  readonly onProgress?: (progress: ArchiveProgress) => void
}

export interface ArchiveProgress {
  readonly files: number
  readonly bytesRead: number
  readonly bytesWritten: number
  /** What is being read: path in the archive. */
  readonly path: string
}

export interface ArchiveResult extends Omit<PackSummary, 'tarBytes'> {
  readonly sizeBytes: number
  /** Hex digests of the archive file. */
  readonly md5: string
  readonly sha256: string
}

const MOST_THREADS = 16

/** Where databases in use are copied to while an archive is made, one after another. */
export function databaseCopyPath(archivePath: string): string {
  return `${archivePath}.database.tmp`
}

/**
 * Makes one `.tar.gz` of the sources and the index beside it; both are durable under their final names when this resolves, and neither
 * is there in any form when it throws (only a crash leaves `.tmp` files). The calling thread's event loop stays free: one thread walks,
 * reads and packs, several compress, one hashes and writes; memory is a few MiB a thread, whatever the sources hold.
 * What could not be read is in `skipped` and makes the result `incomplete`; it is no error.
 * Throws `source-missing`, `source-unsupported`, `source-inside-place`, `nothing-to-back-up`, `name-taken`, `disk-full` and other
 * errors of the local system, `cancelled`.
 */
export async function createArchive(options: ArchiveOptions, signal?: AbortSignal): Promise<ArchiveResult> {
  const { archivePath, indexPath } = options
  if (await nodeFiles.lstat(archivePath))
    throw new EverstowError('name-taken', { data: { path: archivePath } })
  const archiveTmp = `${archivePath}.tmp`
  const indexTmp = `${indexPath}.tmp`
  try {
    const { summary, written } = await runThreads(options, archiveTmp, indexTmp, signal)
    // The index first: an archive under its final name is never without one.
    await nodeFiles.rename(indexTmp, indexPath)
    await nodeFiles.rename(archiveTmp, archivePath)
    for (const folder of new Set([dirname(indexPath), dirname(archivePath)])) await nodeFiles.syncDir(folder)
    const { tarBytes: _, ...packed } = summary
    const { blocks: _blocks, sums: _sums, ...file } = written
    return { ...packed, ...file }
  } catch (error) {
    await nodeFiles.remove(archiveTmp)
    await nodeFiles.remove(indexTmp)
    await nodeFiles.remove(databaseCopyPath(archivePath))
    throw error
  }
}

/** Runs all threads to their end, good or bad: when this settles none of them touches a file any more. */
async function runThreads(
  options: ArchiveOptions,
  archiveTmp: string,
  indexTmp: string,
  signal: AbortSignal | undefined,
): Promise<{ summary: PackSummary; written: WrittenArchive }> {
  // Here and not earlier: between this look and the listener below nothing else runs.
  if (signal?.aborted) throw new EverstowError('cancelled')
  const deflateThreads = Math.max(1, options.threads ?? Math.min(cpuCount(), MOST_THREADS))
  // Each compressing thread has one block at hand and one waiting; packer and output hold one each.
  const ring = BlockRing.create(2 * deflateThreads + 2)
  const packer = new Worker(new URL('./packer-worker.ts', import.meta.url))
  const output = new Worker(new URL('./output-worker.ts', import.meta.url))
  const deflaters = Array.from(
    { length: deflateThreads },
    () => new Worker(new URL('./deflate-worker.ts', import.meta.url)),
  )
  const workers = [packer, output, ...deflaters]

  let failure: EverstowError | undefined
  let summary: PackSummary | undefined
  let written: WrittenArchive | undefined
  let isIndexed = false
  const fail = (error: EverstowError): void => {
    failure ??= error
    ring.stop()
    packer.postMessage({ type: 'abandon' } satisfies PackerEnd)
  }
  const hear = (message: ThreadMessage): void => {
    if (message.type === 'progress') {
      const { type: _, ...progress } = message
      options.onProgress?.({ ...progress, bytesWritten: ring.writtenBytes })
    } else if (message.type === 'failed') fail(fromThreadFailure(message.failure))
    else if (message.type === 'packed') summary = message.summary
    else if (message.type === 'written') written = message.written
    else isIndexed = true
    if (!failure && !isIndexed && summary && written && message.type !== 'progress')
      packer.postMessage({
        type: 'finish',
        written,
      } satisfies PackerEnd)
  }
  const onAbort = (): void => fail(new EverstowError('cancelled'))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const ends = workers.map((worker) => {
      worker.on('message', hear)
      worker.on('error', (cause) => fail(new EverstowError('internal', { cause, message: String(cause) })))
      return new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    })
    const { sources, exclude = [], neverInclude = [], cacheDirTags = false, archiveName, level = 6 } = options
    const { stagingFolder } = options
    const shared = { ring: ring.buffer }
    const copyPath = databaseCopyPath(options.archivePath)
    packer.postMessage({
      ...shared,
      sources,
      exclude,
      // An archive made inside its own source must not swallow itself.
      neverInclude: [...neverInclude, archiveTmp, indexTmp, copyPath],
      ...(stagingFolder === undefined ? {} : { stagingFolder }),
      cacheDirTags,
      databaseCopyPath: copyPath,
      indexPath: indexTmp,
      archiveName,
    } satisfies PackerStart)
    output.postMessage({ ...shared, path: archiveTmp } satisfies OutputStart)
    for (const deflater of deflaters) deflater.postMessage({ ...shared, level } satisfies DeflateStart)
    await Promise.all(ends)
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
  if (failure) throw failure
  if (!summary || !written || !isIndexed)
    throw new EverstowError('internal', { message: 'a thread of the archive ended early' })
  return { summary, written }
}
