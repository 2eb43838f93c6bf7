import { join } from 'node:path'
import type { Env } from '../../env/env.ts'
import { EverstowError } from '../../model/errors.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { RepoKeys } from '../crypto/repo-keys.ts'
import { decodeSnapshotRoot, type SnapshotRoot } from '../format/snapshot-root.ts'
import type { ChunkIndex } from '../index/chunk-index.ts'
import type { CommitLog } from '../log/commit-log.ts'
import { liveSnapshots } from '../log/state-queries.ts'
import { type BlockFetcher, createBlockFetcher } from './block-fetcher.ts'
import {
  type LoadedRepositoryIndex,
  type LoadIndexContext,
  loadRepositoryIndex,
  saveRepositoryIndex,
  updateRepositoryIndex,
} from './load-repository-index.ts'
import type { KeptPieces } from './open-pieces.ts'
import { rangeReaderOf } from './range-reader.ts'
import { sealedObjects } from './sealed-cache.ts'

/** The repository as one destination has it, ready to be read. */
export interface Repository {
  /** 32 hex digits. */
  readonly repoId: string
  /** The id in the destination's log. */
  readonly destId: string
  readonly log: CommitLog
  readonly keys: RepoKeys
  readonly store: ObjectStore
  /** Of the state that the log had at the last opening or refreshing. */
  readonly index: ChunkIndex
  /** Index segments that could not be read: chunks that only they list count as missing. */
  readonly missingSegments: readonly string[]
  readonly fetcher: BlockFetcher
  /** The snapshots people see, oldest first. */
  snapshots(): readonly SnapshotPlace[]
  /** What a snapshot says of itself. `unknown-backup` where the log does not name it. */
  root(snapId: string, signal?: AbortSignal): Promise<SnapshotRoot>
  /** Whether the index is of the state that the log has now: whoever shares the log may have gone on. */
  isCurrent(): boolean
  /** Reads what others wrote since. The index may be another object afterwards. */
  refresh(signal?: AbortSignal): Promise<void>
  /** Keeps the index for the next opening. Only between sessions. */
  saveIndex(): Promise<void>
  close(): void
}

/** Where a snapshot stands in the log. */
export interface SnapshotPlace {
  /** Hex. */
  readonly snapId: string
  /** Position of its commit. */
  readonly pos: number
  /** The end of its key. */
  readonly b: number
  /** The device that made it. */
  readonly device: string
  readonly pinned: boolean
}

export interface OpenRepositoryOptions {
  readonly store: ObjectStore
  readonly keys: RepoKeys
  readonly log: CommitLog
  /** `<home>/cache/repositories/<repoId>`: what is the same for every destination. */
  readonly cacheFolder: string
  /** Our id of the destination; names its folder in the cache. */
  readonly destinationId: string
  readonly env: Pick<Env, 'files' | 'log' | 'random'>
  /**
   * For who wants single files of a far place: where this computer does not know the index, large segments are read in pieces, which are kept here. The index
   * then holds no more than what was asked for.
   */
  readonly pieces?: KeptPieces
  /** The snapshot that is wanted first: its root comes while the index does. */
  readonly snapshot?: string
  readonly signal?: AbortSignal
}

/** Opens the repository at a destination whose log is open. */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  const { store, keys, log, cacheFolder, destinationId, env, pieces } = options
  const messages = env.log.area('repository')
  const sealed = sealedObjects({ store, keys, files: env.files, log: messages, cacheFolder })
  const roots = new Map<string, SnapshotRoot>()
  const contextOf = (signal: AbortSignal | undefined): LoadIndexContext => ({
    log,
    sealed,
    files: env.files,
    random: env.random,
    messages,
    cacheFolder: join(cacheFolder, destinationId),
    ...(pieces && store.kind !== 'local' && { pieces: { store, keys, sealed, kept: pieces, messages } }),
    ...(signal && { signal }),
  })

  async function fetchRoot(snapId: string, signal?: AbortSignal): Promise<SnapshotRoot> {
    const place = log.state.snapshots.get(snapId)
    if (!place) throw new EverstowError('unknown-backup', { data: { id: snapId } })
    return decodeSnapshotRoot(await sealed.open('snap', snapId, place.b, signal))
  }

  const { snapshot: first } = options
  const coming = first === undefined ? undefined : fetchRoot(first, options.signal)
  // Whoever asks for it tries again.
  coming?.catch(() => {})
  let loaded = await loadRepositoryIndex(contextOf(options.signal))
  let fetcher = fetcherFor(loaded)

  function fetcherFor({ index, pieces: lacking }: LoadedRepositoryIndex): BlockFetcher {
    const reader = rangeReaderOf(store, index.packs)
    return createBlockFetcher({ keys, index, reader, ...(lacking && { know: lacking.know }) })
  }

  return {
    repoId: keys.repoIdHex,
    get destId() {
      return log.destId
    },
    log,
    keys,
    store,
    get index() {
      return loaded.index
    },
    get missingSegments() {
      return loaded.missingSegments
    },
    get fetcher() {
      return fetcher
    },
    snapshots() {
      return [...liveSnapshots(log.state)].map(([snapId, { pos, b, device, pinned }]) => {
        return { snapId, pos, b, device, pinned }
      })
    },
    async root(snapId, signal) {
      const known = roots.get(snapId)
      if (known) return known
      const early = snapId === first ? await coming?.catch(() => undefined) : undefined
      const root = early ?? (await fetchRoot(snapId, signal))
      roots.set(snapId, root)
      return root
    },
    isCurrent: () => log.state.pos === loaded.state.pos,
    async refresh(signal) {
      await log.refresh(signal)
      if (log.state.pos === loaded.state.pos) return
      const context = contextOf(signal)
      if (!(await updateRepositoryIndex(context, loaded))) {
        loaded = await loadRepositoryIndex(context)
        fetcher.close()
        fetcher = fetcherFor(loaded)
      }
    },
    async saveIndex() {
      const { index, missingSegments, pieces: lacking, state } = loaded
      if (state.pos === log.state.pos && missingSegments.length === 0 && (lacking?.isWhole ?? true))
        await saveRepositoryIndex(contextOf(undefined), index)
    },
    close: () => fetcher.close(),
  }
}
