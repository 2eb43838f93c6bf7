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

/** What one slot of the journal holds: all of it happens, or none. */
export interface Batch {
  /** Random: by it a device knows its own batch again. */
  readonly rid: string
  readonly device: string
  readonly operations: readonly Operation[]
}
