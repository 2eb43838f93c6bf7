import { userInfo } from 'node:os'
import { join } from 'node:path'
import { copiesOf, updateCopy } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { goodCopies } from '../delivery/copy-source.ts'
import type { Places } from '../delivery/places.ts'
import { readable } from '../delivery/snapshot/readable.ts'
import type { Repositories } from '../delivery/snapshot/repositories.ts'
import { openSpooled, type SpooledSnapshot } from '../delivery/snapshot/spooled-snapshot.ts'
import { randomHex } from '../env/random.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import { isLive } from '../repository/log/state-queries.ts'
import type { RestoreOutcome, RestoreRequest } from './restore-backup.ts'
import { restoreSnapshot } from './snapshot/restore-snapshot.ts'

/** What a restore of a snapshot needs of the rest of the engine. */
export interface SnapshotRestoreDeps {
  readonly workspace: Workspace
  readonly places: Places
  readonly repositories: Repositories
}

interface Opened {
  /** Undefined: the spool of this computer. */
  readonly destinationId: string | undefined
  readonly repository: SpooledSnapshot
}

/**
 * Restores a snapshot from the nearest destination that has it; a chunk that is not good there comes from the others, and that copy is written down as
 * damaged. Where no destination has it or answers, it is restored from the spool, as far as it waits there.
 */
export async function restoreSnapshotBackup(
  deps: SnapshotRestoreDeps,
  request: RestoreRequest,
): Promise<RestoreOutcome> {
  const { env, paths } = deps.workspace
  const spoolView = join(paths.home, 'scratch', `spool-${randomHex(env.random, 8)}`)
  try {
    return await restoreFrom(deps, request, await openAll(deps, request, spoolView))
  } finally {
    await env.files.removeTree(spoolView)
  }
}

async function restoreFrom(
  { workspace, places }: SnapshotRestoreDeps,
  request: RestoreRequest,
  opened: readonly Opened[],
): Promise<RestoreOutcome> {
  const { backup, signal } = request
  const [first, ...others] = opened
  if (!first) throw new EverstowError('object-missing', { data: { name: backup.id } })
  let isDamaged = false
  try {
    const report = await restoreSnapshot(
      {
        repository: first.repository,
        others: others.map(({ repository }) => repository),
        snapId: backup.sha256,
        into: request.into,
        ...(request.paths.length > 0 ? { paths: request.paths } : {}),
        existing: request.existing,
        dryRun: request.dryRun,
        owner: userInfo().uid === 0,
        signal,
        ...(request.record && !request.dryRun ? { record: request.record } : {}),
        ...(request.onProgress ? { onProgress: request.onProgress } : {}),
        onRescued: ({ error }) => {
          if (
            error.code === 'data-damaged' ||
            error.code === 'chunk-missing' ||
            error.code === 'object-missing'
          )
            isDamaged = true
        },
      },
      workspace.env,
    )
    places.settleRequests()
    workspace.env.log.area('restore').info('backup restored', {
      backup: backup.id,
      into: request.into,
      restored: report.restored,
      bytes: report.bytes,
      dryRun: request.dryRun,
    })
    return { report, destinationId: first.destinationId }
  } finally {
    if (isDamaged && first.destinationId !== undefined)
      updateCopy(workspace.database, backup.id, first.destinationId, {
        state: 'damaged',
        error: storedErrorOf(new EverstowError('data-damaged')),
      })
    for (const { repository } of opened) repository.close()
  }
}

/** The destinations that have the snapshot and answer, the nearest first; only the wanted one where one is named. */
async function openAll(
  { workspace, places, repositories }: SnapshotRestoreDeps,
  { backup, destinationId, signal }: RestoreRequest,
  spoolView: string,
): Promise<Opened[]> {
  const named = copiesOf(workspace.database, backup.id).filter((copy) => copy.destinationId === destinationId)
  if (destinationId !== undefined && named.length === 0)
    throw new EverstowError('unknown-place', { data: { name: destinationId } })
  const wanted =
    destinationId === undefined
      ? (await goodCopies(workspace, backup.id)).map(({ copy }) => copy.destinationId)
      : [destinationId]
  const opened: Opened[] = []
  let last: EverstowError | undefined
  for (const id of wanted) {
    try {
      const at = await repositories.open(id, { signal })
      await at.log.refresh(signal)
      if (!isLive(at.log.state.snapshots.get(backup.sha256))) continue
      opened.push({ destinationId: id, repository: await readable(workspace, at, signal) })
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled') throw error
      places.noteHealth(id, error)
      workspace.env.log
        .area('restore')
        .warn('place could not be read', { backup: backup.id, place: id, error })
      last ??= error
    }
  }
  if (opened.length > 0) return opened
  const spooled =
    destinationId === undefined
      ? await openSpooled(workspace, (id) => repositories.identity(id), backup.id, spoolView)
      : undefined
  if (spooled) return [{ destinationId: undefined, repository: spooled }, ...(await openAround(spooled))]
  if (last) throw last
  return opened

  /** Destinations of the same repository: they may have what the snapshot leans on. */
  async function openAround({ repoId }: SpooledSnapshot): Promise<Opened[]> {
    const around: Opened[] = []
    const { destinations } = await workspace.configuration.read()
    for (const { id, repositoryId } of destinations) {
      if (repositoryId !== repoId) continue
      try {
        const at = await repositories.open(id, { repositoryId: repoId, signal })
        await at.log.refresh(signal)
        around.push({ destinationId: id, repository: await readable(workspace, at, signal) })
      } catch (caught) {
        const error = asEverstowError(caught)
        if (error.code === 'cancelled') throw error
        workspace.env.log.area('restore').debug('place could not be read', { place: id, error })
      }
    }
    return around
  }
}
