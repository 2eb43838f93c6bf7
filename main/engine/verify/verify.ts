import { copiesIn, findBackup } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { checkCopy } from '../delivery/check-copy.ts'
import type { Places } from '../delivery/places.ts'
import type { CopyState, StoredError } from '../model/backup.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'

/** How a verification is narrowed, watched and stopped. */
export interface VerifyOptions {
  readonly backupId?: string
  readonly destinationId?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: {
    readonly bytes: number
    readonly bytesTotal: number
    readonly backupId: string
  }) => void
}

/** What reading the copies back said. */
export interface VerificationReport {
  readonly checked: number
  readonly ok: number
  readonly bytes: number
  readonly problems: readonly {
    readonly backupId: string
    readonly destinationId: string
    /** `unreachable` says nothing about the copy. */
    readonly kind: 'damaged' | 'missing' | 'unreachable'
    readonly error: StoredError | undefined
  }[]
}

/** Copies that claim to be there, and those known to be bad (they may have been mended). */
const CHECKED: readonly CopyState[] = ['synced', 'damaged', 'missing']

/** Reads copies back whole, the destinations side by side, and compares checksums. */
export async function verifyCopies(
  workspace: Workspace,
  places: Places,
  options: VerifyOptions,
): Promise<VerificationReport> {
  const { database } = workspace
  const copies = copiesIn(database, CHECKED, options).filter(
    ({ backupId }) => findBackup(database, backupId)?.format === 'archive',
  )
  const sizeOf = new Map(
    copies.map((copy) => [copy.backupId, findBackup(database, copy.backupId)?.sizeBytes ?? 0]),
  )
  const bytesTotal = copies.reduce((sum, copy) => sum + (sizeOf.get(copy.backupId) ?? 0), 0)
  const problems: VerificationReport['problems'][number][] = []
  let bytes = 0
  let ok = 0

  const queues = Map.groupBy(copies, ({ destinationId }) => destinationId)
  await Promise.all(
    [...queues.values()].map(async (queue) => {
      for (const copy of queue) {
        if (options.signal.aborted) return
        const backup = findBackup(database, copy.backupId)
        if (!backup) continue
        const { backupId, destinationId } = copy
        try {
          const verdict = await checkCopy(workspace, places, backup, copy, options.signal, (count) => {
            bytes += count
            options.onProgress?.({ bytes, bytesTotal, backupId })
          })
          places.noteHealth(destinationId, undefined)
          if (verdict === 'ok') ok++
          else problems.push({ backupId, destinationId, kind: verdict, error: undefined })
        } catch (caught) {
          const error = asEverstowError(caught)
          if (error.code === 'cancelled') return
          places.noteHealth(destinationId, error)
          problems.push({ backupId, destinationId, kind: 'unreachable', error: storedErrorOf(error) })
        }
      }
    }),
  )
  places.settleRequests()
  if (options.signal.aborted) throw new EverstowError('cancelled')
  workspace.env.log
    .area('verify')
    .info('copies verified', { checked: copies.length, ok, problems: problems.length, bytes })
  return { checked: copies.length, ok, bytes, problems }
}
