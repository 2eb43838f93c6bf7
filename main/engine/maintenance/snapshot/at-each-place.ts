import type { Workspace } from '../../catalogue/workspace.ts'
import type { Repositories } from '../../delivery/snapshot/repositories.ts'
import type { StoredError } from '../../model/backup.ts'
import type { Destination } from '../../model/destination.ts'
import { asEverstowError } from '../../model/errors.ts'
import { storedErrorOf } from '../../model/stored-error.ts'
import { openUpkeepPlace, type UpkeepPlace } from '../../repository/upkeep/open-place.ts'

/** In which destinations something is done. */
export interface PlaceScope {
  /** Destinations that hold a repository. */
  readonly destinations: readonly Destination[]
  readonly signal: AbortSignal
}

/** Something a destination said, or why it did not. */
export type PerPlace<Report> =
  | { readonly destinationId: string; readonly report: Report; readonly error?: undefined }
  | { readonly destinationId: string; readonly report?: undefined; readonly error: StoredError }

/** The destinations side by side: one that is away does not keep the others from it. */
export async function atEachPlace<Report>(
  workspace: Workspace,
  repositories: Repositories,
  { destinations, signal }: PlaceScope,
  work: (place: UpkeepPlace, destination: Destination) => Promise<Report>,
): Promise<PerPlace<Report>[]> {
  return Promise.all(
    destinations.map(async (destination): Promise<PerPlace<Report>> => {
      const destinationId = destination.id
      try {
        const place = await openUpkeepPlace(
          await repositories.open(destinationId, { signal }),
          workspace.env,
          signal,
        )
        try {
          return { destinationId, report: await work(place, destination) }
        } finally {
          place.repository.close()
        }
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        workspace.env.log.area('maintenance').warn('upkeep failed', { place: destination.name, error })
        return { destinationId, error: storedErrorOf(error) }
      }
    }),
  )
}
