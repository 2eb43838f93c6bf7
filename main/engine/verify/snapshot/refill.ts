import type { Workspace } from '../../catalogue/workspace.ts'
import { replicate } from '../../delivery/snapshot/replicate.ts'
import type { OpenRepository } from '../../delivery/snapshot/repositories.ts'
import { asEverstowError } from '../../model/errors.ts'
import { isLive } from '../../repository/log/state-queries.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { stateOf } from './findings.ts'

/** A place to bring snapshots from. */
export interface RefillSource {
  readonly open: OpenRepository
  readonly place: UpkeepPlace
}

/** A snapshot that no source has whole. */
export interface NotBrought {
  readonly snapId: string
  /** Undefined where not even its root can be read. */
  readonly backupId: string | undefined
}

/** What a destination got, and what nobody could give it. */
export interface Refilled {
  readonly brought: number
  readonly notBrought: readonly NotBrought[]
}

/**
 * Brings every snapshot that people see in the sources, oldest first, to a destination that lacks it: one that was wiped. What one source has not whole is
 * asked of the next; one snapshot that nobody has whole does not keep the others away.
 */
export async function refill(
  workspace: Workspace,
  target: OpenRepository,
  sources: readonly RefillSource[],
  signal: AbortSignal,
  onProgress: (sentBytes: number) => void = () => {},
): Promise<Refilled> {
  let brought = 0
  const notBrought = new Map<string, NotBrought>()
  for (const { open, place } of sources) {
    await place.repository.refresh(signal)
    for (const { snapId } of place.repository.snapshots()) {
      // Whether it is there or was forgotten there: forgetting wins.
      const { snapshots, tombstones } = target.log.state
      if (isLive(snapshots.get(snapId)) || snapshots.has(snapId) || tombstones.has(snapId)) continue
      let backupId = notBrought.get(snapId)?.backupId
      try {
        backupId = (await place.repository.root(snapId, signal)).backupId
        await replicate(workspace, open, target, { backupId, snapId, signal, onProgress })
        notBrought.delete(snapId)
        brought++
      } catch (caught) {
        const error = asEverstowError(caught)
        if (!stateOf(error) && error.code !== 'chunk-missing') throw error
        workspace.env.log.area('verify').warn('snapshot not brought', { place: place.name, snapId, error })
        notBrought.set(snapId, { snapId, backupId })
      }
    }
  }
  return { brought, notBrought: [...notBrought.values()] }
}
