import type { Workspace } from '../../catalogue/workspace.ts'
import { replicate } from '../../delivery/snapshot/replicate.ts'
import type { OpenRepository } from '../../delivery/snapshot/repositories.ts'
import { isLive } from '../../repository/log/state-queries.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'

/** A place to bring snapshots from. */
export interface RefillSource {
  readonly open: OpenRepository
  readonly place: UpkeepPlace
}

/**
 * Brings every snapshot that people see in the sources, oldest first, to a destination that lacks it: one that was wiped, or that is new. Answers how many
 * it brought.
 */
export async function refill(
  workspace: Workspace,
  target: OpenRepository,
  sources: readonly RefillSource[],
  signal: AbortSignal,
  onProgress: (sentBytes: number) => void = () => {},
): Promise<number> {
  let brought = 0
  for (const { open, place } of sources) {
    await place.repository.refresh(signal)
    for (const { snapId } of place.repository.snapshots()) {
      // Whether it is there or was forgotten there: forgetting wins.
      const { snapshots, tombstones } = target.log.state
      if (isLive(snapshots.get(snapId)) || snapshots.has(snapId) || tombstones.has(snapId)) continue
      const { backupId } = await place.repository.root(snapId, signal)
      await replicate(workspace, open, target, { backupId, snapId, signal, onProgress })
      brought++
    }
  }
  return brought
}
