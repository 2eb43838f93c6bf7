import { type Command, Option } from 'commander'
import type { ApiKey, ApiRole } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { wholeNumber } from '../amounts.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'

interface AddOptions {
  readonly role: ApiRole
  readonly expires?: number
}

/** `everstow api-key …`, `everstow restore-root …`: who may come in through the REST API, and what restores of it may write into. */
export function apiKeyCommands(program: Command, { say, withEngine }: CommandHost): void {
  const keys = program.command('api-key').description(say('help.apiKey')).helpCommand(false)
  keys.command('list', { isDefault: true }).description(say('help.apiKeyList')).action(withEngine(listKeys))
  keys
    .command('add')
    .description(say('help.apiKeyAdd'))
    .argument('<name>', say('help.arg.keyName'))
    .addOption(
      new Option('--role <role>', say('help.opt.role'))
        .choices(['read', 'operate', 'admin'])
        .makeOptionMandatory(),
    )
    .option('--expires <days>', say('help.opt.expires'), wholeNumber(1, 3_650))
    .action(withEngine(addKey))
  keys
    .command('revoke')
    .description(say('help.apiKeyRevoke'))
    .argument('<key>', say('help.arg.apiKey'))
    .action(withEngine(revokeKey))

  const roots = program.command('restore-root').description(say('help.restoreRoot')).helpCommand(false)
  roots
    .command('list', { isDefault: true })
    .description(say('help.restoreRootList'))
    .action(withEngine((session) => changeRoots(session)))
  roots
    .command('add')
    .description(say('help.restoreRootAdd'))
    .argument('<folder>', say('help.arg.root'))
    .action(
      withEngine((session, folder: string) => changeRoots(session, (all, one) => [...all, one], folder)),
    )
  roots
    .command('remove')
    .description(say('help.restoreRootRemove'))
    .argument('<folder>', say('help.arg.root'))
    .action(withEngine((session, folder: string) => changeRoots(session, without, folder)))
}

function documentOf({ id, name, role, createdAt, expiresAt, isExpired, lastUsedAt }: ApiKey) {
  return {
    id,
    name,
    role,
    created_at: createdAt,
    expires_at: expiresAt ?? null,
    expired: isExpired,
    last_used_at: lastUsedAt ?? null,
  }
}

async function listKeys(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const keys = await session.call('apiKeys.list', {})
  output.answer({ keys: keys.map(documentOf) }, () =>
    keys.length === 0
      ? [say('apiKey.none')]
      : table(
          [
            { title: say('column.id') },
            { title: say('column.name') },
            { title: say('column.role') },
            { title: say('column.lastUsed') },
            { title: say('column.expires') },
          ],
          keys.map(({ id, name, role, lastUsedAt, expiresAt, isExpired }) => [
            id,
            safeText(name),
            say(`apiKey.roles.${role}`),
            lastUsedAt === undefined ? say.any('common.never') : say.relative(lastUsedAt),
            expiresAt === undefined
              ? '–'
              : isExpired
                ? say('apiKey.expired', { when: say.relative(expiresAt) })
                : say.relative(expiresAt),
          ]),
          (text) => output.paint('quiet', text),
        ),
  )
  return EXIT.done
}

async function addKey(session: Session, name: string, options: AddOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { role, expires } = options
  const { key, token } = await session.call('apiKeys.add', {
    name,
    role,
    ...(expires === undefined ? {} : { expiresDays: expires }),
  })
  output.answer({ ...documentOf(key), key: token }, () => [
    say('apiKey.made', { name: key.name, role: say(`apiKey.roles.${role}`) }),
    token,
  ])
  return EXIT.done
}

async function revokeKey(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  if (!(await confirmed(session, 'apiKey.confirmRevoke', { name: wanted })))
    throw new EverstowError('cancelled')
  const key = await session.call('apiKeys.revoke', { key: wanted })
  output.outcome({ ...documentOf(key), revoked: true }, () => [say('apiKey.revoked', { name: key.name })])
  return EXIT.done
}

function without(all: readonly string[], one: string): string[] {
  if (!all.includes(one))
    throw new EverstowError('invalid-input', { data: { field: 'FOLDER', value: one, reason: 'not-there' } })
  return all.filter((each) => each !== one)
}

/** Shows the folders, after a change if there is one. The first is the one that is always allowed. */
async function changeRoots(
  session: Session,
  change?: (chosen: readonly string[], folder: string) => string[],
  typed = '',
): Promise<ExitStatus> {
  const { say, output } = session
  let { roots } = await session.call('restoreRoots.list', {})
  if (change) {
    const folder = absolutePath(typed, session.surroundings)
    roots = (await session.call('restoreRoots.set', { roots: change(roots.slice(1), folder) })).roots
  }
  output.answer({ roots }, () => [
    say('restoreRoot.is'),
    ...roots.map((root, at) => `  ${safeText(root)}${at === 0 ? ` (${say('restoreRoot.always')})` : ''}`),
  ])
  return EXIT.done
}
