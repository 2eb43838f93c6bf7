import { type Command, Option } from 'commander'
import type { ApiRole } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { apiKeyLines, apiKeyRecord, sightOf } from '../lines/api-key-lines.ts'
import { wholeNumber } from '../options/amounts.ts'
import { limitsOf, type ScopeOptions, withScopeOptions } from '../options/scope-options.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

interface AddOptions extends ScopeOptions {
  readonly role: ApiRole
  readonly expires?: number
}

interface LimitOptions extends ScopeOptions {
  readonly everything?: true
}

/** `everstow api-key …`, `everstow restore-root …`: who may come in through the REST API, and what restores of it may write into. */
export function apiKeyCommands(program: Command, { say, withEngine }: CommandHost): void {
  const keys = program.command('api-key').description(say('help.apiKey')).helpCommand(false)
  keys.command('list', { isDefault: true }).description(say('help.apiKeyList')).action(withEngine(listKeys))
  const add = keys
    .command('add')
    .description(say('help.apiKeyAdd'))
    .argument('<name>', say('help.arg.keyName'))
    .addOption(
      new Option('--role <role>', say('help.opt.role'))
        .choices(['read-data', 'read', 'operate', 'admin'])
        .makeOptionMandatory(),
    )
    .option('--expires <days>', say('help.opt.expires'), wholeNumber(1, 3_650))
  withScopeOptions(add, say).action(withEngine(addKey))
  const limit = keys
    .command('limit')
    .description(say('help.apiKeyLimit'))
    .argument('<key>', say('help.arg.apiKey'))
    .option('--everything', say('help.opt.scopeEverything'))
  withScopeOptions(limit, say).action(withEngine(limitKey))
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

async function listKeys(session: Session): Promise<ExitStatus> {
  const keys = await session.call('apiKeys.list', {})
  const plans = await session.call('plan.list', {})
  session.output.answer({ keys: keys.map(apiKeyRecord) }, () => apiKeyLines(session, keys, plans))
  return EXIT.done
}

async function addKey(session: Session, name: string, options: AddOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { role, expires } = options
  const plans = await session.call('plan.list', {})
  const { key, token } = await session.call('apiKeys.add', {
    name,
    role,
    ...(expires === undefined ? {} : { expiresDays: expires }),
    ...limitsOf(options, plans),
  })
  output.answer({ ...apiKeyRecord(key), key: token }, () => [
    ...(key.scope ? [say('apiKey.sees', { what: sightOf(say, key, plans) })] : []),
    say('apiKey.made', { name: key.name, role: say(`apiKey.roles.${role}`) }),
    token,
  ])
  return EXIT.done
}

async function limitKey(session: Session, wanted: string, options: LimitOptions): Promise<ExitStatus> {
  const { output } = session
  const plans = await session.call('plan.list', {})
  const limits = limitsOf(options, plans)
  if (options.everything && limits.scope)
    throw new UsageError('conflict', { what: '--everything, --plan, --path, --from, --to' })
  if (!options.everything && Object.keys(limits).length === 0) throw new UsageError('nothingToChange')
  const key = await session.call('apiKeys.limit', {
    key: wanted,
    ...limits,
    ...(options.everything && { scope: {} }),
  })
  output.answer(apiKeyRecord(key), () => apiKeyLines(session, [key], plans))
  return EXIT.done
}

async function revokeKey(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  if (!(await confirmed(session, 'apiKey.confirmRevoke', { name: wanted })))
    throw new EverstowError('cancelled')
  const key = await session.call('apiKeys.revoke', { key: wanted })
  output.outcome({ ...apiKeyRecord(key), revoked: true }, () => [say('apiKey.revoked', { name: key.name })])
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
