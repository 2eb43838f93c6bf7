import type { FakeRandom } from './fake-random.ts'

export interface FileNode {
  readonly kind: 'file'
  readonly ino: number
  mode: number
  mtimeMs: number
  /** What readers see. Never changed in place, so that `durable` may share it. */
  data: Uint8Array
  /** What a power loss leaves. */
  durable: Uint8Array
}

export interface FolderNode {
  readonly kind: 'directory'
  readonly ino: number
  mode: number
  mtimeMs: number
  readonly entries: Map<string, DiskNode>
  readonly durable: Map<string, DiskNode>
}

export interface LinkNode {
  readonly kind: 'symlink'
  readonly ino: number
  mode: number
  mtimeMs: number
  readonly target: string
}

export type DiskNode = FileNode | FolderNode | LinkNode

/** One name in one folder that now stands for `node`, or for nothing. */
export interface EntryChange {
  readonly folder: FolderNode
  readonly name: string
  readonly node: DiskNode | undefined
}

/**
 * `drop`: a power loss leaves only what was synced. `some`: of the changes of names a random beginning arrived too, and of each
 * file's unsynced content the old, the new or a torn beginning.
 */
export type CrashMode = 'drop' | 'some'

/** The part of a file system that survives the process: nodes, names, and which of them are durable. */
export interface FakeDisk {
  readonly root: FolderNode
  file(mode: number, mtimeMs: number): FileNode
  folder(mode: number, mtimeMs: number): FolderNode
  link(target: string, mtimeMs: number): LinkNode
  /** Changes names, all or none of them even over a power loss (a journal's promise for rename). */
  change(changes: readonly EntryChange[]): void
  /** Makes the names in a folder durable. */
  syncFolder(folder: FolderNode): void
  syncFile(file: FileNode): void
  /** Makes everything durable. */
  syncAll(): void
  /** What is lost is decided here; afterwards everything there is durable. */
  losePower(mode: CrashMode): void
  usedBytes(): number
}

const NO_BYTES = new Uint8Array()

/** An empty disk. `random` decides what `some` leaves. */
export function createFakeDisk(random: FakeRandom): FakeDisk {
  let madeNodes = 0
  const root = newFolder(0o755, 0)
  /** Changes of names that are not durable yet, oldest first. */
  let journal: (readonly EntryChange[])[] = []

  function newFolder(mode: number, mtimeMs: number): FolderNode {
    return { kind: 'directory', ino: ++madeNodes, mode, mtimeMs, entries: new Map(), durable: new Map() }
  }

  const commit = (group: readonly EntryChange[]): void => {
    for (const { folder, name, node } of group) setEntry(folder.durable, name, node)
  }

  const disk: FakeDisk = {
    root,
    file: (mode, mtimeMs) => ({
      kind: 'file',
      ino: ++madeNodes,
      mode,
      mtimeMs,
      data: NO_BYTES,
      durable: NO_BYTES,
    }),
    folder: newFolder,
    link: (target, mtimeMs) => ({ kind: 'symlink', ino: ++madeNodes, mode: 0o777, mtimeMs, target }),

    change(changes) {
      for (const { folder, name, node } of changes) setEntry(folder.entries, name, node)
      journal.push(changes)
    },

    syncFolder(folder) {
      const touches = (group: readonly EntryChange[]): boolean =>
        group.some((change) => change.folder === folder)
      for (const group of journal) if (touches(group)) commit(group)
      journal = journal.filter((group) => !touches(group))
    },

    syncFile(file) {
      file.durable = file.data
    },

    syncAll() {
      for (const group of journal) commit(group)
      journal = []
      for (const node of nodesUnder(root, (folder) => folder.entries)) {
        if (node.kind === 'file') node.durable = node.data
      }
    },

    losePower(mode) {
      if (mode === 'some')
        for (const group of journal.slice(0, random.integer(journal.length + 1))) commit(group)
      journal = []
      for (const node of nodesUnder(root, (folder) => folder.durable)) {
        if (node.kind === 'directory') replaceEntries(node)
        if (node.kind === 'file') {
          node.data = mode === 'some' ? survivingContent(node, random) : node.durable
          node.durable = node.data
        }
      }
    },

    usedBytes() {
      let bytes = 0
      for (const node of nodesUnder(root, (folder) => folder.entries))
        if (node.kind === 'file') bytes += node.data.byteLength
      return bytes
    },
  }
  return disk
}

function setEntry(entries: Map<string, DiskNode>, name: string, node: DiskNode | undefined): void {
  if (node) entries.set(name, node)
  else entries.delete(name)
}

function replaceEntries(folder: FolderNode): void {
  folder.entries.clear()
  for (const [name, node] of folder.durable) folder.entries.set(name, node)
}

function survivingContent(file: FileNode, random: FakeRandom): Uint8Array {
  if (file.data === file.durable) return file.data
  const torn = file.data.subarray(0, random.integer(file.data.byteLength + 1))
  return random.pick([file.durable, file.data, torn])
}

/** Every node once, also those with several names. */
function nodesUnder(
  root: FolderNode,
  entriesOf: (folder: FolderNode) => Map<string, DiskNode>,
): Set<DiskNode> {
  const seen = new Set<DiskNode>([root])
  // A Set may grow while it is walked.
  for (const node of seen)
    if (node.kind === 'directory') for (const child of entriesOf(node).values()) seen.add(child)
  return seen
}
