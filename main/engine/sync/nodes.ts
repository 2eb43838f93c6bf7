/** Identity of a file or folder in a sync space, for its whole life: names and places change, this does not. */
export type NodeId = string

/** The folder that is synced; it is no node itself. */
export const ROOT: NodeId = 'root'

/** More folders in each other than any system can name. Two that changed places may each be inside the other for the base, until both are moved: whoever climbs stops here. */
export const DEEPEST = 1_000

export type NodeKind = 'file' | 'directory' | 'symlink'

/** Where a node is and what it is, in whichever of the three trees. */
export interface Node {
  readonly parent: NodeId
  readonly name: string
  readonly kind: NodeKind
  /** Says what is inside: equal text, equal content. Directories have none. */
  readonly content?: string
}

/** A node as all devices agreed on it. */
export interface RemoteNode extends Node {
  /** The journal's slot of its last change. */
  readonly rev: number
  /** When its content was last changed, by the clock of the device that changed it. */
  readonly mtimeMs: number
}

/** What a look at a disk says of something there. */
export interface Look {
  readonly kind: NodeKind
  /** Device, inode and time of birth: the same thing wherever it was moved to. Inode numbers alone are used again. */
  readonly key: string
  /** Size, times of content and of inode: another stamp, perhaps another content; the same stamp, the same content. */
  readonly stamp: string
  readonly mtimeMs: number
  /** Names that this thing has; more than one for hard links. */
  readonly names: number
}

/** A node as it was when device and journal last agreed on it: what both sides are compared with. */
export interface SyncedNode extends Node {
  readonly key: string
  readonly stamp: string
  /** The local content that was put into the history while a conflict about it waits for a person. */
  readonly side?: string
}

/** A node as the last scan saw it. */
export interface LocalNode extends Node {
  readonly look: Look
  /** Taken out of the folder for a moment, to make room; counts as being where it was synced. */
  readonly isStaged?: boolean
  /** Could not be looked at: nothing may be concluded from it, least of all that it is gone. */
  readonly isUnseen?: boolean
}

/** A node, and no more of it. */
export function plainNode({ parent, name, kind, content }: Node): Node {
  return content === undefined ? { parent, name, kind } : { parent, name, kind, content }
}

/** A file or a link: what has content. */
export const isLeaf = (node: { readonly kind: NodeKind }): boolean => node.kind !== 'directory'

/** Whether two nodes are at one place under one name, letter by letter. */
export const isSamePlace = (one: Node, other: Node): boolean =>
  one.parent === other.parent && one.name === other.name
