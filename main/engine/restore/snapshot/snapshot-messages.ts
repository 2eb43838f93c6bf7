import type { MessagePort } from '../../env/node/threads.ts'
import type { RepoKeysData } from '../../repository/crypto/repo-keys.ts'
import type { IndexHandles } from '../../repository/index/chunk-index.ts'
import type { PackSource } from '../../repository/read/range-reader.ts'
import type { ErrorFacts } from '../error-facts.ts'
import type { ExistingPolicy, RecordOrder, RestoreReport } from '../restore-options.ts'
import type { Answer, Question } from './ask-main.ts'
import type { WindowHandles } from './windows/restore-window.ts'
import type { CreationFacts } from './windows/set-fast.ts'
import type { FileProblem } from './windows/window-files.ts'

/** What every thread of a restore gets at its start. */
export interface ThreadStart {
  readonly keys: RepoKeysData
  readonly index: IndexHandles
  readonly source: PackSource
  readonly counters: SharedArrayBuffer
}

/** A restore of a snapshot as plain data. */
export interface SnapshotJob {
  /** 16 hex digits; names the staging folder. */
  readonly id: string
  readonly nowMs: number
  readonly into: string
  readonly existing: ExistingPolicy
  readonly dryRun: boolean
  readonly owner: boolean
  readonly paths?: readonly string[]
  /** Asked for: it can be undone. */
  readonly record?: RecordOrder
  /** Id of the root directory. */
  readonly tree: Uint8Array
  /** Content of all files together, as the snapshot says. */
  readonly contentBytes: number
  /** Says what is restored: a restore of the same that was interrupted can be gone on with. */
  readonly content: string
}

export type ToDirector =
  | {
      readonly type: 'start'
      readonly start: ThreadStart
      readonly job: SnapshotJob
      readonly writers: readonly MessagePort[]
    }
  | Answer

export type FromDirector =
  | { readonly type: 'placing' }
  | { readonly type: 'done'; readonly report: RestoreReport }
  | { readonly type: 'failed'; readonly error: ErrorFacts }
  | Question

export type ToWriter =
  | { readonly type: 'start'; readonly start: ThreadStart; readonly director: MessagePort }
  | Answer

/** What writing needs besides the window. */
export interface WriteOrder {
  readonly window: WindowHandles
  readonly tree: string
  readonly owner: boolean
  readonly created: CreationFacts
  readonly budgetBytes: number
}

/** What became of one writer's part of a window. */
export type WriteOutcome =
  | {
      readonly type: 'written'
      readonly lost: readonly FileProblem[]
      readonly problems: readonly FileProblem[]
    }
  | { readonly type: 'failed'; readonly error: ErrorFacts }
