import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeMeant } from '../find/find-place.ts'
import { syncCommand, syncedFolderNamed } from '../find/find-synced-folder.ts'
import { wholeNumber } from '../options/amounts.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

interface InviteOptions {
  readonly place?: string
  readonly hours?: number
  readonly list?: boolean
  /** True: all of them. */
  readonly revoke?: string | true
}

/** `everstow sync invite`: lets another device in, with a code that works once. */
export function syncInviteCommand(program: Command, { say, withEngine }: CommandHost): void {
  syncCommand(program, say)
    .command('invite')
    .description(say('help.syncInvite'))
    .argument('[name]', say('help.arg.synced'))
    .option('--place <place>', say('help.opt.syncPlace'))
    .option('--hours <hours>', say('help.opt.inviteHours'), wholeNumber(1, 168))
    .option('--list', say('help.opt.inviteList'))
    .option('--revoke [invite]', say('help.opt.inviteRevoke'))
    .action(withEngine(invite))
}

async function invite(
  session: Session,
  name: string | undefined,
  options: InviteOptions,
): Promise<ExitStatus> {
  const folder = name === undefined ? undefined : await syncedFolderNamed(session, name)
  const placeId = folder?.placeId ?? (await placeMeant(session, options.place)).id
  if (options.revoke !== undefined) return revoke(session, placeId, options.revoke)
  if (options.list) return list(session, placeId)
  const { say, output } = session
  const made = await session.call('sync.invite', {
    placeId,
    ...(options.hours !== undefined && { hours: options.hours }),
  })
  const { inviteId, placeName, code, until } = made
  const space = folder === undefined ? 'NAME' : JSON.stringify(folder.name)
  const command = `everstow sync join ${space} --folder FOLDER --invite`
  output.outcome({ invite_id: inviteId, place: placeName, code, until }, () => [
    say('sync.inviteCode', { until: say.dateTime(until) }),
    '',
    `  ${code}`,
    '',
    say('sync.inviteHow', { command }),
    output.paint('quiet', say('sync.inviteScope', { place: safeText(placeName) })),
  ])
  return EXIT.done
}

async function list(session: Session, placeId: string): Promise<ExitStatus> {
  const { say, output } = session
  const invites = await session.call('sync.invites', { placeId })
  const records = invites.map(({ inviteId, device, createdAt, until }) => ({
    invite_id: inviteId,
    device,
    created_at: createdAt,
    until,
  }))
  output.answer({ invites: records }, () =>
    invites.length === 0
      ? [say('sync.noInvites')]
      : invites.map(({ inviteId, device, until }) =>
          say('sync.inviteLine', { id: inviteId, device: safeText(device), until: say.dateTime(until) }),
        ),
  )
  return EXIT.done
}

async function revoke(session: Session, placeId: string, wanted: string | true): Promise<ExitStatus> {
  const { say, output } = session
  const { revoked } = await session.call('sync.revokeInvites', {
    placeId,
    ...(wanted !== true && { inviteId: wanted }),
  })
  output.outcome({ revoked }, () => [say('sync.revoked', { count: revoked })])
  return revoked > 0 || wanted === true ? EXIT.done : EXIT.failed
}
