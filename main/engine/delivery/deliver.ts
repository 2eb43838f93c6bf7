import { copiesIn, findBackup, updateCopy } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { BackupRow, CopyRow, CopyState, StoredError } from '../model/backup.ts'
import type { Destination } from '../model/destination.ts'
import { asEverstowError, type ErrorCode, EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import { deliverCopy, refreshMetadata } from './deliver-copy.ts'
import { unlessHeld } from './hold-back.ts'
import { isOffline, UNDELIVERED } from './outbox.ts'
import type { Places } from './places.ts'
import { deliverSnapshot, tidySessions } from './snapshot/deliver-snapshot.ts'
import type { PackFeed } from './snapshot/pack-feed.ts'
import type { Repositories } from './snapshot/repositories.ts'
import { waitingBelow } from './snapshot/waiting-sessions.ts'
import { tidySpool } from './spool.ts'

/** How a delivery is narrowed, watched and stopped. */
export interface DeliverOptions {
  readonly backupId?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: CopyProgress) => void
  /** The packs of a session that is still being made; with `backupId`. */
  readonly feed?: PackFeed
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

/**
 * Delivers every copy that has not reached its place. Each destination has a queue of its own, worked on at the same time as the others, so one
 * that fails or crawls never holds up another. A lock per destination keeps two processes from delivering the same copy. What one backup leans on and
 * waits here too goes before it.
 */
export async function deliver(
  workspace: Workspace,
  places: Places,
  repositories: Repositories,
  options: DeliverOptions,
): Promise<DeliveryReport> {
  const { database, env } = workspace
  const filter = options.backupId === undefined ? {} : { backupId: options.backupId }
  const waiting = copiesIn(database, UNDELIVERED, filter)
  const { destinations } = await workspace.configuration.read()
  if (isOffline(workspace)) return waitOffline(workspace, waiting, destinations)
  const queues = destinations.filter(({ id }) => waiting.some(({ destinationId }) => destinationId === id))

  const deliverTo = (some: readonly Destination[]) =>
    Promise.all(
      some.map((destination) =>
        deliverQueue(workspace, places, repositories, destination, options).catch((error: unknown) => {
          if (asEverstowError(error).code === 'cancelled') return { delivered: [] }
          throw error
        }),
      ),
    )
  const outcomes = await deliverTo(queues)
  // A destination that was away lacks what this backup leans on; now that another one has it all, it can come from there.
  const behind = queues.filter(({ id }) => lacksChunks(copiesIn(database, UNDELIVERED, filter), id))
  if (outcomes.some((outcome) => outcome.delivered.length > 0) && behind.length > 0)
    outcomes.push(...(await deliverTo(behind)))
  places.settleRequests()
  if (options.signal.aborted) throw new EverstowError('cancelled')

  const delivered = outcomes.flatMap((outcome) => outcome.delivered)
  for (const backupId of new Set(delivered)) {
    const backup = findBackup(database, backupId)
    if (backup?.format === 'archive') await refreshMetadata(workspace, places, backup)
  }
  await tidySpool(workspace)
  await tidySessions(workspace)

  const left = copiesIn(database, UNDELIVERED, filter)
  env.log.area('delivery').info('delivery ended', { delivered: delivered.length, remaining: left.length })
  return reportOf(delivered.length, left, destinations)
}

function lacksChunks(left: readonly CopyRow[], destinationId: string): boolean {
  return left.some((copy) => copy.destinationId === destinationId && copy.error?.code === 'chunk-missing')
}

/** Nothing is tried; everything waits calmly. */
function waitOffline(
  { database }: Workspace,
  waiting: readonly CopyRow[],
  destinations: readonly Destination[],
): DeliveryReport {
  const error = storedErrorOf(new EverstowError('offline'))
  for (const copy of waiting)
    if (copy.state === 'pending' || copy.state === 'syncing' || copy.state === 'waiting')
      updateCopy(database, copy.backupId, copy.destinationId, { state: 'waiting', error })
  return reportOf(
    0,
    waiting.map((copy) => ({ ...copy, state: 'waiting' as const, error })),
    destinations,
  )
}

function reportOf(
  delivered: number,
  left: readonly CopyRow[],
  destinations: readonly Destination[],
): DeliveryReport {
  return {
    delivered,
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
  repositories: Repositories,
  destination: Destination,
  options: DeliverOptions,
): Promise<{ delivered: string[] }> {
  const log = workspace.env.log.area('delivery')
  const delivered: string[] = []
  const lock = await workspace.lock(
    `place-${destination.id}`,
    `delivering to ${destination.name}`,
    options.signal,
  )
  try {
    // Read under the lock: another process may have delivered meanwhile.
    const { ahead, asked } = await queueOf(workspace, destination, options)
    for (const copy of [...ahead, ...asked]) {
      const { feed, ...plain } = options
      const isAhead = ahead.includes(copy)
      const error = await tryCopy(
        workspace,
        places,
        repositories,
        destination,
        copy,
        isAhead ? plain : options,
      )
      if (error === undefined) {
        delivered.push(copy.backupId)
        continue
      }
      if (error.code === 'cancelled') throw error
      log.error('copy not delivered', { backup: copy.backupId, place: destination.name, error })
      if (!concernsWholePlace(error)) continue
      // What was asked for would meet the same.
      if (isAhead) for (const other of asked) noteFailure(workspace, destination, other, error, options)
      break
    }
  } finally {
    await lock.release()
  }
  return { delivered }
}

interface Queue {
  /** What has to be there before the one backup that was asked for. */
  readonly ahead: readonly CopyRow[]
  readonly asked: readonly CopyRow[]
}

/** What a destination is to be sent, the oldest backup first. */
async function queueOf(
  workspace: Workspace,
  { id: destinationId }: Destination,
  { backupId }: DeliverOptions,
): Promise<Queue> {
  const { database } = workspace
  const waiting = copiesIn(database, UNDELIVERED, { destinationId })
  if (backupId === undefined) return { ahead: [], asked: waiting }
  const backup = findBackup(database, backupId)
  const below = backup ? await waitingBelow(workspace, backup, destinationId) : new Set()
  return {
    ahead: waiting.filter((copy) => below.has(copy.backupId)),
    asked: waiting.filter((copy) => copy.backupId === backupId),
  }
}

/** Delivers one copy and writes the outcome down; the error, if it failed. */
async function tryCopy(
  workspace: Workspace,
  places: Places,
  repositories: Repositories,
  destination: Destination,
  copy: CopyRow,
  options: DeliverOptions,
): Promise<EverstowError | undefined> {
  const { database, env } = workspace
  const backup = findBackup(database, copy.backupId)
  const isMade = backup?.state === 'complete' || backup?.state === 'incomplete'
  if (!backup || !(isMade || (options.feed && backup.state === 'creating'))) return undefined
  const report = (state: CopyState, sentBytes: number) =>
    options.onProgress?.(progressOf(backup, destination, state, sentBytes))
  try {
    const started = env.clock.monotonicMs()
    await unlessHeld(destination, places.heldBack, env.clock, options.signal, async (signal) => {
      report('syncing', 0)
      const watch = { signal, onProgress: (sentBytes: number) => report('syncing', sentBytes) }
      if (backup.format === 'archive') await deliverCopy(workspace, places, backup, copy, destination, watch)
      else
        await deliverSnapshot(workspace, repositories, backup, copy, destination, {
          ...watch,
          ...(options.feed ? { feed: options.feed } : {}),
        })
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
    // There is no backup to deliver; whoever made it says why.
    if (options.feed?.isWhatStopped(caught)) {
      report(copy.state, 0)
      return error
    }
    if (concernsWholePlace(error)) places.noteHealth(destination.id, error)
    noteFailure(workspace, destination, copy, error, options)
    return error
  }
}

function progressOf(
  { id: backupId, sizeBytes: totalBytes }: BackupRow,
  { id: destinationId, name: destinationName }: Destination,
  state: CopyState,
  sentBytes: number,
): CopyProgress {
  return { backupId, destinationId, destinationName, state, sentBytes, totalBytes }
}

/** Writes down that a copy was not delivered. */
function noteFailure(
  { database }: Workspace,
  destination: Destination,
  copy: CopyRow,
  error: EverstowError,
  { feed, onProgress }: DeliverOptions,
): void {
  const isCancelled = error.code === 'cancelled'
  const isSpoilt = copy.state === 'damaged' || copy.state === 'missing'
  const failed = error.retry === 'never' ? 'failed' : 'waiting'
  const state: CopyState = isCancelled ? 'pending' : isSpoilt ? copy.state : failed
  updateCopy(database, copy.backupId, destination.id, {
    state,
    error: isCancelled ? undefined : storedErrorOf(error),
  })
  feed?.left(destination.id)
  const backup = findBackup(database, copy.backupId)
  if (backup) onProgress?.(progressOf(backup, destination, state, 0))
}

/** Errors of one archive; every other error would meet the next archive just the same. */
const OF_ONE_ARCHIVE: readonly ErrorCode[] = [
  'object-missing',
  'object-exists',
  'checksum-mismatch',
  'chunk-missing',
  'data-damaged',
  'session-expired',
  'invalid-input',
]

function concernsWholePlace(error: EverstowError): boolean {
  return !OF_ONE_ARCHIVE.includes(error.code)
}
