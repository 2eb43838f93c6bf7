import { createHash } from 'node:crypto'
import type { ArchiveEntry } from '../../archive/entry.ts'
import type { Clock } from '../../env/clock.ts'

/** One thing in a folder of an archive. A hard link is the file it is a name of. */
export interface TreeNode {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'symlink'
  readonly sizeBytes: number
  readonly mode: number
  readonly mtimeNs: bigint
  /** Hex SHA-256 of the content of a file; absent where nobody took it. */
  readonly sha256?: string
  readonly linkTarget?: string
  readonly child?: TreeFolder
}

/** A folder and what is in it by name, in the order of their bytes. Equal folders have equal ids. */
export interface TreeFolder {
  readonly id: Uint8Array
  readonly nodes: readonly TreeNode[]
}

interface Growing {
  entry?: ArchiveEntry
  readonly children: Map<string, Growing>
}

/** So long the calling thread is held up at most before others may run; looked at once in so many entries. */
const SLICE_MS = 10
const ENTRIES_A_LOOK = 500
/** No file system lets people go deeper by hand; only a hostile archive does, and what lies below is not told. */
const DEEPEST = 1_000

/** Puts the entries of an archive into folders. Folders that only exist as part of a path are made up. */
export async function treeOf(
  entries: Iterable<ArchiveEntry>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<TreeFolder> {
  let sliceEnd = clock.monotonicMs() + SLICE_MS
  const pause = async (): Promise<void> => {
    if (clock.monotonicMs() < sliceEnd) return
    await clock.sleep(0, signal)
    sliceEnd = clock.monotonicMs() + SLICE_MS
  }
  let count = 0
  const top: Growing = { children: new Map() }
  const files = new Map<string, ArchiveEntry>()
  for (const entry of entries) {
    const names = entry.path.split('/')
    if (names.length > DEEPEST) continue
    if (++count % ENTRIES_A_LOOK === 0) await pause()
    let at = top
    for (const name of names) {
      const below = at.children.get(name) ?? { children: new Map() }
      at.children.set(name, below)
      at = below
    }
    const file = entry.kind === 'hardlink' ? files.get(entry.linkTarget ?? '') : entry
    at.entry = file ? { ...file, path: entry.path } : entry
    if (file?.kind === 'file') files.set(entry.path, file)
  }
  return folderOf(top, pause)
}

async function folderOf({ children }: Growing, pause: () => Promise<void>): Promise<TreeFolder> {
  const named = [...children].map(([name, growing]) => ({ bytes: Buffer.from(name), name, growing }))
  named.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  const nodes: TreeNode[] = []
  for (const { name, growing } of named) {
    const isFolder = growing.children.size > 0 || growing.entry?.kind === 'directory'
    nodes.push(nodeOf(name, growing, isFolder ? await folderOf(growing, pause) : undefined))
  }
  await pause()
  const hash = createHash('sha256').update('everstow archive folder 1\n')
  for (const { child, mtimeNs, ...facts } of nodes) {
    const { name, kind, sizeBytes, mode, sha256, linkTarget } = facts
    const id = child && Buffer.from(child.id).toString('hex')
    hash.update(`${JSON.stringify([name, kind, sizeBytes, mode, String(mtimeNs), sha256, linkTarget, id])}\n`)
  }
  return { id: hash.digest(), nodes }
}

function nodeOf(name: string, { entry }: Growing, child: TreeFolder | undefined): TreeNode {
  if (child || !entry) {
    const { mode = 0o755, mtimeNs = 0n } = entry?.kind === 'directory' ? entry : {}
    return { name, kind: 'directory', sizeBytes: 0, mode, mtimeNs, ...(child && { child }) }
  }
  const { kind, sizeBytes, mode, mtimeNs, sha256, linkTarget } = entry
  return {
    name,
    kind: kind === 'symlink' ? 'symlink' : 'file',
    sizeBytes,
    mode,
    mtimeNs,
    ...(sha256 !== undefined && { sha256 }),
    ...(kind === 'symlink' && linkTarget !== undefined && { linkTarget }),
  }
}
