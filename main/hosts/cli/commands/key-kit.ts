import type { Command } from 'commander'
import type { RecoveryKit } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { repositoryMeant } from '../find-repository.ts'
import { handOverKit, type KitHandedOver, type KitOptions } from '../hand-over-kit.ts'
import { wordsTypedBack } from '../secrets/repository-secrets.ts'
import type { Session } from '../session.ts'

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
  withKitOptions(key.command('rotate').description(say('help.keyRotate'))).action(withEngine(rotate))
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

async function rotate(session: Session, options: KitOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { id: repositoryId } = await repositoryMeant(session, options.repository)
  if (!(await confirmed(session, 'key.confirmRotate', {}))) throw new EverstowError('cancelled')
  const handed = await handOverKit(session, options, () => session.call('key.rotate', { repositoryId }))
  const { epoch, fallenSlots } = handed
  output.outcome({ epoch, fallen_slots: fallenSlots, ...kitRecord(handed, options) }, () => [
    say('key.rotated', { epoch }),
    ...(fallenSlots.length > 0
      ? [output.paint('warn', say('key.fallen', { labels: fallenSlots.join(', ') }))]
      : []),
    ...kitLines(session, handed),
  ])
  return handed.missed ? EXIT.incomplete : EXIT.done
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
