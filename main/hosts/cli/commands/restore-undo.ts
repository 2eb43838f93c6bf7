import type { RecordedRestore, UndoReport } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { followRun } from '../follow-run.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** Files named before the rest is only counted. */
const SHOWN = 20

/** `everstow restore --undo RUN`: takes a restore back. */
export async function undoRestore(session: Session, run: string, dryRun: boolean): Promise<ExitStatus> {
  const { say, output } = session
  const id = run === 'latest' ? newestOf(await session.call('restore.list', {})) : run
  const { runId } = await session.call('restore.undo', { id, dryRun })
  const { undo } = await followRun(session, runId)
  if (!undo) throw new EverstowError('internal')
  const document = {
    run_id: id,
    into: undo.into,
    dry_run: undo.dryRun,
    removed: undo.removed,
    brought_back: undo.broughtBack,
    left: undo.left.map(({ path, reason }) => ({ path, reason, message: say.any(`restore.left.${reason}`) })),
    left_count: undo.leftCount,
    kept_in: undo.keptIn ?? null,
  }
  output.outcome(document, () => undoLines(undo, session))
  return undo.leftCount > 0 ? EXIT.incomplete : EXIT.done
}

function newestOf(recorded: readonly RecordedRestore[]): string {
  const newest = recorded.find(({ state }) => state === 'undoable')
  if (!newest) throw new UsageError('nothingToUndo')
  return newest.id
}

function undoLines(report: UndoReport, { say, output: { paint } }: Session): string[] {
  const { into, dryRun, removed, broughtBack, left, leftCount, keptIn } = report
  const count = (key: string, amount: number) => (amount > 0 ? [`  ${say(key, { count: amount })}`] : [])
  return [
    say(dryRun ? 'undo.would' : 'undo.done', { count: removed + broughtBack, into }),
    ...count('undo.broughtBack', broughtBack),
    ...count('undo.removed', removed),
    ...(leftCount > 0 ? [paint('warn', say('undo.left', { count: leftCount }))] : []),
    ...left
      .slice(0, SHOWN)
      .map(({ path, reason }) => `  ${safeText(path)}: ${say.any(`restore.left.${reason}`)}`),
    ...(leftCount > SHOWN ? [`  ${say('amount.more', { count: leftCount - SHOWN })}`] : []),
    ...(keptIn === undefined ? [] : [`  ${say('undo.keptIn', { path: keptIn })}`]),
  ]
}

/** `everstow restore --undoable`: the restores that were written down. */
export async function listRecorded(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const recorded = await session.call('restore.list', {})
  const document = recorded.map(({ id, at, into, backupIds, state, undoneAt, keptIn }) => ({
    run_id: id,
    at,
    into,
    backup_ids: backupIds,
    state,
    undone_at: undoneAt ?? null,
    kept_in: keptIn ?? null,
  }))
  output.outcome(document, () =>
    recorded.length === 0
      ? [say('undo.none')]
      : table(
          [
            { title: say('undo.columns.run') },
            { title: say('undo.columns.at') },
            { title: say('undo.columns.into') },
            { title: say('undo.columns.state') },
          ],
          recorded.map(({ id, at, into, state }) => [
            id,
            say.dateTime(at),
            safeText(into),
            say.any(`restore.recordState.${state}`),
          ]),
          (text) => output.paint('strong', text),
        ),
  )
  return EXIT.done
}
