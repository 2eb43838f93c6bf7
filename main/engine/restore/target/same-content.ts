import { createHash } from 'node:crypto'
import type { DiskPath } from './path-key.ts'
import { codeOf, lookAt, type SyncFiles } from './sync-files.ts'

const BUFFER_BYTES = 256 * 1024
/** Made once: a fresh buffer a file costs more than reading a small file. Nothing here waits in between, so they are never shared. */
const left = Buffer.alloc(BUFFER_BYTES)
const right = Buffer.alloc(BUFFER_BYTES)

/**
 * Whether two files hold the same bytes, or two symlinks the same target; a pipe is like any other. Different kinds, or one we may not read, are
 * not the same.
 */
export function sameContent(files: SyncFiles, ours: DiskPath, theirs: DiskPath): boolean {
  const a = lookAt(files, ours)
  const b = lookAt(files, theirs)
  if (a?.isSymbolicLink() && b?.isSymbolicLink()) {
    return files
      .readlinkSync(ours, { encoding: 'buffer' })
      .equals(files.readlinkSync(theirs, { encoding: 'buffer' }))
  }
  if (a?.isFIFO() && b?.isFIFO()) return true
  if (!a?.isFile() || !b?.isFile() || a.size !== b.size) return false
  try {
    return sameBytes(files, ours, theirs)
  } catch (error) {
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return false
    throw error
  }
}

function sameBytes(files: SyncFiles, ours: DiskPath, theirs: DiskPath): boolean {
  const { O_RDONLY, O_NOFOLLOW = 0 } = files.constants
  const a = files.openSync(ours, O_RDONLY | O_NOFOLLOW)
  try {
    const b = files.openSync(theirs, O_RDONLY | O_NOFOLLOW)
    try {
      for (;;) {
        const read = files.readSync(a, left)
        if (readFully(files, b, right.subarray(0, read)) !== read) return false
        if (read === 0) return true
        if (!left.subarray(0, read).equals(right.subarray(0, read))) return false
      }
    } finally {
      files.closeSync(b)
    }
  } finally {
    files.closeSync(a)
  }
}

/** Fills the buffer unless the file ends before. */
export function readFully(files: SyncFiles, fd: number, buffer: Uint8Array): number {
  let at = 0
  while (at < buffer.byteLength) {
    const read = files.readSync(fd, buffer, at, buffer.byteLength - at, null)
    if (read === 0) break
    at += read
  }
  return at
}

/** Hex SHA-256 of a file's content. */
export function sha256OfFile(files: SyncFiles, path: DiskPath): string {
  const { O_RDONLY, O_NOFOLLOW = 0 } = files.constants
  const hash = createHash('sha256')
  const fd = files.openSync(path, O_RDONLY | O_NOFOLLOW)
  try {
    for (let read = files.readSync(fd, left); read > 0; read = files.readSync(fd, left)) {
      hash.update(left.subarray(0, read))
    }
    return hash.digest('hex')
  } finally {
    files.closeSync(fd)
  }
}
