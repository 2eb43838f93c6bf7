import { Argument, type Command } from 'commander'
import type { CallOutput } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeIdsNamed } from '../find/find-place.ts'
import { waitingLogLines } from '../lines/waiting-log-lines.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { waitingLogRecord } from '../records/waiting-log-record.ts'
import type { Session } from '../session.ts'

type Outbox = CallOutput<'outbox.list'>

interface RemoveOptions {
  readonly place?: string
  readonly evenUnsaved?: boolean
}

/** `everstow offline`, `everstow outbox …`: what waits for its places. */
export function outboxCommands(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('offline')
    .description(say('help.offline'))
    .addArgument(new Argument('<on|off>', say('help.arg.onOff')).choices(['on', 'off']))
    .action(withEngine(setOffline))
  const outbox = program.command('outbox').description(say('help.outbox')).helpCommand(false)
  outbox
    .command('list', { isDefault: true })
    .description(say('help.outboxList'))
    .action(withEngine(listOutbox))
  outbox
    .command('remove')
    .description(say('help.outboxRemove'))
    .argument('<id>', say('help.arg.backup'))
    .option('--place <place>', say('help.opt.onlyPlace'))
    .option('--even-unsaved', say('help.opt.evenUnsaved'))
    .action(withEngine(removeWaiting))
  outbox
    .command('clear')
    .description(say('help.outboxClear'))
    .option('--even-unsaved', say('help.opt.evenUnsaved'))
    .action(withEngine(clearOutbox))
}

async function setOffline(session: Session, wanted: 'on' | 'off'): Promise<ExitStatus> {
  const { say, output } = session
  const outbox = await session.call('offline.set', { on: wanted === 'on' })
  const waiting = outbox.items.length
  output.outcome({ offline: outbox.offline, waiting }, () => [
    say(outbox.offline ? 'outbox.offline' : 'outbox.online'),
    ...(!outbox.offline && waiting > 0 ? [say('outbox.pushNow', { count: waiting })] : []),
  ])
  return EXIT.done
}

async function listOutbox(session: Session): Promise<ExitStatus> {
  const outbox = await session.call('outbox.list', {})
  const explain = explainer(session)
  const document = {
    offline: outbox.offline,
    spool_bytes: outbox.spoolBytes,
    spool_limit_bytes: outbox.spoolLimitBytes,
    items: outbox.items.map((item) => ({
      backup_id: item.backupId,
      plan: item.planName ?? null,
      timestamp: item.createdAt,
      place: item.placeName,
      status: item.state,
      size_bytes: item.sizeBytes,
      attempts: item.attempts,
      saved_elsewhere: item.isSavedElsewhere,
      error: item.error ? explain(item.error, item.placeName) : null,
    })),
    logs: outbox.logs.map(waitingLogRecord),
  }
  session.output.answer(document, () => outboxLines(session, outbox))
  return EXIT.done
}

function outboxLines(session: Session, outbox: Outbox): string[] {
  const { offline, items, logs, spoolBytes, spoolLimitBytes } = outbox
  const { say, output } = session
  const explain = explainer(session)
  const top = offline ? [output.paint('warn', say('outbox.offline'))] : []
  const waitingLogs = waitingLogLines(logs, say, output.paint)
  if (items.length === 0) return [...top, ...(logs.length === 0 ? [say('outbox.empty')] : waitingLogs)]
  return [
    ...top,
    ...table(
      [
        { title: say('column.id') },
        { title: say('column.place') },
        { title: say('column.copy') },
        { title: say('column.size'), right: true },
        { title: say('column.elsewhere') },
        { title: say('column.why') },
      ],
      items.map((item) => [
        item.backupId,
        safeText(item.placeName),
        say.any(`copies.state.${item.state}`),
        say.bytes(item.sizeBytes),
        item.isSavedElsewhere
          ? say('outbox.saved')
          : { text: say('outbox.unsaved'), paint: (text: string) => output.paint('warn', text) },
        item.error ? safeText(explain(item.error, item.placeName).message) : '–',
      ]),
      (text) => output.paint('quiet', text),
    ),
    ...(logs.length > 0 ? ['', ...waitingLogs] : []),
    '',
    say('outbox.spool', { size: say.bytes(spoolBytes), limit: say.bytes(spoolLimitBytes) }),
  ]
}

async function removeWaiting(session: Session, id: string, options: RemoveOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { evenUnsaved = false } = options
  const backup = await session.call('backup.get', { id })
  const [placeId] = (await placeIdsNamed(session, options.place === undefined ? [] : [options.place])) ?? []
  const question = evenUnsaved ? 'outbox.confirmGiveUp' : 'outbox.confirmRemove'
  if (!(await confirmed(session, question, { id: backup.id }))) throw new EverstowError('cancelled')
  const { removed } = await session.call('outbox.remove', {
    backupId: backup.id,
    evenUnsaved,
    ...(placeId === undefined ? {} : { placeId }),
  })
  output.outcome({ backup_id: backup.id, removed }, () => [say('outbox.removed', { count: removed })])
  return EXIT.done
}

async function clearOutbox(session: Session, { evenUnsaved = false }: RemoveOptions): Promise<ExitStatus> {
  const { say, output } = session
  const question = evenUnsaved ? 'outbox.confirmClearAll' : 'outbox.confirmClear'
  if (!(await confirmed(session, question, {}))) throw new EverstowError('cancelled')
  const { removed, kept } = await session.call('outbox.clear', { evenUnsaved })
  output.outcome({ removed, kept }, () => [
    ...(removed > 0 || kept === 0 ? [say('outbox.removed', { count: removed })] : []),
    ...(kept > 0 ? [say('outbox.kept', { count: kept })] : []),
  ])
  return EXIT.done
}
