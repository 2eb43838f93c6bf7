import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { archiveNames } from '../archive/archive-name.ts'
import { type ArchiveResult, createArchive, databaseCopyPath } from '../archive/write/create-archive.ts'
import {
  deleteBackup,
  findBackup,
  insertBackup,
  insertSkipped,
  putCopy,
  updateBackup,
} from '../catalogue/backups.ts'
import { transaction } from '../catalogue/transaction.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import type { CopyProgress } from '../delivery/deliver.ts'
import { renderMetadata } from '../delivery/render-metadata.ts'
import { indexName, indexPath, metadataName, spoolPath, stem } from '../delivery/spool.ts'
import { type BackupRow, pendingCopy } from '../model/backup.ts'
import type { Destination } from '../model/destination.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import { isInside } from '../model/inside-folder.ts'
import type { BackupFormat, Compression, Plan } from '../model/plan.ts'
import { isPostgresSource } from '../model/postgres-source.ts'
import { SYNC_FOLDER } from '../model/synced-folder.ts'
import { excludePatternsOf } from '../sources/files/exclude-presets.ts'
import { type StageWatch, stageSources } from './stage-sources.ts'

/** What one backup is made of. */
export interface BackupRequest {
  /** The plan it belongs to; absent for a backup of chosen paths. */
  readonly plan?: Plan
  readonly sources: readonly string[]
  readonly destinations: readonly Destination[]
  readonly exclude: readonly string[]
  readonly excludePresets: readonly string[]
  readonly tag?: string
  readonly hostname: string
  readonly format?: BackupFormat
  /** Snapshots only. */
  readonly compression?: Compression
  /** Snapshots: brought to their places while they are made. */
  readonly deliver?: boolean
  /** Snapshots: puts what is backed up into a folder of ours first, and gives its paths; `sources` only says what that is. */
  readonly stage?: (folder: string, signal: AbortSignal) => Promise<readonly string[]>
}

/** How it is watched and stopped. */
export interface BackupWatch {
  readonly signal: AbortSignal
  readonly onStart?: (backupId: string) => void
  readonly onProgress?: (progress: {
    readonly files: number
    readonly bytesRead: number
    readonly bytesWritten: number
    readonly path: string
  }) => void
  /** Snapshots: of all files that were found those that are as they were in the backup before. */
  readonly onFound?: (counts: { readonly files: number; readonly unchangedFiles: number }) => void
  /** Snapshots: how far each place is. */
  readonly onCopy?: (progress: CopyProgress) => void
}

/**
 * Makes the archive of a backup in the spool, durable and entered in the catalogue with a pending copy for every destination.
 * Holds a lock for its plan (or its set of paths): a second run of the same thing is refused with `already-running`.
 */
export async function runBackup(
  workspace: Workspace,
  request: BackupRequest,
  watch: BackupWatch,
): Promise<BackupRow> {
  return exclusively(workspace, request, (lockName) => makeArchive(workspace, request, lockName, watch))
}

/** Runs a backup as the only one of its plan (or of its set of paths). */
export async function exclusively<T>(
  workspace: Workspace,
  request: BackupRequest,
  make: (lockName: string) => Promise<T>,
): Promise<T> {
  refuseSourceInsidePlace(request)
  const lockName = backupLockName(request)
  const lock = await workspace.tryLock(lockName, request.plan?.name ?? request.sources.join(', '))
  if ('holder' in lock) {
    const { pid, what } = lock.holder
    throw new EverstowError('already-running', { data: { name: what, pid } })
  }
  try {
    return await make(lockName)
  } finally {
    await lock.release()
  }
}

/** The lock of a plan, or of one set of paths. */
function backupLockName(request: Pick<BackupRequest, 'plan' | 'sources'>): string {
  if (request.plan) return `backup-${request.plan.id}`
  const paths = [...request.sources].sort().join('\0')
  return `backup-${createHash('sha256').update(paths).digest('hex').slice(0, 16)}`
}

async function makeArchive(
  workspace: Workspace,
  request: BackupRequest,
  lockName: string,
  watch: BackupWatch,
): Promise<BackupRow> {
  const { env, database } = workspace
  const log = env.log.area('backup')
  const started = env.clock.monotonicMs()
  const row = claimName(workspace, request, lockName)
  watch.onStart?.(row.id)
  log.info('backup started', { backup: row.id, plan: request.plan?.name, sources: request.sources })
  try {
    const staged = await stageSources(workspace, request.sources, lockName, stageWatch(watch))
    const result = await createArchive(
      {
        sources: staged.sources,
        stagingFolder: staged.folder,
        exclude: [...request.exclude, ...excludePatternsOf(request.excludePresets)],
        neverInclude: await neverIncluded(workspace, request.destinations),
        archivePath: spoolPath(workspace, row.filename),
        archiveName: row.filename,
        indexPath: indexPath(workspace, indexName(row.filename)),
        ...(watch.onProgress ? { onProgress: watch.onProgress } : {}),
      },
      watch.signal,
    ).finally(staged.remove)
    await finish(workspace, request, row, staged.told(result), Math.round(env.clock.monotonicMs() - started))
  } catch (caught) {
    const error = asEverstowError(caught)
    await removeLeftovers(workspace, row.filename)
    // It never was a backup; that it failed is in the history.
    deleteBackup(database, row.id)
    log.error('backup failed', { backup: row.id, error })
    throw error
  }
  const finished = findBackup(database, row.id)
  if (!finished) throw new EverstowError('unknown-backup', { data: { id: row.id } })
  return finished
}

