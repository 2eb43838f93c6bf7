import type { RepoKeysData } from '../../repository/crypto/repo-keys.ts'
import type { IndexHandles } from '../../repository/index/chunk-index.ts'
import type { PackSource } from '../../repository/read/range-reader.ts'

/** What a checking thread works with. */
export interface PackCheckStart {
  readonly keys: RepoKeysData
  readonly index: IndexHandles
  readonly source: PackSource
  /** Open the blocks of good packs as well. Those of damaged ones always are, to tell what of them is good. */
  readonly contents: boolean
}

export interface PackCheckWork {
  readonly pack: number
  readonly packId: string
  readonly key: string
  /** The whole pack, where the thread cannot read it itself. */
  readonly bytes?: Uint8Array
}

/** `undefined` blocks: none can be had. */
export interface PackCheckReply {
  readonly pack: number
  readonly bytes: number
  readonly state: 'good' | 'damaged' | 'missing'
  readonly badBlocks: readonly number[] | undefined
}
