import type { RepoKeysData } from '../../repository/crypto/repo-keys.ts'
import type { IndexHandles } from '../../repository/index/chunk-index.ts'
import type { PackSource } from '../../repository/read/range-reader.ts'
import type { PackFile } from '../../repository/upkeep/pack-files.ts'

/** What a repacking thread works with. */
export interface RepackStart {
  readonly keys: RepoKeysData
  readonly index: IndexHandles
  readonly source: PackSource
  /** Where finished packs go. */
  readonly folder: string
}

/** Copy the chunks of these slots, which lie in that pack. */
export interface RepackWork {
  readonly pack: number
  readonly slots: Int32Array
  /** The whole pack, where the thread cannot read it itself. */
  readonly bytes?: Uint8Array
}

/** `copied` with damage: the pack is not as it should be, and whatever was not copied yet is not. */
export type RepackReply =
  | { readonly type: 'copied'; readonly pack: number; readonly isDamaged: boolean }
  | { readonly type: 'packed'; readonly file: PackFile }
