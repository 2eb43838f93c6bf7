import type { Command } from 'commander'
import type { GuardAlarm } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

/** Paths that are shown; `diff` shows all. */
const SHOWN = 20

/** `everstow guard …`: changes that are unlike what people do, and accepting them. */
export function guardCommands(program: Command, { say, withEngine }: CommandHost): void {
  const guard = program.command('guard').description(say('help.guard')).helpCommand(false)
  guard.command('list', { isDefault: true }).description(say('help.guardList')).action(withEngine(listAlarms))
  guard
    .command('show')
    .description(say('help.guardShow'))
    .argument('<plan|id>', say('help.arg.alarm'))
    .action(withEngine(showAlarm))
  guard
    .command('accept')
    .description(say('help.guardAccept'))
    .argument('<plan|id>', say('help.arg.alarm'))
    .action(withEngine(acceptAlarm))
}

async function listAlarms(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const alarms = await session.call('guard.list', {})
  output.answer({ alarms: alarms.map((alarm) => alarmRecord(session, alarm)) }, () =>
    alarms.length === 0 ? [say('guard.none')] : alarms.flatMap((alarm) => alarmLines(session, alarm)),
  )
  return EXIT.done
}

async function showAlarm(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  const alarm = alarmNamed(await session.call('guard.list', {}), wanted)
  const { added, removed, changed, entries } = await session.call('backup.diff', {
    from: alarm.goodBackupId,
    to: alarm.backupId,
    limit: SHOWN,
  })
  const files = entries.filter(({ kind }) => kind !== 'directory')
  const document = {
    ...alarmRecord(session, alarm),
    added,
    removed,
    changed,
    entries: files.map(({ path, change }) => ({ path, change })),
  }
  output.answer(document, () => [
    ...alarmLines(session, alarm),
    '',
    ...files.map(({ path, change }) => `  ${say(`guard.change.${change}`)}  ${safeText(path)}`),
    say('diff.total', { added, removed, changed }),
    say('guard.more', { command: `everstow diff ${alarm.goodBackupId} ${alarm.backupId}` }),
  ])
  return EXIT.done
}

async function acceptAlarm(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  const { planName, backupId } = await session.call('guard.accept', { name: wanted })
  output.outcome({ plan: planName, backup_id: backupId, accepted: true }, () => [
    say('guard.accepted', { plan: planName }),
  ])
  return EXIT.done
}

function alarmNamed(alarms: readonly GuardAlarm[], wanted: string): GuardAlarm {
  const name = wanted.toLocaleLowerCase()
  const alarm = alarms.find(
    ({ backupId, planId, planName }) =>
      backupId === wanted || planId === wanted || planName.toLocaleLowerCase() === name,
  )
  if (!alarm) throw new EverstowError('no-alarm', { data: { name: wanted } })
  return alarm
}

function alarmLines({ say, output }: Session, alarm: GuardAlarm): string[] {
  const { sentence, signals, planName, backupId, goodBackupId } = alarm
  const word = JSON.stringify(planName)
  return [
    output.paint('bad', say.any(sentence.key, sentence.params)),
    `  ${say('guard.signs', { signs: signals.map((signal) => say.any(`guard.signal.${signal}`)).join('; ') })}`,
    `  ${say('guard.between', { good: goodBackupId, backup: backupId })}`,
    `  ${say(alarm.isPinned ? 'guard.held' : 'guard.heldUnpinned')}`,
    `  ${say('guard.mine', { command: `everstow guard accept ${word}` })}`,
    `  ${say('guard.notMine', { command: `everstow restore ${goodBackupId} --into …` })}`,
  ]
}

function alarmRecord({ say }: Session, alarm: GuardAlarm) {
  return {
    plan: alarm.planName,
    backup_id: alarm.backupId,
    good_backup_id: alarm.goodBackupId,
    since: alarm.since,
    signals: alarm.signals,
    touched_files: alarm.touchedFiles,
    files: alarm.files,
    pinned: alarm.isPinned,
    sentence: say.any(alarm.sentence.key, alarm.sentence.params),
  }
}
