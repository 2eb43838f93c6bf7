import type { Backup } from '../../../contract/index.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import type { Invocation } from '../invocation.ts'
import type { ErrorRecord } from '../output/describe-error.ts'
import { safeText } from '../output/terminal-text.ts'
import { backupRecord } from '../records/backup-record.ts'

/** What a backup came to: for programs, for people, for the shell. */
export interface BackupOutcome {
  readonly document: object
  readonly lines: () => string[]
  readonly status: ExitStatus
}

/**
 * Done when everything was read and every copy is where it belongs. No copy anywhere is a failure, though the archive waits safely; some copies behind or
 * some files unread is incomplete.
 */
export function backupOutcome(invocation: Invocation, backup: Backup): BackupOutcome {
  const { say, output } = invocation
  const explain = explainer(invocation)
  const current = backup.copies.filter(({ state }) => state === 'synced').length
  const behind = backup.copies.filter(({ state }) => state !== 'synced')
  const refused = behind.find(({ error }) => error !== undefined)
  // Who works offline wants it to wait.
  const offline = refused !== undefined && behind.every(({ error }) => error?.code === 'offline')
  const nowhere = current === 0 && refused !== undefined && !offline
  // Sockets and the like are left out of a complete backup: there is nothing in them to keep.
  const complete = backup.state === 'complete' && behind.length === 0
  const status = nowhere ? EXIT.failed : complete ? EXIT.done : EXIT.incomplete
  const noCopy: ErrorRecord = {
    code: 'no-copy',
    data: {},
    message: say('backup.noCopy'),
    todo: say('backup.noCopyTodo'),
  }

  return {
    status,
    document: { ...backupRecord(backup, explain), ...(nowhere ? { error: noCopy } : {}) },
    lines: () => [
      say('backup.done', {
        id: backup.id,
        count: backup.files,
        size: say.bytes(backup.sizeBytes),
        original: say.bytes(backup.sourceBytes),
      }),
      ...(nowhere
        ? [output.paint('bad', noCopy.message), noCopy.todo]
        : [say.any('copies.ofCurrent', { current, total: backup.copies.length })]),
      ...(offline ? [output.paint('warn', say('outbox.offline'))] : []),
      ...(offline ? [] : behind).map((copy) => {
        const state = say.any('copies.at', {
          place: copy.placeName,
          state: say.any(`copies.state.${copy.state}`),
        })
        const why = copy.error ? ` – ${safeText(explain(copy.error, copy.placeName).message)}` : ''
        return `  ${output.paint('warn', state)}${why}`
      }),
      ...(backup.state === 'incomplete'
        ? [
            output.paint(
              'warn',
              say('backup.incomplete', { count: backup.skippedCount, command: `everstow show ${backup.id}` }),
            ),
          ]
        : []),
    ],
  }
}
