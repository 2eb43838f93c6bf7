import { getUpload, setUpload } from '../../catalogue/journal.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { cpuCount } from '../../env/node/threads.ts'
import { EverstowError, hasCode } from '../../model/errors.ts'
import { finderKey, indexKey, packKey, snapKey } from '../../repository/format/keys-of-objects.ts'
import type { Uses } from '../../repository/log/plain-record.ts'
import type { State } from '../../repository/log/state.ts'
import { brokenUses } from '../../repository/log/state-queries.ts'
import { bodyOfFile } from '../../storage/body.ts'
import type { PutOptions, UploadJournal } from '../../storage/object-store.ts'
import { createLeanAgain } from './lean-again.ts'
import { createLivePacks } from './live-packs.ts'
import type { PackFeed } from './pack-feed.ts'
import type { OpenRepository } from './repositories.ts'
import type { FinishedPack } from './session-folder.ts'
import { readBegan, readSealed, type SealedSession, sessionPaths, writeBegan } from './session-folder.ts'

/** How one delivery is watched and stopped. */
export interface DeliverSessionOptions {
  readonly signal: AbortSignal
  /** Bytes of packs that are safe there. */
  readonly onProgress: (sentBytes: number) => void
}

/** A session that has begun in a destination and is not committed yet, with the index segments whose packs are all there. */
export interface BegunSession {
  readonly b: number
  readonly segments: readonly string[]
}

/** Puts at a time; near places gain nothing from more. Far ones wait for each answer, with a pack in memory, and few threads do not fill more. */
const NEAR_PUTS = 2
const MOST_FAR_PUTS = 4
const FAR_PUTS = Math.max(NEAR_PUTS, Math.min(MOST_FAR_PUTS, cpuCount()))

/**
 * Brings a session to one destination: `begin`, its packs as they are finished, then index segments and snapshot, each kind durable before the next, then the
 * commit. A crash anywhere leaves objects nobody refers to; the next delivery goes on under the same `begin`.
 *
 * Answers with the begun session when the destination does not have all it needs (it was away while packs left the spool, or collected what the session leans
 * on): then `replicate` completes it from a destination that has the snapshot. `undefined`: it is committed.
 */
export async function deliverSession(
  workspace: Workspace,
  repository: OpenRepository,
  backupId: string,
  feed: PackFeed,
  options: DeliverSessionOptions,
): Promise<BegunSession | undefined> {
  const { signal } = options
  const { b, resumed } = await begin(workspace, repository, backupId, signal)
  if (repository.log.state.sessions.get(b)?.done !== undefined) return undefined

  const all = await putPacks(workspace, repository, backupId, b, resumed, feed, options)
  const session = await feed.sealed()
  // Its index would name packs that are not there.
  if (!all) return { b, segments: [] }
  await putMetadata(workspace, repository, session, b, signal)
  return (await commit(workspace, repository, session, b, signal))
    ? undefined
    : { b, segments: session.segments }
}

/** The session's number there: the one it has, unless that was closed for its silence or has brought something else. */
async function begin(
  workspace: Workspace,
  { destination, log }: OpenRepository,
  backupId: string,
  signal: AbortSignal,
): Promise<{ b: number; resumed: boolean }> {
  const kept = await readBegan(workspace, backupId, destination.id)
  if (kept !== undefined) {
    const state = await log.refresh(signal)
    const session = state.sessions.get(kept)
    // What it brought may be another snapshot, whose folder this one went on in.
    const isOurs = async () => {
      const sealed = await readSealed(workspace, backupId)
      return sealed !== undefined && state.snapshots.get(sealed.snapId)?.b === kept
    }
    if (session && session.expired === undefined && (session.done === undefined || (await isOurs())))
      return { b: kept, resumed: true }
  }
  const b = await log.beginSession('backup', signal)
  await writeBegan(workspace, backupId, destination.id, b)
  return { b, resumed: false }
}

