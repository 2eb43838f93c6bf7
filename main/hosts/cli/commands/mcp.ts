import { type Command, Option } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { defaultDataFolder } from '../data-folder.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { Invocation } from '../invocation.ts'
import { readSecretFile } from '../secrets/read-secret-file.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

const KEY_VARIABLE = 'EVERSTOW_API_KEY'

interface KeyOptions {
  readonly keyFile?: string
}

interface ConfigOptions extends KeyOptions {
  readonly client: 'claude' | 'generic'
  readonly withKey?: boolean
}

/** `everstow mcp`: programs that answer questions read data in backups, over standard input and output. `everstow mcp config`: what such a program wants to be told. */
export function mcpCommands(program: Command, { say, withEngine, withoutEngine }: CommandHost): void {
  const mcp = program.command('mcp').description(say('help.mcp')).helpCommand(false)
  mcp
    .command('serve', { isDefault: true })
    .description(say('help.mcpServe'))
    .option('--key-file <file>', say('help.opt.apiKeyFile'))
    .action(withEngine(serve))
  mcp
    .command('config')
    .description(say('help.mcpConfig'))
    .addOption(
      new Option('--client <client>', say('help.opt.mcpClient'))
        .choices(['claude', 'generic'])
        .default('generic'),
    )
    .option('--key-file <file>', say('help.opt.mcpKeyFile'))
    .option('--with-key', say('help.opt.withKey'))
    .action(withoutEngine(config))
}

/** Standard output belongs to the protocol: whatever else is to be said goes to standard error. */
async function serve(session: Session, options: KeyOptions): Promise<ExitStatus> {
  const token = await keyOf(session, options)
  const { serveStdio } = await import('../../mcp/serve-stdio.ts')
  await serveStdio(session.app, {
    token,
    input: process.stdin,
    output: process.stdout,
    signal: session.interrupt.signal,
  })
  return EXIT.done
}

/** The key from its file or the environment; a file may hold nothing else. */
async function keyOf(invocation: Invocation, { keyFile }: KeyOptions): Promise<string> {
  const fromFile =
    keyFile === undefined ? '' : (await readSecretFile(invocation, '--key-file', keyFile)).trim()
  if (keyFile !== undefined && fromFile === '')
    throw new EverstowError('invalid-input', { data: { field: '--key-file', value: keyFile } })
  const key = fromFile || invocation.secrets.apiKey?.reveal().trim()
  if (!key) throw new UsageError('noApiKey')
  return key
}

async function config(invocation: Invocation, options: ConfigOptions): Promise<ExitStatus> {
  const { output, program } = invocation
  const [command = '', ...first] = program
  const { args, env } = await startOf(invocation, options)
  const server = { command, args: [...first, ...args], ...(Object.keys(env).length > 0 && { env }) }
  const document =
    options.client === 'claude' ? { mcpServers: { everstow: { type: 'stdio', ...server } } } : server
  output.answer(document, () => JSON.stringify(document, null, 2).split('\n'))
  return EXIT.done
}

/** How the client starts us: what it cannot know, and where it finds the key. The key itself only for whoever asks for it. */
async function startOf(
  invocation: Invocation,
  options: ConfigOptions,
): Promise<{ readonly args: string[]; readonly env: Record<string, string> }> {
  const { home, environment, surroundings } = invocation
  const { client, keyFile, withKey } = options
  const usual = defaultDataFolder(process.platform, environment, surroundings.userHome)
  const isFile = keyFile !== undefined && !withKey
  const key = withKey
    ? await keyOf(invocation, options)
    : client === 'claude'
      ? `\${${KEY_VARIABLE}}`
      : 'evs_…'
  return {
    args: [
      'mcp',
      ...(home === usual ? [] : ['--home', home]),
      ...(isFile ? ['--key-file', absolutePath(keyFile, surroundings)] : []),
    ],
    env: {
      ...(isFile ? {} : { [KEY_VARIABLE]: key }),
      ...(environment.EVERSTOW_KEYCHAIN === 'off' && { EVERSTOW_KEYCHAIN: 'off' }),
    },
  }
}