/** While sources are staged nothing of the backup itself is read yet. */
export function stageWatch({ signal, onProgress }: BackupWatch): StageWatch {
  return {
    signal,
    onProgress: (bytesRead, path) => onProgress?.({ files: 0, bytesRead, bytesWritten: 0, path }),
  }
}

/** Enters a `creating` row under a name nobody on this computer has; the row's id is unique, so two processes never share one. */
function claimName(workspace: Workspace, request: BackupRequest, lockName: string): BackupRow {
  const { env, database } = workspace
  const createdMs = env.clock.now()
  for (;;) {
    const { filename } = archiveNames(
      new Date(createdMs),
      (name) => findBackup(database, stem(name)) !== undefined,
    )
    const row: BackupRow = {
      id: stem(filename),
      planId: request.plan?.id,
      planName: request.plan?.name,
      filename,
      createdMs,
      format: 'archive',
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
      indexName: indexName(filename),
      hostname: request.hostname,
      pinned: false,
      repositoryId: undefined,
      deviceId: undefined,
      error: undefined,
    }
    if (insertBackup(database, row, lockName)) return row
  }
}

/** One durable step from `creating` to a backup that has to reach its places; the spooled metadata lets a lost catalogue be rebuilt. */
async function finish(
  workspace: Workspace,
  request: BackupRequest,
  row: BackupRow,
  result: ArchiveResult,
  durationMs: number,
): Promise<void> {
  const { env, database } = workspace
  const done: BackupRow = {
    ...row,
    state: result.incomplete ? 'incomplete' : 'complete',
    sizeBytes: result.sizeBytes,
    sourceBytes: result.bytesRead,
    files: result.files,
    directories: result.directories,
    md5: result.md5,
    sha256: result.sha256,
    roots: result.roots,
    skippedCount: result.skippedCount,
    durationMs,
  }
  const copies = request.destinations.map(({ id }) => pendingCopy(row, id))
  const metadata = await renderMetadata(workspace, done, copies)
  await env.files.writeAtomic(spoolPath(workspace, metadataName(row.filename)), metadata, { mode: 0o600 })
  transaction(database, () => {
    updateBackup(database, row.id, done)
    for (const copy of copies) putCopy(database, copy)
    insertSkipped(
      database,
      row.id,
      result.skipped.map(({ path, reason, code }) => ({ path, reason, code })),
    )
  })
  env.log.area('backup').info('archive made', {
    backup: row.id,
    files: result.files,
    bytesRead: result.bytesRead,
    bytes: result.sizeBytes,
    skipped: result.skippedCount,
    databases: result.databases,
    durationMs,
  })
}

/** Removes what an unfinished backup left in the home folder. */
export async function removeLeftovers(workspace: Workspace, filename: string): Promise<void> {
  const { files } = workspace.env
  const index = indexPath(workspace, indexName(filename))
  const archive = spoolPath(workspace, filename)
  for (const path of [
    archive,
    `${archive}.tmp`,
    databaseCopyPath(archive),
    index,
    `${index}.tmp`,
    spoolPath(workspace, metadataName(filename)),
  ])
    await files.remove(path)
  // What an atomic write had under way when its process was killed.
  const halfWritten = `.${metadataName(filename)}.tmp-`
  for (const name of await files.list(workspace.paths.spool))
    if (name.startsWith(halfWritten)) await files.remove(spoolPath(workspace, name))
}

/** Our own folder and every local place: a backup of them would hold itself. */
export async function neverIncluded(
  workspace: Workspace,
  destinations: readonly Destination[],
): Promise<string[]> {
  const places = destinations.flatMap(({ type, path, prefix }) =>
    type === 'local' && path !== undefined ? [join(path, prefix ?? '')] : [],
  )
  const { syncedFolders } = await workspace.configuration.read()
  // What a sync has displaced is kept there for a while; the space has it, too.
  const staged = syncedFolders.map(({ folder }) => join(folder, SYNC_FOLDER))
  return [workspace.paths.home, ...places, ...staged]
}

function refuseSourceInsidePlace({ sources, destinations }: BackupRequest): void {
  for (const destination of destinations) {
    if (destination.type !== 'local' || destination.path === undefined) continue
    for (const source of sources)
      if (!isPostgresSource(source) && isInside(source, destination.path))
        throw new EverstowError('source-inside-place', { data: { path: source, place: destination.name } })
  }
}
