import { posix } from 'node:path'
import type { DiskNode, FakeDisk, FolderNode } from './fake-disk.ts'
import { systemError } from './file-faults.ts'

/** Where a path leads: a name in a folder, and what is there. The root has no name and is its own folder. */
export interface Located {
  readonly folder: FolderNode
  readonly name: string
  readonly node: DiskNode | undefined
  /** The path without links. */
  readonly path: string
}

const MOST_LINKS = 40

/** Walks to a path like the system does: links on the way are followed, the last one only when `follow`. */
export function locate(disk: FakeDisk, path: string, syscall: string, follow: boolean): Located {
  if (!posix.isAbsolute(path)) throw systemError('EINVAL', syscall, path)
  let names = namesOf(path)
  let at: Located[] = [{ folder: disk.root, name: '', node: disk.root, path: '/' }]
  for (let links = 0; names.length > 0; ) {
    const [name = '', ...rest] = names
    names = rest
    if (name === '..') {
      if (at.length > 1) at = at.slice(0, -1)
      continue
    }
    const parent = at.at(-1)!
    if (!parent.node) throw systemError('ENOENT', syscall, path)
    if (parent.node.kind !== 'directory') throw systemError('ENOTDIR', syscall, path)
    const node = parent.node.entries.get(name)
    if (node?.kind === 'symlink' && (rest.length > 0 || follow)) {
      if (++links > MOST_LINKS) throw systemError('ELOOP', syscall, path)
      if (posix.isAbsolute(node.target)) at = at.slice(0, 1)
      names = [...namesOf(node.target), ...rest]
      continue
    }
    at = [...at, { folder: parent.node, name, node, path: posix.join(parent.path, name) }]
  }
  return at.at(-1)!
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}
