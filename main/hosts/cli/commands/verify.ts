import { type Command, Option } from 'commander'
import type { VerifyReport } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus, exitStatusOf } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { followRun } from '../follow-run.ts'
import { checkLines } from '../lines/check-lines.ts'
import { logCheckLines, logTodo } from '../lines/log-check-lines.ts'
import { percent } from '../options/amounts.ts'
import { safeText } from '../output/terminal-text.ts'
import { checkRecord, isSound } from '../records/check-record.ts'
import { isLogSound, logCheckRecord } from '../records/log-check-record.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface VerifyOptions {
  readonly all?: boolean
  readonly place?: string
  readonly data?: number
  readonly heal?: boolean
}

/** `everstow verify`: reads copies back and compares checksums. */
export function verifyCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('verify')
    .description(say('help.verify'))
    .argument('[id]', say('help.arg.backup'))
    .addOption(new Option('--all', say('help.opt.all')))
    .option('--place <place>', say('help.opt.onlyPlace'))
    .option('--data <percent>', say('help.opt.data'), percent)
    .option('--heal', say('help.opt.heal'))
    .action(withEngine(verify))
}

async function verify(session: Session, id: string | undefined, options: VerifyOptions): Promise<ExitStatus> {
  if (id !== undefined && options.all) throw new UsageError('conflict', { what: 'ID, --all' })
  const { output } = session
  const [placeId] = (await placeIdsNamed(session, options.place === undefined ? [] : [options.place])) ?? []
  const { runId } = await session.call('backup.verify', {
    ...(id === undefined ? {} : { id }),
    ...(placeId === undefined ? {} : { placeId }),
    ...(options.data === undefined ? {} : { dataPercent: options.data }),
    ...(options.heal ? { heal: true } : {}),
  })
  const { verify: report } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  const explain = explainer(session)
  const document = {
    checked: report.checked,
    ok: report.ok,
    size_bytes: report.bytes,
    problems: report.problems.map(({ backupId, placeName, kind, error }) => ({
      backup_id: backupId,
      place: placeName,
      kind,
      error: error ? explain(error, placeName) : null,
    })),
    repositories: report.repositories.map((found) => checkRecord(found, explain)),
    logs: report.logs.map((found) => logCheckRecord(found, explain)),
  }
  output.outcome(document, () => verifyLines(session, report, options.heal === true))
  return statusOf(report)
}

/** Damage that remains is damage, whatever else there is; what could not be reached is incomplete. */
function statusOf({ problems, repositories, logs }: VerifyReport): ExitStatus {
  const checks = [...repositories, ...logs]
  const isDamaged =
    problems.some(({ kind }) => kind !== 'unreachable') ||
    repositories.some((found) => !isSound(found)) ||
    logs.some((found) => !isLogSound(found)) ||
    checks.some(({ error }) => error !== undefined && exitStatusOf(error.code) === EXIT.damaged)
  if (isDamaged) return EXIT.damaged
  const isUnread = problems.length > 0 || checks.some(({ error }) => error !== undefined)
  return isUnread ? EXIT.incomplete : EXIT.done
}

function verifyLines(session: Session, report: VerifyReport, healing: boolean): string[] {
  const { say, output } = session
  const explain = explainer(session)
  const { checked, ok, bytes, problems, repositories, logs } = report
  const copies =
    checked === 0 && repositories.length > 0
      ? []
      : checked === 0
        ? [say('verify.nothing')]
        : problems.length === 0
          ? [say('verify.good', { count: checked, size: say.bytes(bytes) })]
          : [output.paint('bad', say('verify.problems', { ok, count: problems.length }))]
  const damagedCopies = problems.some(({ kind }) => kind !== 'unreachable')
  const damagedRepositories = repositories.filter((found) => !isSound(found))
  return [
    ...copies,
    ...problems.map(({ backupId, placeName, kind, error }) => {
      const why = error ? ` – ${safeText(explain(error, placeName).message)}` : ''
      return `  ${backupId}, ${safeText(placeName)}: ${say(`verify.${kind}`)}${why}`
    }),
    ...repositories.flatMap((found) => checkLines(found, say, output.paint, explain)),
    ...logs.flatMap((found) => logCheckLines(found, say, output.paint, explain)),
    ...(damagedCopies ? [say('verify.todo')] : []),
    ...(damagedRepositories.length > 0 ? [say(healing ? 'check.todoLost' : 'check.todoHeal')] : []),
    ...logTodo(logs, say, healing),
  ]
}
