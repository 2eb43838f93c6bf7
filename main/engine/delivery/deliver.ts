import { copiesIn, findBackup, updateCopy } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { CopyRow, CopyState, StoredError } from '../model/backup.ts'
import type { Destination } from '../model/destination.ts'
import { asEverstowError, type ErrorCode, EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import { deliverCopy, refreshMetadata } from './deliver-copy.ts'
import type { Places } from './places.ts'
import { tidySpool } from './spool.ts'

/** How a delivery is narrowed, watched and stopped. */
export interface DeliverOptions {
  readonly backupId?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: CopyProgress) => void
}

/** Where one copy stands. */
export interface CopyProgress {
  readonly backupId: string
  readonly destinationId: string
  readonly destinationName: string
  readonly state: CopyState
  readonly sentBytes: number
  readonly totalBytes: number
}

/** What came of a delivery. */
export interface DeliveryReport {
  readonly delivered: number
  readonly remaining: number
  readonly problems: readonly {
    readonly backupId: string
    readonly destinationId: string
    readonly destinationName: string
    readonly state: CopyState
    readonly error: StoredError
  }[]
}

/** Every state that is not yet a good copy and not on its way out. */
export const UNDELIVERED: readonly CopyState[] = [
  'pending',
  'syncing',
  'waiting',
  'failed',
  'damaged',
  'missing',
]

/**
 * Delivers every copy that has not reached its place. Each destination has a queue of its own, worked on at the same time as the others, so one
 * that fails or crawls never holds up another. A lock per destination keeps two processes from delivering the same copy.
 */
export async function deliver(
  workspace: Workspace,
  places: Places,
  options: DeliverOptions,
): Promise<DeliveryReport> {
  const { database, env } = workspace
  const filter = options.backupId === undefined ? {} : { backupId: options.backupId }
  const waiting = copiesIn(database, UNDELIVERED, filter)
  const { destinations } = await workspace.configuration.read()
  const queues = destinations.filter(({ id }) => waiting.some(({ destinationId }) => destinationId === id))

  const outcomes = await Promise.all(
    queues.map((destination) =>
      deliverQueue(workspace, places, destination, options).catch((error: unknown) => {
        if (asEverstowError(error).code === 'cancelled') return { delivered: [] }
        throw error
      }),
    ),
  )
  places.settleRequests()
  if (options.signal.aborted) throw new EverstowError('cancelled')

  const delivered = outcomes.flatMap((outcome) => outcome.delivered)
  for (const backupId of new Set(delivered)) {
    const backup = findBackup(database, backupId)
    if (backup) await refreshMetadata(workspace, places, backup)
  }
  await tidySpool(workspace)

  const left = copiesIn(database, UNDELIVERED, filter)
  env.log.area('delivery').info('delivery ended', { delivered: delivered.length, remaining: left.length })
  return {
    delivered: delivered.length,
    remaining: left.length,
    problems: left.flatMap((copy) => {
      const destination = destinations.find(({ id }) => id === copy.destinationId)
      if (!destination || !copy.error) return []
      return [
        {
          backupId: copy.backupId,
          destinationId: destination.id,
          destinationName: destination.name,
          state: copy.state,
          error: copy.error,
        },
      ]
    }),
  }
}

async function deliverQueue(
  workspace: Workspace,
  places: Places,
  destination: Destination,
  options: DeliverOptions,
): Promise<{ delivered: string[] }> {
  const { database, env } = workspace
  const log = env.log.area('delivery')
  const delivered: string[] = []
  const lock = await workspace.lock(
    `place-${destination.id}`,
    `delivering to ${destination.name}`,
    options.signal,
  )
  try {
    const filter = {
      destinationId: destination.id,
      ...(options.backupId === undefined ? {} : { backupId: options.backupId }),
    }
    // Read again under the lock: another process may have delivered meanwhile.
    for (const copy of copiesIn(database, UNDELIVERED, filter)) {
      const error = await tryCopy(workspace, places, destination, copy, options)
      if (error === undefined) {
        delivered.push(copy.backupId)
        continue
      }
      if (error.code === 'cancelled') throw error
      log.error('copy not delivered', { backup: copy.backupId, place: destination.name, error })
      if (concernsWholePlace(error)) break
    }
  } finally {
    await lock.release()
  }
  return { delivered }
}

/** Delivers one copy and writes the outcome down; the error, if it failed. */
async function tryCopy(
  workspace: Workspace,
  places: Places,
  destination: Destination,
  copy: CopyRow,
  options: DeliverOptions,
): Promise<EverstowError | undefined> {
  const { database, env } = workspace
  const backup = findBackup(database, copy.backupId)
  if (!backup || (backup.state !== 'complete' && backup.state !== 'incomplete')) return undefined
  const report = (state: CopyState, sentBytes: number) =>
    options.onProgress?.({
      backupId: backup.id,
      destinationId: destination.id,
      destinationName: destination.name,
      state,
      sentBytes,
      totalBytes: backup.sizeBytes,
    })
  try {
    report('syncing', 0)
    const started = env.clock.monotonicMs()
    await deliverCopy(workspace, places, backup, copy, destination, {
      signal: options.signal,
      onProgress: (sentBytes) => report('syncing', sentBytes),
    })
    places.noteHealth(destination.id, undefined)
    report('synced', backup.sizeBytes)
    env.log.area('delivery').info('copy delivered', {
      backup: backup.id,
      place: destination.name,
      bytes: backup.sizeBytes,
      durationMs: Math.round(env.clock.monotonicMs() - started),
    })
    return undefined
  } catch (caught) {
    const error = asEverstowError(caught)
    const state: CopyState =
      error.code === 'cancelled'
        ? 'pending'
        : copy.state === 'damaged' || copy.state === 'missing'
          ? copy.state
          : error.retry === 'never'
            ? 'failed'
            : 'waiting'
    updateCopy(database, backup.id, destination.id, {
      state,
      error: error.code === 'cancelled' ? undefined : storedErrorOf(error),
    })
    if (concernsWholePlace(error)) places.noteHealth(destination.id, error)
    report(state, 0)
    return error
  }
}

/** Errors of one archive; every other error would meet the next archive just the same. */
const OF_ONE_ARCHIVE: readonly ErrorCode[] = [
  'object-missing',
  'object-exists',
  'checksum-mismatch',
  'invalid-input',
]

function concernsWholePlace(error: EverstowError): boolean {
  return !OF_ONE_ARCHIVE.includes(error.code)
}
