import type { ProofRow } from '../../catalogue/proofs.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import type { Repositories } from '../../delivery/snapshot/repositories.ts'
import type { StoredError } from '../../model/backup.ts'
import type { Destination } from '../../model/destination.ts'
import { asEverstowError } from '../../model/errors.ts'
import { storedErrorOf } from '../../model/stored-error.ts'
import { openUpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { type DrillOptions, drill } from './drill.ts'

/** What drills proved, and which destinations could not be drilled. */
export interface DrillOutcome {
  readonly proofs: readonly ProofRow[]
  readonly problems: readonly { readonly destinationId: string; readonly error: StoredError }[]
}

/** Drills each destination in turn. */
export async function drillPlaces(
  workspace: Workspace,
  repositories: Repositories,
  options: DrillOptions & { readonly destinations: readonly Destination[] },
): Promise<DrillOutcome> {
  const { destinations, signal } = options
  const proofs: ProofRow[] = []
  const problems: DrillOutcome['problems'][number][] = []
  for (const { id } of destinations) {
    try {
      const place = await openUpkeepPlace(await repositories.open(id, { signal }), workspace.env, signal)
      try {
        proofs.push(...(await drill(workspace, place, options)))
      } finally {
        place.repository.close()
      }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      problems.push({ destinationId: id, error: storedErrorOf(error) })
    }
  }
  return { proofs, problems }
}
