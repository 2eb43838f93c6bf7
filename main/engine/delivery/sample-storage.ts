import { archiveBytes, putSample } from '../catalogue/health-facts.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { asEverstowError } from '../model/errors.ts'
import { localDay } from '../model/keeping/thin-samples.ts'
import { createLivePacks } from './snapshot/live-packs.ts'
import type { Repositories } from './snapshot/repositories.ts'

/**
 * Writes down how much lies in destinations today: the archives that are known there, and the packs of the index of the repository. One that is away is left
 * out: no sample is better than a guess.
 */
export async function sampleStorage(
  workspace: Workspace,
  repositories: Repositories,
  { destinationIds, signal }: { readonly destinationIds: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  const { env, database, configuration } = workspace
  const { destinations } = await configuration.read()
  for (const { id, name, repositoryId } of destinations) {
    if (!destinationIds.includes(id)) continue
    try {
      const packs = repositoryId === undefined ? 0 : await packBytes(id)
      const atMs = env.clock.now()
      putSample(database, id, { day: localDay(atMs), atMs, bytes: archiveBytes(database, id) + packs })
    } catch (caught) {
      const error = asEverstowError(caught)
      env.log.area('delivery').debug('storage not measured', { place: name, error })
    }
  }

  async function packBytes(destinationId: string): Promise<number> {
    const opened = await repositories.open(destinationId, { signal })
    await opened.log.refresh(signal)
    const packs = await createLivePacks(workspace, opened, signal).all(opened.log.state)
    let bytes = 0
    for (const { sizeBytes } of packs.values()) bytes += sizeBytes
    return bytes
  }
}
