import {
  copiesOf,
  deleteBackup,
  findBackup,
  insertBackup,
  insertSkipped,
  putCopy,
  updateBackup,
} from '../../catalogue/backups.ts'
import { transaction } from '../../catalogue/transaction.ts'
import type { Workspace } from '../../catalogue/workspace.ts'
import { deliver } from '../../delivery/deliver.ts'
import { isOffline, spoolLimitBytes } from '../../delivery/outbox.ts'
import type { Places } from '../../delivery/places.ts'
import { createPackFeed, type PackFeed } from '../../delivery/snapshot/pack-feed.ts'
import type { Repositories } from '../../delivery/snapshot/repositories.ts'
import { sessionPaths } from '../../delivery/snapshot/session-folder.ts'
import { createSpoolKeeper } from '../../delivery/snapshot/spool-keeper.ts'
import { discardSnapshot, discardStranded, isDoubtful } from '../../delivery/snapshot/stranded.ts'
import { rmSync } from '../../env/node/sync-files.ts'
import { type BackupRow, pendingCopy } from '../../model/backup.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { SnapshotRoot } from '../../repository/format/snapshot-root.ts'
import { excludePatternsOf } from '../../sources/files/exclude-presets.ts'
import {
  type BackupRequest,
  type BackupWatch,
  exclusively,
  neverIncluded,
  stageWatch,
} from '../run-backup.ts'
import { stageOrdered } from '../stage-ordered.ts'
import { stageSources } from '../stage-sources.ts'
import { type BaseFacts, basePaths, keepBase, readBase, rebuildBase } from './known/base-tree.ts'
import { chooseReference, type Reference } from './known/reference.ts'
import { sealSession } from './packs/seal-session.ts'
import { startSession } from './packs/session-start.ts'
import { type PipelineResult, runPipeline } from './run-pipeline.ts'

/** What a snapshot needs of the engine. */
export interface SnapshotDeps {
  readonly workspace: Workspace
  readonly places: Places
  readonly repositories: Repositories
}

/** Each try means that somebody collected in the midst of the one before. */
const MOST_TRIES = 5
const LEVELS = { normal: 3, fast: 1 } as const

/**
 * Makes a snapshot: one scan, deduplicated against what its places have, sealed in the spool, and, unless it is only to wait, brought to all its places while
 * it is made. Killed at any moment, the next run of the same thing goes on with what was finished.
 */
export function runSnapshot(
  deps: SnapshotDeps,
  request: BackupRequest,
  watch: BackupWatch,
): Promise<BackupRow> {
  return exclusively(deps.workspace, request, (lockName) => makeUntilItStands(deps, request, lockName, watch))
}

/**
 * Makes it again where what it leans on left its places meanwhile and nobody has it any more (S5 d): the files are read anew, and what is missing is stored.
 * Earlier snapshots of the same plan that came to nothing for the same reason go once a newer one stands.
 */
async function makeUntilItStands(
  deps: SnapshotDeps,
  request: BackupRequest,
  lockName: string,
  watch: BackupWatch,
): Promise<BackupRow> {
  const { workspace } = deps
  for (let tries = 1; ; tries++) {
    const row = await makeSnapshot(deps, request, lockName, watch)
    if (!isDoubtful(workspace, row.id) || tries === MOST_TRIES) {
      const stands = copiesOf(workspace.database, row.id).some(({ state }) => state === 'synced')
      if (stands && request.plan) await discardStranded(workspace, request.plan.id)
      return row
    }
    workspace.env.log
      .area('backup')
      .warn('what the snapshot leans on is gone, making it again', { backup: row.id })
    await discardSnapshot(workspace, row.id)
  }
}

