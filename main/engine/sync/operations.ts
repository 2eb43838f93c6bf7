import type { NodeId, NodeKind } from './nodes.ts'

/** One change of the tree that all devices share. `base` is the rev that the device had seen: another one, and the batch is refused. */
export type Operation =
  | {
      readonly do: 'create'
      readonly id: NodeId
      readonly parent: NodeId
      readonly name: string
      readonly kind: NodeKind
      readonly content?: string
      readonly mtimeMs: number
    }
  | {
      readonly do: 'update'
      readonly id: NodeId
      readonly content: string
      readonly mtimeMs: number
      readonly base: number
    }
  | {
      readonly do: 'move'
      readonly id: NodeId
      readonly parent: NodeId
      readonly name: string
      readonly base: number
    }
  | { readonly do: 'delete'; readonly id: NodeId; readonly base: number }
  /** Puts a content into the history without choosing it: one side of a conflict that waits for a person. */
  | { readonly do: 'keep'; readonly id: NodeId; readonly content: string; readonly base: number }

/** Where the contents of a batch lie. The rules of sync only hand it on. */
export interface Stored {
  /** Packs that became durable since the last batch, each as its entry in an index (docs/format/repository.md), base64. */
  readonly packs: readonly string[]
  /** Contents of more than one chunk, and the ids of these in order, base64. */
  readonly contents: readonly (readonly [content: string, chunkIds: string])[]
}

/** What one slot of the journal holds: all of it happens, or none. */
export interface Batch {
  /** Random: by it a device knows its own batch again. */
  readonly rid: string
  readonly device: string
  /** By the clock of the device: for people, never for an order. */
  readonly atMs: number
  readonly operations: readonly Operation[]
  readonly stored?: Stored
  /** Packs (hex ids) that nothing may lie in any more: what is only in them is gone from here on, and they may be deleted. */
  readonly condemn?: readonly string[]
  /** Condemned packs that were deleted. */
  readonly swept?: readonly string[]
}
