import { selectPaths } from '../select-paths.ts'
import { keyOf, onDisk } from '../target/path-key.ts'
import { lookAt, type SyncFiles } from '../target/sync-files.ts'
import type { Target } from '../target/target.ts'
import type { RestoreJob } from './restore-job.ts'

/**
 * The least that restoring an archive writes: with an index the chosen files less those that `skip` leaves alone; without one what the metadata says
 * of all files. Zero where nothing is known.
 */
export function archiveBytesToWrite(job: RestoreJob, files: SyncFiles, { into }: Target): number {
  const { index, paths, existing, contentBytes = 0 } = job
  const isThere = lookAt(files, into) !== undefined
  if (!index) return paths || (existing === 'skip' && isThere) ? 0 : contentBytes
  const selection = selectPaths(paths)
  let bytes = 0
  for (const entry of index.entries) {
    if (entry.kind !== 'file' || selection.choose(entry) !== 'take') continue
    if (existing === 'skip' && isThere && lookAt(files, onDisk(into, keyOf(entry)))) continue
    bytes += entry.sizeBytes
  }
  return bytes
}
