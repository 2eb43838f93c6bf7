import { Command, Option } from 'commander'
import type { CommandHost } from './command-host.ts'
import { backupCommand } from './commands/backup.ts'
import { catCommand } from './commands/cat.ts'
import { cleanupCommand } from './commands/cleanup.ts'
import { diffCommand } from './commands/diff.ts'
import { drillCommand } from './commands/drill.ts'
import { filesCommand } from './commands/files.ts'
import { findCommand } from './commands/find.ts'
import { importEnvCommand } from './commands/import-env.ts'
import { keyCommands } from './commands/key.ts'
import { listCommand } from './commands/list.ts'
import { outboxCommands } from './commands/outbox.ts'
import { pinCommands } from './commands/pin.ts'
import { placeCommands } from './commands/place.ts'
import { planCommands } from './commands/plan.ts'
import { pruneCommands } from './commands/prune.ts'
import { pushCommand } from './commands/push.ts'
import { rebuildCommand } from './commands/rebuild.ts'
import { repoCommands } from './commands/repo.ts'
import { restoreCommand } from './commands/restore.ts'
import { showCommand } from './commands/show.ts'
import { statsCommand } from './commands/stats.ts'
import { statusCommand } from './commands/status.ts'
import { verifyCommand } from './commands/verify.ts'

/** The command line as commander knows it: every command, its arguments and options. Wrong usage is thrown, never printed. */
export function createProgram(host: CommandHost, version: string): Command {
  const { say } = host
  const program = new Command('everstow')
    .description(say('help.everstow'))
    .version(version, '-V, --version', say('help.opt.version'))
    .helpOption('-h, --help', say('help.opt.help'))
    .helpCommand(false)
    .option('--home <folder>', say('help.opt.home'))
    .option('--json', say('help.opt.json'))
    .option('-y, --yes', say('help.opt.yes'))
    .option('-q, --quiet', say('help.opt.quiet'))
    .addOption(new Option('--lang <language>', say('help.opt.lang')).choices(['en', 'fr']))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
  for (const register of [
    placeCommands,
    planCommands,
    backupCommand,
    listCommand,
    showCommand,
    filesCommand,
    findCommand,
    diffCommand,
    catCommand,
    restoreCommand,
    pushCommand,
    outboxCommands,
    verifyCommand,
    drillCommand,
    pinCommands,
    cleanupCommand,
    pruneCommands,
    keyCommands,
    repoCommands,
    statsCommand,
    statusCommand,
    importEnvCommand,
    rebuildCommand,
  ])
    register(program, host)
  return program
}
