import { join } from 'node:path'
import type { Workspace } from '../../../catalogue/workspace.ts'
import type { HoldBack } from '../../../delivery/hold-back.ts'
import { isOffline } from '../../../delivery/outbox.ts'
import type { Identity } from '../../../delivery/snapshot/identity.ts'
import { readable } from '../../../delivery/snapshot/readable.ts'
import type { OpenRepository, Repositories } from '../../../delivery/snapshot/repositories.ts'
import { repositoryCache } from '../../../delivery/snapshot/repositories.ts'
import { sessionPaths } from '../../../delivery/snapshot/session-folder.ts'
import { isDoubtful } from '../../../delivery/snapshot/stranded.ts'
import { waitingSessions } from '../../../delivery/snapshot/waiting-sessions.ts'
import type { Destination } from '../../../model/destination.ts'
import { asEverstowError, EverstowError } from '../../../model/errors.ts'
import { openObject } from '../../../repository/format/sealed-object.ts'
import { decodeSegment } from '../../../repository/format/segment.ts'
import { type ChunkIndex, createChunkIndex } from '../../../repository/index/chunk-index.ts'
import { loadIndex } from '../../../repository/index/index-file.ts'
import { isLive } from '../../../repository/log/state-queries.ts'
import { addSegment } from '../../../repository/read/add-segment.ts'
import type { Repository } from '../../../repository/read/open-repository.ts'

/** What decides which chunks are known already. */
export interface Reference {
  readonly identity: Identity
  readonly index: ChunkIndex
  /** The destination that decides; undefined when none answers: then what this computer remembers decides, and delivery looks again. */
  readonly repository: Repository | undefined
  /** Sessions that wait for their places are in the index. */
  readonly hasWaiting: boolean
  /** Whether a snapshot is in the reference for certain, with all its chunks. */
  isCertain(snapId: string): boolean
  close(): void
}

/**
 * Chooses the reference of a backup: the first of its destinations that answers, local ones before far ones; a repository is laid out there if need be.
 * What waits in the spool for all of these places counts as known too: it will be there first.
 */
export async function chooseReference(
  workspace: Workspace,
  repositories: Repositories,
  destinations: readonly Destination[],
  heldBack: HoldBack,
  signal: AbortSignal,
): Promise<Reference> {
  const wanted = repositoryOf(destinations)
  const identity = await repositories.identity(wanted)
  const repositoryId = identity.repository.id
  const opened = isOffline(workspace)
    ? undefined
    : await firstThatAnswers(workspace, repositories, destinations, repositoryId, heldBack, signal)
  const repository = opened && (await readable(workspace, opened, signal))
  const index = repository?.index ?? rememberedIndex(workspace, repositoryId, destinations)
  const ids = destinations.map(({ id }) => id)
  const hasWaiting = await addWaitingSessions(workspace, identity, ids, index)
  return {
    identity,
    index,
    repository,
    hasWaiting,
    isCertain(snapId) {
      const state = repository?.log.state
      return state !== undefined && state.lost.size === 0 && isLive(state.snapshots.get(snapId))
    },
    close: () => repository?.close(),
  }
}

/** The repository the destinations agree on; undefined where none has one yet. */
function repositoryOf(destinations: readonly Destination[]): string | undefined {
  const held = destinations.filter(({ repositoryId }) => repositoryId !== undefined)
  const other = held.find(({ repositoryId }) => repositoryId !== held[0]?.repositoryId)
  if (other) throw new EverstowError('repository-differs', { data: { place: other.name } })
  return held[0]?.repositoryId
}

async function firstThatAnswers(
  workspace: Workspace,
  repositories: Repositories,
  destinations: readonly Destination[],
  repositoryId: string,
  heldBack: HoldBack,
  signal: AbortSignal,
): Promise<OpenRepository | undefined> {
  const near = destinations.toSorted((a, b) => Number(b.type === 'local') - Number(a.type === 'local'))
  for (const destination of near) {
    const { id, name } = destination
    // What is held back now is not asked in passing either.
    if (await heldBack(destination)) continue
    try {
      const opened = await repositories.open(id, { create: true, repositoryId, signal })
      await opened.log.refresh(signal)
      return opened
    } catch (caught) {
      const error = asEverstowError(caught)
      if (error.code === 'cancelled' || error.code === 'repository-differs') throw error
      workspace.env.log
        .area('backup')
        .warn('place does not answer; the next one decides', { place: name, error })
    }
  }
  return undefined
}

/** What was known of any of the destinations when it was last read. */
function rememberedIndex(
  workspace: Workspace,
  repositoryId: string,
  destinations: readonly Destination[],
): ChunkIndex {
  for (const { id } of destinations) {
    const flat = loadIndex(join(repositoryCache(workspace, repositoryId, id), 'index.flat'))
    if (flat) return flat.index
  }
  return createChunkIndex(0)
}

/**
 * The chunks of sealed sessions that wait for these places. They have no number yet, so their packs count as of session 0. One that cannot be read here
 * any more counts for nothing.
 */
async function addWaitingSessions(
  workspace: Workspace,
  { keys, repository }: Identity,
  destinationIds: readonly string[],
  index: ChunkIndex,
): Promise<boolean> {
  const { files, log } = workspace.env
  let found = false
  for (const { backupId, segments } of await waitingSessions(workspace, repository.id, destinationIds)) {
    if (isDoubtful(workspace, backupId)) continue
    const { segment } = sessionPaths(workspace, backupId)
    const decoded: ReturnType<typeof decodeSegment>[] = []
    try {
      for (const segId of segments)
        decoded.push(decodeSegment(openObject(keys, 'index', await files.readFile(segment(segId)), segId)))
    } catch (caught) {
      log
        .area('backup')
        .warn('waiting session not counted on', { backup: backupId, error: asEverstowError(caught) })
      continue
    }
    for (const entries of decoded) addSegment(index, entries, 0, () => true)
    found = true
  }
  return found
}
