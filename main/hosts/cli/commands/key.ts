import type { Command } from 'commander'
import type { RepositoryInfo } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { repositoryMeant } from '../find/find-repository.ts'
import { slotTable } from '../lines/repository-lines.ts'
import { slotRecord } from '../records/repository-record.ts'
import { newPassphrase } from '../secrets/repository-secrets.ts'
import type { Session } from '../session.ts'
import { kitCommands } from './key-kit.ts'

interface Where {
  readonly repository?: string
}

/** `everstow key …`: what opens a repository. */
export function keyCommands(program: Command, host: CommandHost): void {
  const { say, withEngine } = host
  const key = program.command('key').description(say('help.key')).helpCommand(false)
  kitCommands(key, host)
  key
    .command('add')
    .description(say('help.keyAdd'))
    .argument('<label>', say('help.arg.slotLabel'))
    .option('--secret-file <file>', say('help.opt.passphraseFile'))
    .option('--repository <id>', say('help.opt.repository'))
    .action(withEngine(addKey))
  key
    .command('list')
    .description(say('help.keyList'))
    .option('--repository <id>', say('help.opt.repository'))
    .action(withEngine(listKeys))
  key
    .command('remove')
    .description(say('help.keyRemove'))
    .argument('<slot>', say('help.arg.slot'))
    .option('--repository <id>', say('help.opt.repository'))
    .action(withEngine(removeKey))
}

async function addKey(
  session: Session,
  label: string,
  options: Where & { readonly secretFile?: string },
): Promise<ExitStatus> {
  const { say, output } = session
  const { id: repositoryId } = await repositoryMeant(session, options.repository)
  const passphrase = await newPassphrase(session, options)
  const { slotId } = await session.call('key.add', { repositoryId, label, passphrase: passphrase.reveal() })
  output.outcome({ repository_id: repositoryId, slot_id: slotId, label }, () => [say('key.added', { label })])
  return EXIT.done
}

async function listKeys(session: Session, { repository }: Where): Promise<ExitStatus> {
  const { say, output } = session
  const info = await repositoryMeant(session, repository)
  const document = {
    repository_id: info.id,
    epoch: info.epoch,
    kit_confirmed_at: info.kitConfirmedAt ?? null,
    slots: info.slots.map((slot) => slotRecord(slot, info)),
  }
  output.answer(document, () => [
    ...slotTable(info, say, output.paint),
    ...(info.kitConfirmedAt === undefined ? ['', output.paint('warn', say('key.noKit'))] : []),
  ])
  return EXIT.done
}

async function removeKey(session: Session, wanted: string, { repository }: Where): Promise<ExitStatus> {
  const { say, output } = session
  const info = await repositoryMeant(session, repository)
  const slot = slotNamed(info, wanted)
  if (!(await confirmed(session, 'key.confirmRemove', { label: slot.label })))
    throw new EverstowError('cancelled')
  const { removed } = await session.call('key.remove', { repositoryId: info.id, slotId: slot.id })
  output.outcome({ repository_id: info.id, slot_id: slot.id, label: slot.label, removed }, () => [
    say('key.removed', { label: slot.label }),
  ])
  return EXIT.done
}

/** A slot by its id, the beginning of it, or its label, as long as only one is meant. */
function slotNamed({ slots }: RepositoryInfo, wanted: string): RepositoryInfo['slots'][number] {
  const name = wanted.toLocaleLowerCase()
  const meant = slots.filter(({ id, label }) => id.startsWith(name) || label.toLocaleLowerCase() === name)
  const [only] = meant
  if (!only || meant.length > 1)
    throw new EverstowError('invalid-input', {
      data: {
        field: 'SLOT',
        value: wanted,
        reason: slots.map(({ id, label }) => `${id} ${label}`).join(', '),
      },
    })
  return only
}
