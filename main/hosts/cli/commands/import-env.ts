import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { asEverstowError, EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { absolutePath, absoluteSource } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

/** The contract takes no longer text. */
const LARGEST_FILE_BYTES = 1_048_576

interface ImportOptions {
  readonly source?: string[]
  readonly dryRun?: boolean
}

/** `everstow import-env`: takes over the settings of older systems. */
export function importEnvCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('import-env')
    .description(say('help.importEnv'))
    .argument('<file>', say('help.arg.envFile'))
    .option('--source <paths...>', say('help.opt.sourceToo'))
    .option('--dry-run', say('help.opt.dryRun'))
    .action(withEngine(importEnv))
}

async function importEnv(session: Session, file: string, options: ImportOptions): Promise<ExitStatus> {
  const { say, output, surroundings } = session
  const path = absolutePath(file, surroundings)
  const text = await readText(path)
  const report = await session.call('env.import', {
    text,
    folder: dirname(path),
    apply: options.dryRun !== true,
    ...(options.source
      ? { sources: options.source.map((source) => absoluteSource(source, surroundings)) }
      : {}),
  })
  const warnings = report.warnings.map(({ key, params }) => say.any(key, params))
  const document = {
    applied: report.applied,
    places: report.places.map(({ secretNames, ...place }) => ({ ...place, secrets: secretNames })),
    settings: Object.fromEntries(report.settings.map(({ name, value }) => [name, value])),
    ignored: report.ignored,
    warnings,
  }
  output.outcome(document, () => [
    ...report.places.map(({ name, url, existed }) =>
      say(existed ? 'import.placeExisted' : report.applied ? 'import.place' : 'import.placeWould', {
        place: name,
        url,
      }),
    ),
    ...report.settings.map(({ name, value }) => say('import.setting', { name, value })),
    ...report.ignored.map((key) => output.paint('quiet', say.any('env.unknownKey', { key }))),
    ...warnings.map((warning) => output.paint('warn', safeText(warning))),
    say(report.applied ? 'import.done' : 'import.nothingChanged'),
  ])
  return EXIT.done
}

async function readText(path: string): Promise<string> {
  try {
    const about = await stat(path)
    if (!about.isFile()) throw new EverstowError('invalid-input', { data: { field: 'FILE', value: path } })
    if (about.size > LARGEST_FILE_BYTES)
      throw new EverstowError('invalid-input', {
        data: { field: 'FILE', value: path, reason: `> ${LARGEST_FILE_BYTES} bytes` },
      })
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UsageError('noFile', { what: path })
    throw asEverstowError(error)
  }
}
