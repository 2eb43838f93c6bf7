import type { Command } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { followRun } from '../follow-run.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

/** `everstow push`: delivers what has not reached its places. */
export function pushCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('push')
    .description(say('help.push'))
    .argument('[id]', say('help.arg.backup'))
    .action(withEngine(push))
}

async function push(session: Session, id: string | undefined): Promise<ExitStatus> {
  const { say, output } = session
  const { runId } = await session.call('backup.push', id === undefined ? {} : { id })
  const { push: report } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  const explain = explainer(session)
  const problems = report.problems.map(({ backupId, placeName, state, error }) => ({
    backup_id: backupId,
    place: placeName,
    status: state,
    error: explain(error, placeName),
  }))
  const logs = report.logs.map(({ placeName, error, ...log }) => ({
    ...log,
    place: placeName,
    ...(error ? { error: explain(error, placeName) } : {}),
  }))
  output.outcome({ pushed: report.pushed, remaining: report.remaining, problems, logs }, () => [
    report.pushed + report.remaining === 0 ? say('push.nothing') : say('push.done', { count: report.pushed }),
    ...(report.remaining > 0
      ? [output.paint('warn', say('push.remaining', { count: report.remaining }))]
      : []),
    ...problems.map(
      ({ backup_id, place, error }) => `  ${safeText(place)}, ${backup_id}: ${safeText(error.message)}`,
    ),
    ...logs
      .filter(({ delivered, remaining, error }) => delivered > 0 || remaining > 0 || error)
      .map(({ database, place, delivered, remaining, error }) =>
        error
          ? `  ${safeText(place)}, ${safeText(database)}: ${safeText(error.message)}`
          : say('push.log', { place, database, delivered, remaining }),
      ),
  ])
  const isLogBehind = report.logs.some(({ remaining, error }) => remaining > 0 || error)
  if (report.remaining === 0) return isLogBehind ? EXIT.incomplete : EXIT.done
  return report.pushed === 0 ? EXIT.failed : EXIT.incomplete
}
