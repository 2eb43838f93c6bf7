import type { MessagePort } from '../../env/node/threads.ts'
import type { ArchiveRoot } from '../../model/backup.ts'
import type { RepoKeysData } from '../../repository/crypto/repo-keys.ts'
import type { FinishedPack } from '../../repository/format/pack-writer.ts'
import type { IndexHandles } from '../../repository/index/chunk-index.ts'
import type { SkippedItem } from '../../sources/files/skipped-items.ts'
import type { ThreadFailure } from '../../sources/files/thread-failure.ts'
import type { KnownTreeFile } from './known/known-trees.ts'
import type { SessionPack } from './packs/pack-journal.ts'

/** What a worker starts with. */
export interface WorkerStart {
  readonly worker: number
  readonly board: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  /** One to each other worker, by its number. */
  readonly ports: readonly (MessagePort | undefined)[]
  readonly keys: RepoKeysData
  readonly index: IndexHandles
  readonly level: number
  readonly packBytes: number
  /** One word; not 0: no more packs now. */
  readonly gate: SharedArrayBuffer | undefined
  readonly checkContent: boolean
  readonly exclude: readonly string[]
  readonly neverInclude: readonly string[]
  readonly cacheDirTags: boolean
  /** Read extended attributes: this system has them. */
  readonly xattrs: boolean
  readonly scanStartMs: number
  /** Where packs grow. */
  readonly temporaryFolder: string
  /** Where this worker writes down finished directories. */
  readonly journalPath: string
  /** Set for the one worker that begins. */
  readonly leader: LeaderStart | undefined
}

/** What only the worker that begins needs. */
export interface LeaderStart {
  readonly sources: readonly string[]
  readonly stagingFolder: string | undefined
  readonly knownTrees: readonly KnownTreeFile[]
  /** Packs that this backup had finished before it was interrupted. */
  readonly ownPacks: readonly SessionPack[]
  /** The journals of all workers of this run. */
  readonly journals: readonly string[]
  readonly nextTreeFile: string
}

/** What only the leader knows in the end. */
export interface LeaderEnd {
  /** Hex. */
  readonly rootTreeId: string
  readonly roots: readonly ArchiveRoot[]
  /** Globs of the sources that matched nothing are those of `globs` that no worker saw match. */
  readonly globs: readonly string[]
  /** Whether `nextTreeFile` was written: not when nothing differs from the one there was. */
  readonly hasNextTreeFile: boolean
}

/** What workers say to the main thread. One that was stopped says nothing. */
export type WorkerMessage =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'pack'; readonly path: string; readonly pack: FinishedPack }
  | {
      readonly type: 'done'
      readonly skipped: readonly SkippedItem[]
      readonly skippedCount: number
      readonly incomplete: boolean
      readonly leftOut: readonly string[]
      readonly matchedGlobs: readonly string[]
      /** Numbers in the index's table of packs. */
      readonly usedPacks: readonly number[]
      readonly leader: LeaderEnd | undefined
    }
  | { readonly type: 'failed'; readonly failure: ThreadFailure }
