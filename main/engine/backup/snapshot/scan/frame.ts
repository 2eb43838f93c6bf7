import type { FsPath } from '../../../sources/files/fs-path.ts'
import type { Name } from '../../../sources/files/list-folder.ts'
import type { KnownTree } from '../known/known-trees.ts'
import type { Folder, RuleLayer, Take } from './folder.ts'

/** `u8 version ‖ u32 entries` at the start of a directory. */
const TREE_HEAD_BYTES = 5
export const ID_BYTES = 32

/** A folder that was found in another and waits for its turn. */
export interface Subfolder {
  readonly name: Name
  readonly fsPath: FsPath
  readonly root: number
  readonly take: Take
  readonly layers: readonly RuleLayer[]
  /** Where its entry lies in the bytes of the folder that holds it, and in there its id. */
  readonly start: number
  readonly idAt: number
  readonly end: number
}

/**
 * Work that waits for what lies below it. `folder`: a directory of which all but the ids of its folders is known. `slice`: some names of a
 * directory that another worker has. `group`: folders that another worker wants to know the ids of.
 */
export interface Frame {
  readonly kind: 'folder' | 'slice' | 'group'
  readonly folder: Folder
  /** The directory's bytes, once it is scanned; the ids of its folders are put in one by one. Empty for a group. */
  tree: Uint8Array
  readonly known: KnownTree | undefined
  readonly subfolders: Subfolder[]
  /** The next folder to enter; those from `limit` on are with other workers. */
  next: number
  limit: number
  /** Folders and slices, here or at other workers, that are not finished. */
  waiting: number
  /** Nothing is left to enter. */
  isEntered: boolean
  /** Folders whose entry must be taken out again: no glob matched anything in them. */
  readonly omitted: Subfolder[]
  /** What other workers made of the last names, latest names first. */
  readonly slices: (Uint8Array | undefined)[]
  /** For a group: 32 bytes for each folder, and whether it is there at all. */
  readonly ids: Uint8Array
  readonly present: Uint8Array
  /** Who waits for it: another frame of this worker, with the number of the folder in it, or another worker. */
  readonly owner: FrameOwner
}

export type FrameOwner =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly subfolder: number }
  | { readonly kind: 'worker'; readonly worker: number; readonly ticket: number }
  | { readonly kind: 'top' }

/** A frame with nothing finished yet. */
export function createFrame(frame: Pick<Frame, 'kind' | 'folder' | 'owner' | 'known' | 'subfolders'>): Frame {
  const isGroup = frame.kind === 'group'
  return {
    ...frame,
    tree: new Uint8Array(0),
    next: 0,
    limit: frame.subfolders.length,
    waiting: 0,
    isEntered: false,
    omitted: [],
    slices: [],
    ids: new Uint8Array(isGroup ? frame.subfolders.length * ID_BYTES : 0),
    present: new Uint8Array(isGroup ? frame.subfolders.length : 0),
  }
}

/** Puts the id of a finished folder (`undefined`: it is left out) where it belongs. */
export function putChild(frame: Frame, number: number, id: Uint8Array | undefined): void {
  frame.waiting--
  const subfolder = frame.subfolders[number] as Subfolder
  if (frame.kind === 'group') {
    if (!id) return
    frame.ids.set(id, number * ID_BYTES)
    frame.present[number] = 1
  } else if (id) frame.tree.set(id, subfolder.idAt)
  else frame.omitted.push(subfolder)
}

/** Whether all of a frame is known. */
export function isComplete(frame: Frame): boolean {
  return frame.isEntered && frame.waiting === 0
}

/** The directory's bytes once everything in it is known: without what was omitted, with what other workers made of its last names. */
export function assembleTree(frame: Frame): Uint8Array {
  const { tree, omitted, slices } = frame
  if (omitted.length === 0 && slices.length === 0) return tree
  const pieces: Uint8Array[] = []
  let count = entryCount(tree)
  let at = 0
  omitted.sort((a, b) => a.start - b.start)
  for (const { start, end } of omitted) {
    pieces.push(tree.subarray(at, start))
    at = end
    count--
  }
  pieces.push(tree.subarray(at))
  for (const slice of [...slices].reverse()) {
    if (!slice) continue
    pieces.push(slice.subarray(TREE_HEAD_BYTES))
    count += entryCount(slice)
  }
  const whole = Buffer.concat(pieces)
  whole.writeUInt32LE(count, 1)
  return whole
}

/** How many entries a directory has. */
export function entryCount(tree: Uint8Array): number {
  return new DataView(tree.buffer, tree.byteOffset).getUint32(1, true)
}

/** The path in the snapshot of something in a folder. */
export function childPath(folder: Folder, name: Uint8Array): Uint8Array {
  return folder.path.length === 0 ? Buffer.from(name) : Buffer.concat([folder.path, SLASH, name])
}

const SLASH = Buffer.from('/')

/** The folder that a `Subfolder` of `parent` stands for. */
export function childFolder(parent: Folder, { name, fsPath, root, take, layers }: Subfolder): Folder {
  const path = childPath(parent, name.bytes ?? Buffer.from(name.text))
  const below = parent.root < 0 ? '' : `${parent.below}${name.text}/`
  // Bytes that came in a letter are no Buffer any more.
  const ownPath = typeof fsPath === 'string' ? fsPath : Buffer.from(fsPath)
  return { root, fsPath: ownPath, path, below, take, layers }
}
