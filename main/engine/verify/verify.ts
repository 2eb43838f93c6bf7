import { copiesIn, findBackup } from '../catalogue/backups.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { checkCopy } from '../delivery/check-copy.ts'
import type { Places } from '../delivery/places.ts'
import type { BackupRow, CopyRow, CopyState, StoredError } from '../model/backup.ts'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import { storedErrorOf } from '../model/stored-error.ts'
import { chooseOldest } from './choose-oldest.ts'

/** How a verification is narrowed, watched and stopped. */
export interface VerifyOptions {
  readonly backupId?: string
  readonly destinationId?: string
  /** So much of what each destination has, those first that were not read for the longest time. Default 100. */
  readonly percent?: number
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

/** Sees to it that a copy that proved good has its index. */
export type MendIndex = (
  workspace: Workspace,
  places: Places,
  backup: BackupRow,
  copy: CopyRow,
  signal: AbortSignal,
) => Promise<boolean>

/** Reads copies of archives back whole, the destinations side by side, and compares checksums. What lies beside a good one is mended. */
export async function verifyCopies(
  workspace: Workspace,
  places: Places,
  mendIndex: MendIndex,
  options: VerifyOptions,
): Promise<VerificationReport> {
  const { database } = workspace
  const archives = copiesIn(database, CHECKED, options).flatMap((copy) => {
    const backup = findBackup(database, copy.backupId)
    if (backup?.format !== 'archive') return []
    return [{ copy, sizeBytes: backup.sizeBytes, verifiedMs: copy.verifiedMs, key: copy.backupId }]
  })
  const queues = [...Map.groupBy(archives, ({ copy }) => copy.destinationId).values()].map((all) =>
    chooseOldest(all, options.percent ?? 100),
  )
  const chosen = queues.flat()
  const bytesTotal = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const problems: VerificationReport['problems'][number][] = []
  let bytes = 0
  let ok = 0

  await Promise.all(
    queues.map(async (queue) => {
      for (const { copy } of queue) {
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
          if (verdict === 'ok') {
            ok++
            await mendIndex(workspace, places, backup, copy, options.signal)
          } else problems.push({ backupId, destinationId, kind: verdict, error: undefined })
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
    .info('copies verified', { checked: chosen.length, ok, problems: problems.length, bytes })
  return { checked: chosen.length, ok, bytes, problems }
}
