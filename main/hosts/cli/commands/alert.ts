import { Argument, type Command, Option } from 'commander'
import { errorOfWire } from '../../../app/in-process-client.ts'
import type { CallInput, Channel } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { Explain } from '../explain.ts'
import { explainer } from '../explain.ts'
import { planNamed } from '../find/find-plan.ts'
import { wholeNumber } from '../options/amounts.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import { alertSecrets } from '../secrets/alert-secrets.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface AddressOptions {
  readonly url?: string
  readonly secretFile?: string
}

interface MailOptions {
  readonly host: string
  readonly port?: number
  readonly security: 'tls' | 'starttls' | 'plain'
  readonly user?: string
  readonly from: string
  readonly to: string[]
  readonly secretFile?: string
}

interface PingOptions extends AddressOptions {
  readonly method: 'get' | 'post'
  readonly plan?: string
}

const USUAL_PORT = { tls: 465, starttls: 587, plain: 25 } as const
const HIGHEST_PORT = 65_535

/** `everstow alert …`: who is told when something is wrong. */
export function alertCommands(program: Command, { say, withEngine }: CommandHost): void {
  const alert = program.command('alert').description(say('help.alert')).helpCommand(false)
  const add = alert.command('add').description(say('help.alertAdd')).helpCommand(false)
  const withAddress = (command: Command) =>
    command
      .argument('<name>', say('help.arg.newChannel'))
      .option('--url <url>', say('help.opt.alertUrl'))
      .option('--secret-file <file>', say('help.opt.alertSecretFile'))
  withAddress(add.command('webhook').description(say('help.alertAddWebhook'))).action(withEngine(addWebhook))
  withAddress(add.command('ping').description(say('help.alertAddPing')))
    .addOption(
      new Option('--method <method>', say('help.opt.pingMethod')).choices(['get', 'post']).default('get'),
    )
    .option('--plan <plan>', say('help.opt.pingPlan'))
    .action(withEngine(addPing))
  add
    .command('email')
    .description(say('help.alertAddEmail'))
    .argument('<name>', say('help.arg.newChannel'))
    .requiredOption('--host <host>', say('help.opt.mailHost'))
    .option('--port <port>', say('help.opt.mailPort'), wholeNumber(1, HIGHEST_PORT))
    .addOption(
      new Option('--security <how>', say('help.opt.mailSecurity'))
        .choices(['tls', 'starttls', 'plain'])
        .default('starttls'),
    )
    .option('--user <name>', say('help.opt.mailUser'))
    .requiredOption('--from <address>', say('help.opt.mailFrom'))
    .requiredOption('--to <addresses...>', say('help.opt.mailTo'))
    .option('--secret-file <file>', say('help.opt.alertSecretFile'))
    .action(withEngine(addMail))
  alert
    .command('list', { isDefault: true })
    .description(say('help.alertList'))
    .action(withEngine(listChannels))
  alert
    .command('test')
    .description(say('help.alertTest'))
    .argument('<channel>', say('help.arg.channel'))
    .action(withEngine(testChannel))
  alert
    .command('remove')
    .description(say('help.alertRemove'))
    .argument('<channel>', say('help.arg.channel'))
    .action(withEngine(removeChannel))
  alert
    .command('digest')
    .description(say('help.alertDigest'))
    .addArgument(new Argument('<state>', say('help.arg.onOff')).choices(['on', 'off']))
    .action(withEngine(setDigest))
}

async function addWebhook(session: Session, name: string, options: AddressOptions): Promise<ExitStatus> {
  const { url, secret } = await addressOf(session, options, ['secret'])
  return keep(session, { type: 'webhook', name, url, ...(secret === undefined ? {} : { secret }) })
}

async function addPing(session: Session, name: string, options: PingOptions): Promise<ExitStatus> {
  const { url } = await addressOf(session, options, [])
  const plan =
    options.plan === undefined ? undefined : planNamed(await session.call('plan.list', {}), options.plan)
  return keep(session, {
    type: 'ping',
    name,
    url,
    method: options.method,
    ...(plan ? { planId: plan.id } : {}),
  })
}

async function addMail(session: Session, name: string, options: MailOptions): Promise<ExitStatus> {
  const { secretFile, port, security, ...given } = options
  const wanted = given.user === undefined ? [] : (['password'] as const)
  const { password } = await alertSecrets(session, secretFile, wanted)
  return keep(session, {
    type: 'email',
    name,
    ...given,
    security,
    port: port ?? USUAL_PORT[security],
    ...(password === undefined ? {} : { password }),
  })
}

