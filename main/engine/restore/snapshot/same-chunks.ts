import type { ChunkHasher } from '../../repository/crypto/chunk-id.ts'
import type { ChunkIndex } from '../../repository/index/chunk-index.ts'
import type { DiskPath } from '../target/path-key.ts'
import { readFully } from '../target/same-content.ts'
import { codeOf, type SyncFiles } from '../target/sync-files.ts'

/** Whether a file holds exactly these chunks (32 bytes an id), told by their ids. One that we may not read does not. */
export function sameChunks(
  files: SyncFiles,
  index: ChunkIndex,
  hasher: ChunkHasher,
  path: DiskPath,
  ids: Uint8Array,
): boolean {
  const { O_RDONLY, O_NOFOLLOW = 0 } = files.constants
  let fd: number
  try {
    fd = files.openSync(path, O_RDONLY | O_NOFOLLOW)
  } catch (error) {
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return false
    throw error
  }
  try {
    for (let at = 0; at < ids.length; at += 32) {
      const bytes = Buffer.allocUnsafe(index.lengthOf(index.find(ids, at)))
      if (readFully(files, fd, bytes) !== bytes.length) return false
      if (Buffer.compare(hasher.idOf(bytes), ids.subarray(at, at + 32)) !== 0) return false
    }
    return readFully(files, fd, Buffer.allocUnsafe(1)) === 0
  } finally {
    files.closeSync(fd)
  }
}
