import { errorOfWire } from '../../app/in-process-client.ts'
import type { CallOutput } from '../../contract/index.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import { newestOf } from './backups.ts'
import { type Caller, type Cancellable, throwIfAborted } from './caller.ts'

/** What of the newest state is brought back, and where to. */
export interface RestoreLatest extends Cancellable {
  /** A folder; made where it is not there. */
  readonly into: string
  /** Name or id of a plan; absent: the newest backup of all. */
  readonly plan?: string
  /** Files, folders or globs in the backup; absent: everything. */
  readonly paths?: readonly string[]
  /** Where something is there already: leave it, replace it (it is put aside), or restore beside it. Absent: `rename`. */
  readonly existing?: 'skip' | 'replace' | 'rename'
}

/** What a restore did, and of which backup. */
export interface RestoredLatest extends NonNullable<CallOutput<'run.wait'>['restore']> {
  readonly backupId: string
  /** When the backup was made; ISO 8601. */
  readonly createdAt: string
}

/** Restores the newest backup, waits until that has ended, and says what came of it. */
export async function restoreLatest(
  call: Caller,
  { into, plan, paths = [], existing, signal }: RestoreLatest,
): Promise<RestoredLatest> {
  const backup = await newestOf(call, plan === undefined ? {} : { plan }, 'latest', signal)
  throwIfAborted(signal)
  const { runId } = await call('restore.start', {
    backupId: backup.id,
    into,
    paths: [...paths],
    ...(existing && { existing }),
  })
  const cancel = () => void call('run.cancel', { id: runId })
  if (signal?.aborted) cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    // Somebody who gave up is told when nothing is being written any more.
    const run = await call('run.wait', { id: runId })
    if (run.state === 'cancelled') throw new EverstowError('cancelled')
    if (!run.restore) throw run.error ? errorOfWire(run.error) : new EverstowError('internal')
    return { ...run.restore, backupId: backup.id, createdAt: backup.createdAt }
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
