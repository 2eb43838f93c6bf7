import type { Command } from 'commander'
import type { Status } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeTable } from '../lines/place-table.ts'
import { planTable } from '../lines/plan-lines.ts'
import { waitingLogLines } from '../lines/waiting-log-lines.ts'
import type { Look } from '../output/paint.ts'
import { facts } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { placeRecord } from '../records/place-record.ts'
import { planRecord } from '../records/plan-record.ts'
import { waitingLogRecord } from '../records/waiting-log-record.ts'
import type { Session } from '../session.ts'

const LOOK: Readonly<Record<Status['level'], Look>> = {
  empty: 'quiet',
  protected: 'good',
  working: 'good',
  paused: 'warn',
  waiting: 'warn',
  attention: 'warn',
  failed: 'bad',
}

/** `everstow status`: the verdict, what needs a person, and the numbers behind it. */
export function statusCommand(program: Command, { say, withEngine }: CommandHost): void {
  program.command('status').description(say('help.status')).action(withEngine(showStatus))
}

async function showStatus(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const status = await session.call('status.get', {})
  const places = await session.call('place.list', {})
  const plans = await session.call('plan.list', {})
  const { logs } = await session.call('outbox.list', {})
  const explain = explainer(session)
  const sentence = say.any(status.sentence.key, status.sentence.params)
  const problems = status.problems.map((problem) => {
    const place = places.find(({ id }) => id === problem.placeId)?.name
    return {
      level: problem.level,
      sentence: say.any(problem.sentence.key, problem.sentence.params),
      place: place ?? null,
      plan: plans.find(({ id }) => id === problem.planId)?.name ?? null,
      backup_id: problem.backupId ?? null,
      error: problem.error ? explain(problem.error, place) : null,
    }
  })
  const document = {
    level: status.level,
    sentence,
    problems,
    last_backup: status.lastBackupAt ?? null,
    next_run: status.nextRunAt ?? null,
    copies_current: status.copiesCurrent,
    copies_total: status.copiesTotal,
    paused_until: status.pausedUntil ?? null,
    secret_store: status.secretStore,
    offline: status.offline,
    logs_waiting: logs.map(waitingLogRecord),
    places: places.map((place) => placeRecord(place, explain)),
    plans: plans.map((plan) => planRecord(plan, places)),
    days: status.days,
  }
  output.answer(document, () => [
    output.paint(LOOK[status.level], sentence),
    ...problems
      .filter((problem) => problem.sentence !== sentence || problem.error !== null)
      .flatMap((problem) => [
        `  ${output.paint(LOOK[problem.level], problem.sentence)}`,
        ...(problem.error ? [`    ${safeText(problem.error.message)} ${safeText(problem.error.todo)}`] : []),
      ]),
    ...waitingLogLines(logs, say, output.paint).map((line) => `  ${line}`),
    '',
    ...facts([
      [
        say('status.last'),
        status.lastBackupAt === undefined ? say.any('common.never') : say.relative(status.lastBackupAt),
      ],
      [say('status.next'), status.nextRunAt === undefined ? undefined : say.relative(status.nextRunAt)],
      [say('status.copies'), `${status.copiesCurrent}/${status.copiesTotal}`],
      [say('status.secrets'), say(`status.store.${status.secretStore}`)],
    ]),
    ...(plans.length > 0 ? ['', ...planTable(plans, places, say, output.paint)] : []),
    ...(places.length > 0 ? ['', ...placeTable(places, say, output.paint)] : []),
  ])
  return EXIT.done
}
