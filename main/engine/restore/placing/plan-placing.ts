import type { PlacingOrder } from '../restore-options.ts'
import type { PathKey } from '../target/path-key.ts'
import { type EntryMetadata, permissions } from '../target/set-metadata.ts'
import { lookAt, type SyncFiles } from '../target/sync-files.ts'
import { dateOf, replacedFolderName } from '../target/target-name.ts'
import { foldersInBoth } from './place.ts'
import type { FolderToSet, PlacingPlan, Staging } from './staging.ts'

/** Decides, before anything moves, all that placing must still know when half of it is done. */
export function planPlacing(
  job: PlacingOrder,
  files: SyncFiles,
  into: string,
  staging: Staging,
  metadata: ReadonlyMap<PathKey, EntryMetadata>,
): PlacingPlan {
  const withMetadata = (key: PathKey): FolderToSet[] => {
    const found = metadata.get(key)
    if (!found) return []
    const { mode, mtimeNs, uid, gid } = found
    return [{ key, metadata: { mode, mtimeNs, uid, gid } }]
  }
  const shared = foldersInBoth(files, staging.tree, into)
  const inBoth = new Set(shared)
  const closed = [...metadata.keys()].filter(
    (key) => !inBoth.has(key) && (permissions(metadata.get(key)!.mode, job.owner) & 0o700) !== 0o700,
  )
  return {
    existing: job.existing,
    restoreOwner: job.owner,
    date: dateOf(job.nowMs),
    replacedName: replacedFolderName(job.nowMs, (name) => lookAt(files, `${into}/${name}`) !== undefined),
    merged: job.existing === 'replace' ? shared.flatMap(withMetadata) : [],
    closed: closed.flatMap(withMetadata),
  }
}
