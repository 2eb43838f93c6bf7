import type { ArchiveEntry } from '../../archive/entry.ts'
import { NODE } from '../../repository/format/tree.ts'
import type { SnapshotEntry } from '../../repository/read/walk-tree.ts'

/** An entry of a snapshot for those who list; like an archive's, and pipes, sockets and devices besides. */
export interface SnapshotItem extends Omit<ArchiveEntry, 'kind'> {
  readonly kind: 'file' | 'directory' | 'symlink' | 'special'
}

/** The kind of a node. */
export function kindOf(type: number): SnapshotItem['kind'] {
  if (type === NODE.file) return 'file'
  if (type === NODE.directory) return 'directory'
  return type === NODE.link ? 'symlink' : 'special'
}

/** The entry under its path. Bytes of a name that are not UTF-8 show as U+FFFD. */
export function itemAt(folder: string, entry: SnapshotEntry): SnapshotItem {
  const name = Buffer.from(entry.name).toString('utf8')
  const { sizeBytes, mode, mtimeNs, uid, gid } = entry
  const kind = kindOf(entry.type)
  return {
    path: folder === '' ? name : `${folder}/${name}`,
    kind,
    sizeBytes,
    mode,
    mtimeNs,
    uid,
    gid,
    ...(kind === 'symlink' && { linkTarget: Buffer.from(entry.linkTarget).toString('utf8') }),
  }
}