async function makeSnapshot(
  deps: SnapshotDeps,
  request: BackupRequest,
  lockName: string,
  watch: BackupWatch,
): Promise<BackupRow> {
  const { workspace, places, repositories } = deps
  const { env, database } = workspace
  const log = env.log.area('backup')
  const reference = await chooseReference(
    workspace,
    repositories,
    request.destinations,
    places.heldBack,
    watch.signal,
  )
  const row = claimRow(workspace, request, reference, lockName)
  watch.onStart?.(row.id)
  log.info('snapshot started', { backup: row.id, plan: request.plan?.name, sources: request.sources })
  const stuck = new AbortController()
  const keeper = createSpoolKeeper({
    limitBytes: await spoolLimitBytes(workspace),
    destinationIds: request.deliver && !isOffline(workspace) ? request.destinations.map(({ id }) => id) : [],
    remove: (packId) => rmSync(sessionPaths(workspace, row.id).pack(packId), { force: true }),
    onStuck: () => stuck.abort(),
  })
  const feed = createPackFeed(keeper)
  // Its outcome is in the copies; a delivery that fails never fails the backup.
  const delivery = request.deliver ? deliverMeanwhile(deps, row.id, feed, watch) : Promise.resolve()
  try {
    const signal = AbortSignal.any([watch.signal, stuck.signal])
    await make(deps, request, row, lockName, reference, { feed, gate: keeper.gate }, { ...watch, signal })
    await delivery
    await keepIndex(workspace, reference, watch.signal)
  } catch (caught) {
    const error = stuck.signal.aborted
      ? new EverstowError('spool-full', { data: { path: workspace.paths.spool } })
      : asEverstowError(caught)
    feed.fail(error)
    await delivery
    if (findBackup(database, row.id)?.state === 'creating') deleteBackup(database, row.id)
    log.error('snapshot failed', { backup: row.id, error })
    throw error
  } finally {
    reference.close()
  }
  const finished = findBackup(database, row.id)
  if (!finished) throw new EverstowError('unknown-backup', { data: { id: row.id } })
  return finished
}

async function make(
  { workspace }: SnapshotDeps,
  request: BackupRequest,
  row: BackupRow,
  lockName: string,
  reference: Reference,
  { feed, gate }: { readonly feed: PackFeed; readonly gate: SharedArrayBuffer },
  watch: BackupWatch,
): Promise<void> {
  const { env } = workspace
  const { identity } = reference
  const repositoryId = identity.repository.id
  const started = env.clock.monotonicMs()
  const sessionFolder = await startSession(workspace, row.id, {
    repositoryId,
    lockName,
    sources: request.sources,
  })
  const base =
    (await readBase(workspace, repositoryId, lockName)) ??
    (reference.repository &&
      (await rebuildBase(workspace, reference.repository, lockName, request, watch.signal)))
  const isCertain = base !== undefined && reference.isCertain(base.snapId)
  const staged = request.stage
    ? await stageOrdered(workspace, request.sources, request.stage, lockName, watch.signal)
    : await stageSources(workspace, request.sources, lockName, stageWatch(watch))
  const found = await runPipeline(
    {
      sources: staged.sources,
      stagingFolder: staged.folder,
      exclude: [...request.exclude, ...excludePatternsOf(request.excludePresets)],
      neverInclude: await neverIncluded(workspace, request.destinations),
      keys: identity.keys.cloneable,
      index: reference.index.handles(),
      sessionFolder,
      level: LEVELS[request.compression ?? 'normal'],
      signal: watch.signal,
      gate,
      onPack: (pack) => feed.push(pack),
      onProgress: ({ files, bytes, storedBytes, path }) =>
        watch.onProgress?.({ files, bytesRead: bytes, bytesWritten: storedBytes, path }),
      ...(base
        ? {
            base: {
              path: basePaths(workspace, repositoryId, lockName).tree,
              rootTreeId: base.rootTreeId,
              isLive: isCertain,
            },
          }
        : {}),
    },
    env,
  ).finally(staged.remove)
  const result = staged.told(found)
  watch.onFound?.(result.stats)
  const durationMs = Math.round(env.clock.monotonicMs() - started)
  const session = await sealSession(workspace, {
    backupId: row.id,
    identity,
    packs: result.newPacks,
    root: rootOf(request, row, reference, result, durationMs),
    uses: { packs: [...result.usedPacks], snaps: base && isCertain ? [base.snapId] : [] },
    referenceId: reference.repository?.destId,
  })
  const facts: BaseFacts = { snapId: session.snapId, rootTreeId: result.rootTreeId }
  await keepBase(workspace, repositoryId, lockName, result.nextTreeFile, facts)
  enter(workspace, row, session.snapId, result, durationMs)
  feed.seal(session)
}

async function deliverMeanwhile(
  { workspace, places, repositories }: SnapshotDeps,
  backupId: string,
  feed: PackFeed,
  { signal, onCopy }: BackupWatch,
): Promise<void> {
  try {
    await deliver(workspace, places, repositories, {
      backupId,
      feed,
      signal,
      ...(onCopy ? { onProgress: onCopy } : {}),
    })
  } catch (error) {
    workspace.env.log
      .area('backup')
      .warn('delivery stopped', { backup: backupId, error: asEverstowError(error) })
  }
}

