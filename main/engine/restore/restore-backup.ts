import { userInfo } from 'node:os'
import type { ArchiveSource } from '../archive/read/archive-source.ts'
import type { ArchiveIndex } from '../archive/read/read-index.ts'
import { copiesOf, updateCopy } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { bodyOfObject, goodCopies } from '../delivery/copy-source.ts'
import { archiveKey } from '../delivery/object-keys.ts'
import type { Places } from '../delivery/places.ts'
import { spoolPath } from '../delivery/spool.ts'
import type { BackupRow, CopyRow } from '../model/backup.ts'
import { asEverstowError, type ErrorCode, EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import { bodyOfFile } from '../storage/body.ts'
import { restoreArchive } from './archive/restore-archive.ts'
import type { ExistingPolicy, RecordOrder, RestoreProgress, RestoreReport } from './restore-options.ts'

/** What a restore of a backup needs of the rest of the engine. */
export interface RestoreDeps {
  readonly workspace: Workspace
  readonly places: Places
  readonly findIndex: (
    workspace: Workspace,
    places: Places,
    backup: BackupRow,
    paths: readonly string[],
    signal: AbortSignal,
  ) => Promise<ArchiveIndex | undefined>
}

/** What is restored, where to, and how it is watched. */
export interface RestoreRequest {
  readonly backup: BackupRow
  /** Inside the backup; none: everything. */
  readonly paths: readonly string[]
  readonly into: string
  /** Only this copy; absent: the nearest good one, and the next where that fails. */
  readonly destinationId?: string
  readonly existing: ExistingPolicy
  readonly dryRun: boolean
  /** Write down what is done, so that it can be undone. */
  readonly record?: RecordOrder
  readonly signal: AbortSignal
  readonly onProgress?: (progress: RestoreProgress) => void
}

/** The report, and which copy was read (undefined: the archive still lay in the spool). */
export interface RestoreOutcome {
  readonly report: RestoreReport
  readonly destinationId: string | undefined
}

interface Candidate {
  readonly destinationId: string | undefined
  open(): Promise<ArchiveSource>
}

/** Trouble with one copy: the next copy may serve. Everything else is about this computer or the request. */
const OF_THE_COPY: readonly ErrorCode[] = [
  'archive-damaged',
  'object-missing',
  'bucket-missing',
  'credentials-missing',
  'credentials-refused',
  'permission-denied',
  'clock-skew',
  'network-unreachable',
  'connection-lost',
  'timed-out',
  'throttled',
  'place-unavailable',
  'place-refused',
  'place-missing-folder',
  'precondition-failed',
  'checksum-mismatch',
  'keychain-unavailable',
]

/** Restores a backup from the nearest copy that proves good. A copy that does not is written down as damaged or missing, and the next one is read. */
export async function restoreBackup(deps: RestoreDeps, request: RestoreRequest): Promise<RestoreOutcome> {
  const { workspace, places } = deps
  const index = await deps.findIndex(workspace, places, request.backup, request.paths, request.signal)
  let last: EverstowError | undefined
  for (const candidate of await candidates(deps, request)) {
    try {
      const report = await restoreArchive({
        source: await candidate.open(),
        ...(index ? { index } : {}),
        into: request.into,
        ...(request.paths.length > 0 ? { paths: request.paths } : {}),
        existing: request.existing,
        expectedTarBytes: tarBytesOf(request.backup),
        contentBytes: request.backup.sourceBytes,
        dryRun: request.dryRun,
        owner: userInfo().uid === 0,
        signal: request.signal,
        ...(request.record && !request.dryRun ? { record: request.record } : {}),
        ...(request.onProgress ? { onProgress: request.onProgress } : {}),
      })
      places.settleRequests()
      workspace.env.log.area('restore').info('backup restored', {
        backup: request.backup.id,
        into: request.into,
        restored: report.restored,
        bytes: report.bytes,
        dryRun: request.dryRun,
      })
      return { report, destinationId: candidate.destinationId }
    } catch (caught) {
      const error = asEverstowError(caught)
      if (!OF_THE_COPY.includes(error.code)) throw error
      last = error
      noteFailure(deps, request.backup, candidate.destinationId, error)
    }
  }
  throw last ?? new EverstowError('object-missing', { data: { name: request.backup.filename } })
}

/** Headers, padding and long names beside the contents; generous, for it only lets honest archives of any ratio pass. */
const BYTES_AROUND_A_FILE = 8 * 1024

/** What an archive unpacks to at most, as its metadata tells. */
function tarBytesOf({ sourceBytes, files, directories }: BackupRow): number {
  return sourceBytes + (files + directories + 1_000) * BYTES_AROUND_A_FILE
}

async function candidates({ workspace, places }: RestoreDeps, request: RestoreRequest): Promise<Candidate[]> {
  const { backup, destinationId } = request
  const { files } = workspace.env
  const digests = {
    sizeBytes: backup.sizeBytes,
    ...(backup.sha256 ? { sha256: backup.sha256 } : {}),
    ...(backup.md5 ? { md5: backup.md5 } : {}),
  }
  const ofCopy = (copy: CopyRow): Candidate => ({
    destinationId: copy.destinationId,
    async open() {
      const store = await places.open(copy.destinationId)
      const info = await store.head(archiveKey(copy.storedName), request.signal)
      if (info.sizeBytes !== backup.sizeBytes)
        throw new EverstowError('archive-damaged', { data: { reason: 'size' } })
      const body = bodyOfObject(store, archiveKey(copy.storedName), backup.sizeBytes)
      return { ...digests, open: (range) => body.open(range) }
    },
  })
  if (destinationId !== undefined) {
    const copy = copiesOf(workspace.database, backup.id).find((each) => each.destinationId === destinationId)
    if (!copy) throw new EverstowError('unknown-place', { data: { name: destinationId } })
    return [ofCopy(copy)]
  }
  const found = (await goodCopies(workspace, backup.id)).map(({ copy }) => ofCopy(copy))
  const path = spoolPath(workspace, backup.filename)
  const spooled = await files.stat(path)
  if (spooled?.sizeBytes !== backup.sizeBytes) return found
  const body = bodyOfFile(files, path, backup.sizeBytes)
  const own: Candidate = {
    destinationId: undefined,
    open: async () => ({ ...digests, open: (range) => body.open(range) }),
  }
  return [own, ...found]
}

function noteFailure(
  { workspace, places }: RestoreDeps,
  backup: BackupRow,
  destinationId: string | undefined,
  error: EverstowError,
): void {
  workspace.env.log
    .area('restore')
    .warn('copy could not be read', { backup: backup.id, destination: destinationId, error })
  if (destinationId === undefined) return
  if (error.code === 'archive-damaged' || error.code === 'object-missing')
    updateCopy(workspace.database, backup.id, destinationId, {
      state: error.code === 'archive-damaged' ? 'damaged' : 'missing',
      error: storedErrorOf(error),
    })
  else places.noteHealth(destinationId, error)
}