/** False when some packs have left the spool for good. */
async function putPacks(
  workspace: Workspace,
  repository: OpenRepository,
  backupId: string,
  b: number,
  resumed: boolean,
  feed: PackFeed,
  { signal, onProgress }: DeliverSessionOptions,
): Promise<boolean> {
  const paths = sessionPaths(workspace, backupId)
  const limit = repository.store.kind === 'local' ? NEAR_PUTS : FAR_PUTS
  const working = new Set<Promise<void>>()
  let failure: unknown
  let sentBytes = 0
  let all = true

  async function putPack({ packId, sizeBytes }: FinishedPack): Promise<void> {
    const key = packKey(packId, b)
    if (!(resumed && (await isThere(repository, key, sizeBytes, signal)))) {
      if (!(await workspace.env.files.stat(paths.pack(packId)))) {
        all = false
        return
      }
      const body = bodyOfFile(workspace.env.files, paths.pack(packId), sizeBytes)
      await repository.store.put(key, body, {
        sha256: packId,
        purpose: 'data',
        signal,
        journal: uploadJournal(workspace, backupId, repository.destination.id, key),
      })
    }
    feed.stored(repository.destination.id, packId)
    sentBytes += sizeBytes
    onProgress(sentBytes)
  }

  for await (const pack of feed.packs()) {
    if (failure !== undefined) break
    const work: Promise<void> = putPack(pack)
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => working.delete(work))
    working.add(work)
    if (working.size >= limit) await Promise.race(working)
  }
  await Promise.all(working)
  if (failure !== undefined) throw failure
  return all
}

async function isThere(
  { store }: OpenRepository,
  key: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await store.head(key, signal)).sizeBytes === sizeBytes
  } catch (error) {
    if (hasCode(error, 'object-missing')) return false
    throw error
  }
}

/** S4: index segments with their finders, then the snapshot's root. */
async function putMetadata(
  workspace: Workspace,
  { store }: OpenRepository,
  session: SealedSession,
  b: number,
  signal: AbortSignal,
): Promise<void> {
  const paths = sessionPaths(workspace, session.backupId)
  const put = async (key: string, path: string, sha256?: string) => {
    const stat = await workspace.env.files.stat(path)
    // A finder has no name of its own and may be absent.
    if (!stat && sha256 === undefined) return
    if (!stat) throw new EverstowError('data-damaged', { data: { name: path, reason: 'missing' } })
    const options: PutOptions = { ...(sha256 && { sha256 }), purpose: 'meta', signal }
    await store.put(key, bodyOfFile(workspace.env.files, path, stat.sizeBytes), options)
  }
  for (const segId of session.segments) {
    await put(indexKey(segId, b), paths.segment(segId), segId)
    await put(finderKey(segId, b), paths.finder(segId))
  }
  await put(snapKey(session.snapId, b), paths.snap(session.snapId), session.snapId)
}

/** S5. False when something the session leans on is not there, not even in other packs. */
async function commit(
  workspace: Workspace,
  repository: OpenRepository,
  session: SealedSession,
  b: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { log } = repository
  const livePacks = createLivePacks(workspace, repository, signal)
  const leaning = createLeanAgain(workspace, repository, session, b, signal)
  let uses: Uses = session.uses
  // What was called lost before this session began may have been counted on: it was made by another state, perhaps of another place.
  let decidedAt = log.state.lost.size > 0 ? -1 : b
  let missing = false
  const recheck = async (state: State): Promise<'ok' | 'again'> => {
    if (await holds(state)) return 'ok'
    const found = await leaning.usesNow()
    missing = found === undefined
    // What is missing does not come back by waiting: the commit is given up, not tried again.
    if (!found) throw new EverstowError('chunk-missing', { data: { place: log.place } })
    uses = found
    decidedAt = log.state.pos
    return 'again'
  }

  async function holds(state: State): Promise<boolean> {
    if (brokenUses(state, uses, decidedAt)) return false
    return uses.packs.length === 0 || livePacks.haveAll(state, uses.packs)
  }

  try {
    const body = () => ({ b, snaps: [session.snapId], idx: session.segments, uses })
    await log.commitSession({ b, body, recheck, signal })
    return true
  } catch (error) {
    if (missing) return false
    throw error
  } finally {
    leaning.close()
  }
}

/** Where the progress of a large upload is kept, so that it goes on after a crash. */
export function uploadJournal(
  workspace: Workspace,
  backupId: string,
  destinationId: string,
  object: string,
): UploadJournal {
  const { database } = workspace
  return {
    load: async () => getUpload(database, backupId, destinationId, object),
    save: async (token) => setUpload(database, backupId, destinationId, object, token),
    clear: async () => setUpload(database, backupId, destinationId, object, undefined),
  }
}
