import { dropScrubs } from '../../catalogue/proofs.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { Repositories } from '../../delivery/snapshot/repositories.ts'
import { atEachPlace, type PerPlace, type PlaceScope } from './at-each-place.ts'
import { type CollectReport, collect } from './collect.ts'
import type { Renewed, RenewProgress } from './renew-packs.ts'

export interface RenewPlacesOptions extends PlaceScope {
  /** The repository whose keys were changed; `destinations` are those that have it. */
  readonly repositoryId: string
  readonly graceMs: number
  /** Sums over all destinations. */
  readonly onProgress?: (progress: RenewProgress) => void
}

/** What storing anew did in a destination. */
export type PlaceRenewed = CollectReport & { readonly renewed: Renewed }

/**
 * Writes what older keys seal anew in every destination of a repository, and collects there. Once no destination has a pack under older keys in its
 * index, the wish that `rotate` noted is fulfilled; until then whoever calls again goes on.
 */
export async function renewPlaces(
  workspace: Workspace,
  repositories: Repositories,
  { repositoryId, graceMs, onProgress, ...scope }: RenewPlacesOptions,
): Promise<PerPlace<PlaceRenewed>[]> {
  const progressAt = new Map<string, RenewProgress>()
  const outcome = await atEachPlace(workspace, repositories, scope, async (place): Promise<PlaceRenewed> => {
    const { renewed, ...report } = await collect(place, {
      graceMs,
      signal: scope.signal,
      renew: {
        onProgress(progress) {
          progressAt.set(place.destinationId, progress)
          onProgress?.(sumOf(progressAt.values()))
        },
      },
    })
    dropScrubs(workspace.database, place.destinationId, report.deletedKeys)
    // Asked for above, so it is there.
    return { ...report, renewed: renewed! }
  })
  if (outcome.every(({ report }) => report?.renewed.olderPacks === 0)) await noteDone(workspace, repositoryId)
  return outcome
}

function sumOf(all: Iterable<RenewProgress>): RenewProgress {
  let bytes = 0
  let bytesTotal = 0
  for (const one of all) {
    bytes += one.bytes
    bytesTotal += one.bytesTotal
  }
  return { bytes, bytesTotal }
}

async function noteDone({ configuration }: Workspace, repositoryId: string): Promise<void> {
  await configuration.update((current) => ({
    ...current,
    repositories: current.repositories.map(({ isRenewing: _, ...each }, at) =>
      each.id === repositoryId ? each : current.repositories[at]!,
    ),
  }))
}
