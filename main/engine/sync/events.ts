import type { Node, NodeId, NodeKind } from './nodes.ts'
import type { Operation } from './operations.ts'
import type { Spot } from './ports.ts'

/** What a device did, for people to read. Nothing depends on who hears it. */
export type SyncEvent =
  /** Came here: a node that is new here. */
  | { readonly kind: 'made'; readonly id: NodeId; readonly path: string; readonly content?: string }
  /** Its shared content came here; with `aside` the own one lies there now. */
  | {
      readonly kind: 'changed'
      readonly id: NodeId
      readonly path: string
      readonly content: string
      readonly aside?: string
      /** What both sides had before. */
      readonly base?: string
      readonly own?: string
      readonly ownMtimeMs?: number
    }
  | { readonly kind: 'moved'; readonly id: NodeId; readonly path: string; readonly from?: string }
  | { readonly kind: 'removed'; readonly id: NodeId; readonly path: string; readonly of: NodeKind }
  /** Something that was not synced had the name of something shared. */
  | {
      readonly kind: 'aside'
      readonly path: string
      readonly aside: string
      /** The contents of both, where these are files. */
      readonly own?: string
      readonly there?: string
    }
  /** Is in the journal now; with `over` it took the place of that content, which is in the history. */
  | {
      readonly kind: 'sent'
      readonly operation: Operation
      readonly path: string
      readonly base?: string
      readonly over?: string
      /** When that content was changed, and the slot that brought it. */
      readonly overMs?: number
      readonly overRev?: number
    }

/** A spot as people read it: names from the synced folder down. */
export const pathOf = ({ folder, name }: Spot): string => (folder.path ? `${folder.path}/${name}` : name)

/** The names from the root down to a node, in whichever tree. */
export function pathIn(nodes: ReadonlyMap<NodeId, Node>, id: NodeId): string {
  const names: string[] = []
  for (let node = nodes.get(id); node && names.length < 1_000; node = nodes.get(node.parent))
    names.push(node.name)
  return names.reverse().join('/')
}

/** Where people find what an operation is about: where it is here, or was. */
export function pathOfOperation(
  { id }: Operation,
  local: ReadonlyMap<NodeId, Node>,
  base: ReadonlyMap<NodeId, Node>,
): string {
  return pathIn(local.has(id) ? local : base, id)
}
