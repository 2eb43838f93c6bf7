import type { RepoKeysData } from '../../repository/crypto/repo-keys.ts'
import type { IndexHandles } from '../../repository/index/chunk-index.ts'
import type { PackSource } from '../../repository/read/range-reader.ts'
import type { PackFile } from '../../repository/upkeep/pack-files.ts'
import type { ThreadFailure } from '../../sources/files/thread-failure.ts'

/** What a repacking thread works with. */
export interface RepackStart {
  readonly keys: RepoKeysData
  readonly index: IndexHandles
  readonly source: PackSource
  /** Where finished packs go. */
  readonly folder: string
}

/** `copy`: the chunks of these slots, which lie in that pack; with its bytes where the thread cannot read them itself. */
export type ToRepacker =
  | { readonly type: 'copy'; readonly pack: number; readonly slots: Int32Array; readonly bytes?: Uint8Array }
  | { readonly type: 'finish' }

/** `copied` with a failure: the pack is not as it should be, and whatever was not copied yet is not. */
export type FromRepacker =
  | { readonly type: 'copied'; readonly pack: number; readonly failure?: ThreadFailure }
  | { readonly type: 'packed'; readonly file: PackFile }
  | { readonly type: 'finished' }
  | { readonly type: 'failed'; readonly failure: ThreadFailure }
