import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, CommanderError } from 'commander'
import { ownProgram } from '../../app/own-program.ts'
import { createTexts, localeOf } from '../../app/text.ts'
import { standByForBackup, standByForCheck } from '../../engine/engine.ts'
import { asEverstowError } from '../../engine/model/errors.ts'
import type { CommandHost } from './command-host.ts'
import { type Hosts, hostCommands } from './commands/serve.ts'
import { defaultDataFolder } from './data-folder.ts'
import { EXIT, exitStatusOf } from './exit-status.ts'
import type { Environment, GlobalOptions, Invocation } from './invocation.ts'
import { type Described, describeError, describeUsage } from './output/describe-error.ts'
import { createOutput } from './output/output.ts'
import { createSay } from './output/say.ts'
import { safeText } from './output/terminal-text.ts'
import { wireOf } from './output/wire-of.ts'
import { peekCommand, peekOptions } from './peek-options.ts'
import { createProgram } from './program.ts'
import { takeSecrets } from './secrets/take-secrets.ts'
import { logPath, withSession } from './session.ts'
import { UsageError } from './usage-error.ts'
import { usageErrorOf } from './usage-error-of.ts'

/** What the program that starts the command line hands in. */
export interface CliSurroundings extends Hosts {
  /** Root of the installation. */
  readonly root: string
}

/** Commands that keep all cores busy: their threads start while the command itself does. */
const STAND_BY: Readonly<Record<string, () => void>> = { backup: standByForBackup, verify: standByForCheck }

/** Runs one command of `everstow` and gives its exit status. Answers go to standard output, everything else to standard error. */
export async function runCli(argv: readonly string[], { root, ...hosts }: CliSurroundings): Promise<number> {
  const secrets = takeSecrets(process.env)
  STAND_BY[peekCommand(argv) ?? '']?.()
  const environment: Environment = { ...process.env }
  const peeked = peekOptions(argv)
  const texts = createTexts(peeked.lang ?? localeOf('auto', systemLanguage(environment)))
  const say = createSay(texts, Date.now)
  const debug = environment.EVERSTOW_DEBUG === '1'
  const version = versionOf(root)
  let invocation: Invocation = invocationOf(peeked)
  let status: number = EXIT.done

  function invocationOf(options: GlobalOptions): Invocation {
    const userHome = homedir()
    const surroundings = { cwd: process.cwd(), userHome }
    return {
      home: resolve(
        options.home ||
          environment.EVERSTOW_HOME ||
          defaultDataFolder(process.platform, environment, userHome),
      ),
      yes: options.yes === true,
      debug,
      texts,
      say,
      environment,
      secrets,
      surroundings,
      program: ownProgram(process.argv, process.execPath),
      output: createOutput({
        json: options.json === true,
        quiet: options.quiet === true,
        noColor: environment.NO_COLOR,
      }),
    }
  }

  /** The invocation of the command that was chosen; its work's status becomes ours. */
  const start = (given: readonly unknown[]) => {
    const command = given.at(-1) as Command
    invocation = invocationOf(command.optsWithGlobals())
    if (secrets.refusal) throw secrets.refusal
    return { invocation, rest: given.slice(0, -1) }
  }
  const host: CommandHost = {
    say,
    withEngine:
      (work) =>
      async (...given) => {
        const { invocation: started, rest } = start(given)
        status = await withSession(started, { version, passphrase: secrets.passphrase }, (session) =>
          work(session, ...(rest as never)),
        )
      },
    withoutEngine:
      (work) =>
      async (...given) => {
        const { invocation: started, rest } = start(given)
        status = await work(started, ...(rest as never))
      },
  }

  const program = await createProgram(host, version, argv)
  hostCommands(program, host, hosts, secrets.passphrase?.reveal())
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return status
  } catch (caught) {
    if (caught instanceof CommanderError && caught.exitCode === 0) return EXIT.done
    return fail(invocation, caught instanceof CommanderError ? usageErrorOf(caught) : caught)
  }
}

/** Says what went wrong: one document with `--json`, sentences on standard error otherwise. Never a stack, unless asked for with `EVERSTOW_DEBUG=1`. */
function fail(invocation: Invocation, caught: unknown): number {
  const { output, say, texts, home } = invocation
  const usage = caught instanceof UsageError
  const error = usage ? undefined : asEverstowError(caught)
  const described: Described =
    error === undefined
      ? { record: describeUsage(say, caught as UsageError), details: '' }
      : describeError(texts, say, wireOf(error))
  const { record } = described
  if (output.json) output.answer({ error: record }, () => [])
  output.warn(output.paintNote('bad', safeText(record.message)))
  output.warn(safeText(record.todo))
  if (described.details)
    output.warn(output.paintNote('quiet', `${say('error.details')} ${described.details}`))
  if (record.code === 'internal')
    output.warn(output.paintNote('quiet', `${say('error.log')} ${safeText(logPath(home))}`))
  if (invocation.debug && caught instanceof Error) output.warn(caught.stack ?? '')
  return error === undefined ? EXIT.wrongUsage : exitStatusOf(error.code)
}

function systemLanguage({ LC_ALL, LC_MESSAGES, LANG }: Environment): string {
  return LC_ALL || LC_MESSAGES || LANG || 'en'
}

function versionOf(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return version
}
