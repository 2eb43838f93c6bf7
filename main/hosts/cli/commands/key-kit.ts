import type { Command } from 'commander'
import type { RecoveryKit, RenewReport } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { repositoryMeant } from '../find/find-repository.ts'
import { followRun } from '../follow-run.ts'
import { handOverKit, type KitHandedOver, type KitOptions } from '../kit/hand-over-kit.ts'
import { isRenewed, renewLines } from '../lines/renew-lines.ts'
import { hours } from '../options/amounts.ts'
import { renewRecord } from '../records/renew-record.ts'
import { wordsTypedBack } from '../secrets/repository-secrets.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** `everstow key show-kit`, `confirm-kit`, `rotate`: the commands that words go through. */
export function kitCommands(key: Command, { say, withEngine }: CommandHost): void {
  const withKitOptions = (command: Command): Command =>
    command
      .option('--out <file>', say('help.opt.kitOut'))
      .option('--print', say('help.opt.kitPrint'))
      .option('--words', say('help.opt.kitWords'))
      .option('--repository <id>', say('help.opt.repository'))
  withKitOptions(key.command('show-kit').description(say('help.keyShowKit'))).action(withEngine(showKit))
  key
    .command('confirm-kit')
    .description(say('help.keyConfirmKit'))
    .option('--words-file <file>', say('help.opt.wordsFile'))
    .option('--repository <id>', say('help.opt.repository'))
    .action(withEngine(confirmKit))
  withKitOptions(key.command('rotate').description(say('help.keyRotate')))
    .option('--full', say('help.opt.rotateFull'))
    .option('--grace <hours>', say('help.opt.grace'), hours)
    .action(withEngine(rotate))
}

async function showKit(session: Session, options: KitOptions): Promise<ExitStatus> {
  const { id: repositoryId } = await repositoryMeant(session, options.repository)
  const handed = await handOverKit(session, options, async () => ({
    kit: await session.call('key.makeKit', { repositoryId }),
  }))
  session.output.outcome(kitRecord(handed, options), () => kitLines(session, handed))
  return handed.missed ? EXIT.incomplete : EXIT.done
}

async function confirmKit(
  session: Session,
  options: { readonly repository?: string; readonly wordsFile?: string },
): Promise<ExitStatus> {
  const { say, output } = session
  const { id: repositoryId } = await repositoryMeant(session, options.repository)
  const words = await wordsTypedBack(session, options)
  const { confirmed: proven } = await session.call('key.confirmKit', { repositoryId, words: words.reveal() })
  output.outcome({ repository_id: repositoryId, confirmed: proven }, () => [
    say(proven ? 'key.confirmed' : 'key.notConfirmed'),
  ])
  return proven ? EXIT.done : EXIT.failed
}

interface RotateOptions extends KitOptions {
  /** Also store everything anew; where that was begun and not finished, go on with it under the keys that there are. */
  readonly full?: boolean
  readonly grace?: number
}

async function rotate(session: Session, options: RotateOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { full = false, grace } = options
  if (grace !== undefined && !full) throw new UsageError('graceWithoutFull')
  const {
    id: repositoryId,
    isRenewing,
    epoch: present,
    kitConfirmedAt,
  } = await repositoryMeant(session, options.repository)
  if (full && isRenewing) {
    output.note(say('key.renewGoesOn', { epoch: present }))
    // Whoever was interrupted before the new kit was written down has none.
    if (kitConfirmedAt === undefined) output.warn(say('key.noKit'))
    const report = await renew(session, repositoryId, grace)
    return tellRotated(session, { epoch: present, rotated: false }, [], report)
  }
  const question = full ? 'key.confirmRotateFull' : 'key.confirmRotate'
  if (!(await confirmed(session, question, {}))) throw new EverstowError('cancelled')
  const handed = await handOverKit(session, options, () =>
    session.call('key.rotate', { repositoryId, renews: full }),
  )
  const { epoch, fallenSlots } = handed
  // The kit was handed over: whatever happens from here on, nothing of it is lost.
  const report = full ? await renew(session, repositoryId, grace) : undefined
  const record = { epoch, rotated: true, fallen_slots: fallenSlots, ...kitRecord(handed, options) }
  const lines = [
    say('key.rotated', { epoch }),
    ...(fallenSlots.length > 0
      ? [output.paint('warn', say('key.fallen', { labels: fallenSlots.join(', ') }))]
      : []),
    ...kitLines(session, handed),
  ]
  const status = tellRotated(session, record, lines, report)
  return handed.missed ? EXIT.incomplete : status
}

async function renew(
  session: Session,
  repositoryId: string,
  grace: number | undefined,
): Promise<RenewReport> {
  const { runId } = await session.call('repository.renew', {
    repositoryId,
    ...(grace === undefined ? {} : { graceHours: grace }),
  })
  const { renew: report } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  return report
}

function tellRotated(
  session: Session,
  record: Readonly<Record<string, unknown>>,
  lines: readonly string[],
  report: RenewReport | undefined,
): ExitStatus {
  const { say, output } = session
  const explain = explainer(session)
  const whole = { ...record, ...(report && { renewed: renewRecord(report, explain) }) }
  output.outcome(whole, () => [...lines, ...(report ? renewLines(report, say, output.paint, explain) : [])])
  return report?.places.every(isRenewed) === false ? EXIT.incomplete : EXIT.done
}

type Handed = KitHandedOver & { readonly kit: RecoveryKit }

function kitRecord({ kit, file, confirmed: proven }: Handed, { words }: KitOptions) {
  return {
    kit_id: kit.kitId,
    repository_id: kit.repositoryId,
    file: file ?? null,
    confirmed: proven,
    ...(words ? { words: kit.words } : {}),
  }
}

function kitLines({ say, output }: Session, { confirmed: proven, file }: Handed): string[] {
  if (proven) return [output.paint('good', say('key.confirmed'))]
  return [
    output.paint('warn', say('key.toConfirm')),
    ...(file === undefined ? [] : [say('key.printAndDelete', { path: file })]),
  ]
}
