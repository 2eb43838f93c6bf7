import type { Transferable } from '../../../env/node/threads.ts'
import type { RepoKeysData } from '../../../repository/crypto/repo-keys.ts'
import type { IndexHandles } from '../../../repository/index/chunk-index.ts'
import type { ThreadFailure } from '../../../sources/files/thread-failure.ts'
import type { Gathered } from './gather-chunks.ts'
import type { BuiltPack } from './pack-builder.ts'

/** What the thread of a space starts with. */
export interface ContentStart {
  readonly keys: RepoKeysData
  readonly index: IndexHandles
  /** Chunks that are stored and in no index yet, as `chunkText` writes them. */
  readonly known: readonly string[]
}

/** What the thread of a space does, and what it says of it. Orders are answered one after another. */
export interface ContentOrders {
  /** From here on this is the index of the space. */
  index: { readonly order: IndexHandles; readonly answer: undefined }
  /** Takes chunks for packs, without those that it took before. The memory comes back, to be used again. */
  add: {
    readonly order: Gathered
    readonly answer: { readonly plain: Uint8Array; readonly packs: readonly BuiltPack[] }
  }
  /** Cuts the next part of an open file; with `takes` the chunks that the space does not have are taken for packs. */
  cut: {
    readonly order: { readonly fd: number; readonly isFirst: boolean; readonly takes: boolean }
    readonly answer: {
      readonly more: boolean
      readonly ids: Uint8Array
      /** Of the file, so far. */
      readonly readBytes: number
      readonly newBytes: number
      readonly packs: readonly BuiltPack[]
    }
  }
  /** Finishes the pack that is open, if one is. */
  finish: { readonly order: undefined; readonly answer: { readonly packs: readonly BuiltPack[] } }
  /** These chunks are not stored after all, or told of by now. */
  forget: { readonly order: readonly string[]; readonly answer: undefined }
  /** Opens a block and proves the chunks in it; `unproven` are the slots of those that are not what they should be. */
  open: {
    readonly order: { readonly block: number; readonly sealed: Uint8Array }
    readonly answer: { readonly plain: Uint8Array; readonly unproven: readonly number[] }
  }
}

export type OrderName = keyof ContentOrders
export type Order<Name extends OrderName> = ContentOrders[Name]['order']
export type Answer<Name extends OrderName> = ContentOrders[Name]['answer']

/** What is posted to the thread. */
export type OrderMessage = {
  [Name in OrderName]: { readonly name: Name; readonly order: Order<Name> }
}[OrderName]

/** What it posts back. */
export type AnswerMessage = { readonly answer: Answer<OrderName> } | { readonly failure: ThreadFailure }

/** These bytes in memory that may move to another thread: small buffers share theirs. */
export function movable(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > Buffer.poolSize ? bytes : new Uint8Array(bytes)
}

export const memoryOf = ({ buffer }: Uint8Array): Transferable => buffer as ArrayBuffer
