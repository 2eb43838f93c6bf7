import type { Command } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeNamed } from '../find/find-place.ts'
import { repositoryLines } from '../lines/repository-lines.ts'
import { repositoryRecord } from '../records/repository-record.ts'
import { openingSecret } from '../secrets/repository-secrets.ts'
import type { Session } from '../session.ts'

/** `everstow repo …`: the repositories that lie at places. */
export function repoCommands(program: Command, { say, withEngine }: CommandHost): void {
  const repo = program.command('repo').description(say('help.repo')).helpCommand(false)
  repo.command('info').description(say('help.repoInfo')).action(withEngine(showRepositories))
  repo
    .command('adopt')
    .description(say('help.repoAdopt'))
    .argument('<place>', say('help.arg.place'))
    .option('--secret-file <file>', say('help.opt.passphraseFile'))
    .option('--words-file <file>', say('help.opt.wordsFile'))
    .action(withEngine(adopt))
  repo
    .command('accept-history')
    .description(say('help.repoAcceptHistory'))
    .argument('<place>', say('help.arg.place'))
    .action(withEngine(acceptHistory))
  repo
    .command('take-over')
    .description(say('help.repoTakeOver'))
    .argument('<place>', say('help.arg.place'))
    .action(withEngine(takeOver))
}

async function showRepositories(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const known = await session.call('repository.list', {})
  const explain = explainer(session)
  output.answer({ repositories: known.map((info) => repositoryRecord(info, explain)) }, () =>
    known.length === 0
      ? [say('repo.none')]
      : known.flatMap((info, at) => [
          ...(at === 0 ? [] : ['', '']),
          ...repositoryLines(info, say, output.paint, explain),
        ]),
  )
  return EXIT.done
}

async function adopt(
  session: Session,
  wanted: string,
  options: { readonly secretFile?: string; readonly wordsFile?: string },
): Promise<ExitStatus> {
  const { say, output } = session
  const place = placeNamed(await session.call('place.list', {}), wanted)
  const secret = await openingSecret(session, options)
  const { repository, backups } = await session.call('repository.adopt', {
    placeId: place.id,
    ...('words' in secret ? { words: secret.words.reveal() } : { passphrase: secret.passphrase.reveal() }),
  })
  const document = {
    place: place.name,
    backups,
    repository: repositoryRecord(repository, explainer(session)),
  }
  output.outcome(document, () => [say('repo.adopted', { place: place.name, count: backups })])
  return EXIT.done
}

async function acceptHistory(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  const place = placeNamed(await session.call('place.list', {}), wanted)
  if (!(await confirmed(session, 'repo.confirmAccept', { place: place.name })))
    throw new EverstowError('cancelled')
  const { accepted } = await session.call('repository.acceptHistory', { placeId: place.id })
  output.outcome({ place: place.name, accepted }, () => [
    say(accepted ? 'repo.accepted' : 'repo.nothingToAccept', { place: place.name }),
  ])
  return EXIT.done
}

async function takeOver(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  const place = placeNamed(await session.call('place.list', {}), wanted)
  if (!(await confirmed(session, 'repo.confirmTakeOver', { place: place.name })))
    throw new EverstowError('cancelled')
  const { taken } = await session.call('repository.takeOver', { placeId: place.id })
  output.outcome({ place: place.name, taken }, () => [
    say(taken ? 'repo.taken' : 'repo.nothingToTake', { place: place.name }),
  ])
  return EXIT.done
}
