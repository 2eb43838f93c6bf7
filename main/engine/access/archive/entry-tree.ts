import { createHash } from 'node:crypto'
import type { ArchiveEntry } from '../../archive/entry.ts'

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

/** No file system lets people go deeper by hand; only a hostile archive does, and what lies below is not told. */
const DEEPEST = 1_000

/** Puts the entries of an archive into folders. Folders that only exist as part of a path are made up. */
export function treeOf(entries: Iterable<ArchiveEntry>): TreeFolder {
  const top: Growing = { children: new Map() }
  const files = new Map<string, ArchiveEntry>()
  for (const entry of entries) {
    const names = entry.path.split('/')
    if (names.length > DEEPEST) continue
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
  return folderOf(top)
}

function folderOf({ children }: Growing): TreeFolder {
  const named = [...children].map(([name, growing]) => ({ bytes: Buffer.from(name), name, growing }))
  named.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  const nodes = named.map(({ name, growing }) => nodeOf(name, growing))
  const hash = createHash('sha256').update('everstow archive folder 1\n')
  for (const { child, mtimeNs, ...facts } of nodes) {
    const { name, kind, sizeBytes, mode, sha256, linkTarget } = facts
    const id = child && Buffer.from(child.id).toString('hex')
    hash.update(`${JSON.stringify([name, kind, sizeBytes, mode, String(mtimeNs), sha256, linkTarget, id])}\n`)
  }
  return { id: hash.digest(), nodes }
}

function nodeOf(name: string, growing: Growing): TreeNode {
  const { entry, children } = growing
  if (children.size > 0 || !entry || entry.kind === 'directory') {
    const { mode = 0o755, mtimeNs = 0n } = entry?.kind === 'directory' ? entry : {}
    return { name, kind: 'directory', sizeBytes: 0, mode, mtimeNs, child: folderOf(growing) }
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