/** Where a channel leads; what the options name goes before the environment. */
async function addressOf(
  session: Session,
  { url: typed, secretFile }: AddressOptions,
  more: readonly 'secret'[],
): Promise<{ url: string; secret?: string }> {
  const wanted = typed === undefined ? (['url', ...more] as const) : more
  const found = await alertSecrets(session, secretFile, wanted)
  const url = typed ?? found.url
  if (url === undefined) throw new UsageError('noAddress')
  return { ...found, url }
}

async function keep(session: Session, input: CallInput<'alert.add'>): Promise<ExitStatus> {
  const { say, output } = session
  const channel = await session.call('alert.add', input)
  const command = `everstow alert test ${JSON.stringify(channel.name)}`
  output.outcome(channelRecord(channel, explainer(session)), () => [
    say('alert.added', { channel: channel.name, command }),
  ])
  return EXIT.done
}

async function listChannels(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const channels = await session.call('alert.list', {})
  const { weeklyDigest } = await session.call('settings.get', {})
  const { isKept } = await session.call('schedule.list', {})
  const explain = explainer(session)
  const document = {
    weekly_digest: weeklyDigest,
    is_kept: isKept,
    channels: channels.map((channel) => channelRecord(channel, explain)),
  }
  output.answer(document, () => [
    ...(channels.length === 0
      ? [say('alert.none')]
      : table(
          [
            { title: say('column.channel') },
            { title: say('column.type') },
            { title: say('column.address') },
            { title: say('column.state') },
          ],
          channels.map((channel) => [
            safeText(channel.name),
            say.any(`alerts.kinds.${channel.type}`),
            safeText(channel.address),
            {
              text: say.any(`alerts.state.${channel.state}`),
              paint: (text: string) => (channel.state === 'failing' ? output.paint('bad', text) : text),
            },
          ]),
          (text) => output.paint('quiet', text),
        )),
    ...channels.flatMap(({ error, name }) => {
      const explained = error && explain(error, name)
      return explained ? [`  ${safeText(explained.message)} ${safeText(explained.todo)}`] : []
    }),
    ...(channels.length > 0 && !isKept ? ['', output.paint('warn', say('alert.nobody'))] : []),
  ])
  return EXIT.done
}

async function testChannel(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  const channel = channelNamed(await session.call('alert.list', {}), wanted)
  const { ok, error, durationMs } = await session.call('alert.test', { id: channel.id })
  if (error) throw errorOfWire({ ...error, data: { place: channel.name, ...error.data } })
  output.answer({ channel: channel.name, ok, duration_ms: durationMs }, () => [
    say('alert.works', { channel: channel.name, ms: durationMs }),
  ])
  return EXIT.done
}

async function removeChannel(session: Session, wanted: string): Promise<ExitStatus> {
  const { say, output } = session
  const channel = channelNamed(await session.call('alert.list', {}), wanted)
  if (!(await confirmed(session, 'alert.confirmRemove', { channel: channel.name })))
    throw new EverstowError('cancelled')
  const { removed } = await session.call('alert.remove', { id: channel.id })
  output.outcome({ channel: channel.name, removed }, () => [say('alert.removed', { channel: channel.name })])
  return EXIT.done
}

async function setDigest(session: Session, state: 'on' | 'off'): Promise<ExitStatus> {
  const { say, output } = session
  const { weeklyDigest } = await session.call('settings.update', { weeklyDigest: state === 'on' })
  output.outcome({ weekly_digest: weeklyDigest }, () => [
    say(weeklyDigest ? 'alert.digestOn' : 'alert.digestOff'),
  ])
  return EXIT.done
}

function channelNamed(channels: readonly Channel[], wanted: string): Channel {
  const name = wanted.toLocaleLowerCase()
  const channel =
    channels.find(({ id }) => id === wanted) ??
    channels.find((each) => each.name.toLocaleLowerCase() === name)
  if (!channel) throw new EverstowError('unknown-channel', { data: { name: wanted } })
  return channel
}

function channelRecord(channel: Channel, explain: Explain) {
  return {
    id: channel.id,
    name: channel.name,
    type: channel.type,
    address: channel.address,
    plan_id: channel.planId ?? null,
    has_secret: channel.hasSecret,
    state: channel.state,
    last_sent_at: channel.lastSentAt ?? null,
    failing_since: channel.failingSince ?? null,
    waiting: channel.waiting,
    error: channel.error ? explain(channel.error, channel.name) : null,
  }
}
