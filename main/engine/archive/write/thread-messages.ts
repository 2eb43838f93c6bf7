import type { ThreadFailure } from '../../sources/files/thread-failure.ts'
import type { GzipBlock } from '../entry.ts'
import type { PackRequest, PackSummary } from './pack-sources.ts'

/** Starts the packer. */
export interface PackerStart extends PackRequest {
  readonly ring: SharedArrayBuffer
  readonly indexPath: string
  readonly archiveName: string
}

/** Tells the packer how it ends: with the archive its index is of, or with nothing. */
export type PackerEnd =
  | { readonly type: 'finish'; readonly written: WrittenArchive }
  | { readonly type: 'abandon' }

/** Starts a deflate thread. */
export interface DeflateStart {
  readonly ring: SharedArrayBuffer
  readonly level: number
}

/** Starts the thread that hashes and writes. */
export interface OutputStart {
  readonly ring: SharedArrayBuffer
  readonly path: string
}

/** The archive as it was written and made durable. */
export interface WrittenArchive {
  readonly sizeBytes: number
  readonly md5: string
  readonly sha256: string
  readonly blocks: readonly GzipBlock[]
  /** SHA-256 of the tar bytes of each block, one after another. */
  readonly sums: Uint8Array
}

/** What threads say to whoever started them. A thread that was stopped says nothing. */
export type ThreadMessage =
  | { readonly type: 'progress'; readonly files: number; readonly bytesRead: number; readonly path: string }
  | { readonly type: 'packed'; readonly summary: PackSummary }
  | { readonly type: 'written'; readonly written: WrittenArchive }
  | { readonly type: 'indexed' }
  | { readonly type: 'failed'; readonly failure: ThreadFailure }