/** The next run finds the index as this one leaves it. A cache: where it cannot be kept, the next run reads it anew. */
async function keepIndex(
  workspace: Workspace,
  { repository, index, hasWaiting }: Reference,
  signal: AbortSignal,
): Promise<void> {
  // What waits for its places has no number in the log yet, and may never get one.
  if (!repository || hasWaiting) return
  try {
    await repository.refresh(signal)
    if (repository.index === index) index.endSession()
    await repository.saveIndex()
  } catch (caught) {
    const error = asEverstowError(caught)
    workspace.env.log.area('backup').debug('index not kept', { place: repository.log.place, error })
  }
}

/** Enters a `creating` row under an id nobody on this computer has, with a pending copy for every destination. */
function claimRow(
  workspace: Workspace,
  request: BackupRequest,
  { identity }: Reference,
  lockName: string,
): BackupRow {
  const { env, database } = workspace
  const createdMs = env.clock.now()
  for (let number = 1; ; number++) {
    const id = snapshotName(new Date(createdMs), number)
    const row: BackupRow = {
      id,
      planId: request.plan?.id,
      planName: request.plan?.name,
      filename: id,
      createdMs,
      format: 'snapshot',
      state: 'creating',
      sizeBytes: 0,
      sourceBytes: 0,
      files: 0,
      directories: 0,
      md5: '',
      sha256: '',
      sources: request.sources,
      roots: [],
      skippedCount: 0,
      durationMs: 0,
      tag: request.tag,
      indexName: undefined,
      hostname: request.hostname,
      pinned: false,
      repositoryId: identity.repository.id,
      deviceId: identity.device.id,
      error: undefined,
    }
    const entered = transaction(database, () => {
      if (!insertBackup(database, row, lockName)) return false
      for (const { id: destinationId } of request.destinations)
        putCopy(database, pendingCopy(row, destinationId))
      return true
    })
    if (entered) return row
  }
}

/** `snapshot_YYYYMMDD_HHMMSS` in local time as people read clocks, with `_2`, `_3` … where that second is taken. */
function snapshotName(date: Date, number: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
  const time = `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`
  return number === 1 ? `snapshot_${day}_${time}` : `snapshot_${day}_${time}_${number}`
}

function rootOf(
  request: BackupRequest,
  row: BackupRow,
  { identity }: Reference,
  { stats, ...result }: PipelineResult,
  durationMs: number,
): SnapshotRoot {
  return {
    version: 1,
    backupId: row.id,
    time: new Date(row.createdMs).toISOString(),
    planId: row.planId ?? null,
    planName: row.planName ?? null,
    device: { id: identity.device.id, name: identity.device.name },
    hostname: request.hostname,
    tag: request.tag ?? null,
    tree: result.rootTreeId,
    sources: [...request.sources],
    roots: result.roots.map(({ source, prefix }) => ({ source, prefix })),
    stats: {
      files: stats.files,
      directories: stats.directories,
      bytes: stats.bytes,
      newBytes: stats.newBytes,
      storedBytes: stats.storedBytes,
      durationMs,
    },
    incomplete: result.incomplete,
    skipped: result.skipped.map(({ path, reason, code }) => ({ path, reason, code: code ?? '' })),
    skippedCount: result.skippedCount,
    xattrs: result.xattrs,
  }
}

function enter(
  { env, database }: Workspace,
  row: BackupRow,
  snapId: string,
  { stats, ...result }: PipelineResult,
  durationMs: number,
): void {
  transaction(database, () => {
    updateBackup(database, row.id, {
      state: result.incomplete ? 'incomplete' : 'complete',
      sizeBytes: stats.storedBytes,
      sourceBytes: stats.bytes,
      newBytes: stats.newBytes,
      files: stats.files,
      directories: stats.directories,
      sha256: snapId,
      roots: result.roots,
      skippedCount: result.skippedCount,
      durationMs,
    })
    insertSkipped(
      database,
      row.id,
      result.skipped.map(({ path, reason, code }) => ({ path, reason, code })),
    )
  })
  env.log.area('backup').info('snapshot made', {
    backup: row.id,
    files: stats.files,
    bytes: stats.bytes,
    newBytes: stats.newBytes,
    storedBytes: stats.storedBytes,
    skipped: result.skippedCount,
    databases: stats.databases,
    durationMs,
  })
}
