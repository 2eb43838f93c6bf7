import { Command, Option } from 'commander'
import type { CommandHost, RegisterCommand } from './command-host.ts'
import { peekCommand } from './peek-options.ts'

/** Commands that are declared together. */
interface Family {
  readonly names: readonly string[]
  readonly load: () => Promise<RegisterCommand>
}

/** In the order of the help. Each is loaded when it is wanted: a command need not pay for all others. */
const FAMILIES: readonly Family[] = [
  { names: ['place'], load: async () => (await import('./commands/place.ts')).placeCommands },
  { names: ['plan'], load: async () => (await import('./commands/plan.ts')).planCommands },
  { names: ['schedule'], load: async () => (await import('./commands/schedule.ts')).scheduleCommands },
  { names: ['backup'], load: async () => (await import('./commands/backup.ts')).backupCommand },
  { names: ['list'], load: async () => (await import('./commands/list.ts')).listCommand },
  { names: ['show'], load: async () => (await import('./commands/show.ts')).showCommand },
  { names: ['files'], load: async () => (await import('./commands/files.ts')).filesCommand },
  { names: ['find'], load: async () => (await import('./commands/find.ts')).findCommand },
  { names: ['diff'], load: async () => (await import('./commands/diff.ts')).diffCommand },
  { names: ['versions'], load: async () => (await import('./commands/versions.ts')).versionsCommand },
  { names: ['cat'], load: async () => (await import('./commands/cat.ts')).catCommand },
  { names: ['sources'], load: async () => (await import('./commands/sources.ts')).sourcesCommand },
  { names: ['query'], load: async () => (await import('./commands/query.ts')).queryCommand },
  { names: ['series'], load: async () => (await import('./commands/series.ts')).seriesCommand },
  { names: ['restore'], load: async () => (await import('./commands/restore.ts')).restoreCommand },
  { names: ['push'], load: async () => (await import('./commands/push.ts')).pushCommand },
  { names: ['offline', 'outbox'], load: async () => (await import('./commands/outbox.ts')).outboxCommands },
  { names: ['verify'], load: async () => (await import('./commands/verify.ts')).verifyCommand },
  { names: ['drill'], load: async () => (await import('./commands/drill.ts')).drillCommand },
  { names: ['pin', 'unpin'], load: async () => (await import('./commands/pin.ts')).pinCommands },
  { names: ['cleanup'], load: async () => (await import('./commands/cleanup.ts')).cleanupCommand },
  { names: ['prune', 'undo-prune'], load: async () => (await import('./commands/prune.ts')).pruneCommands },
  { names: ['key'], load: async () => (await import('./commands/key.ts')).keyCommands },
  { names: ['repo'], load: async () => (await import('./commands/repo.ts')).repoCommands },
  { names: ['stats'], load: async () => (await import('./commands/stats.ts')).statsCommand },
  { names: ['status'], load: async () => (await import('./commands/status.ts')).statusCommand },
  { names: ['health'], load: async () => (await import('./commands/health.ts')).healthCommand },
  { names: ['storage'], load: async () => (await import('./commands/storage.ts')).storageCommands },
  {
    names: ['unprotected'],
    load: async () => (await import('./commands/unprotected.ts')).unprotectedCommands,
  },
  { names: ['guard'], load: async () => (await import('./commands/guard.ts')).guardCommands },
  { names: ['alert'], load: async () => (await import('./commands/alert.ts')).alertCommands },
  { names: ['import-env'], load: async () => (await import('./commands/import-env.ts')).importEnvCommand },
  { names: ['db'], load: async () => (await import('./commands/db-restore.ts')).databaseCommands },
  { names: ['log'], load: async () => (await import('./commands/log.ts')).logCommands },
  { names: ['api'], load: async () => (await import('./commands/api.ts')).apiCommands },
  {
    names: ['api-key', 'restore-root'],
    load: async () => (await import('./commands/api-key.ts')).apiKeyCommands,
  },
  { names: ['mcp'], load: async () => (await import('./commands/mcp.ts')).mcpCommands },
  { names: ['db'], load: async () => (await import('./commands/db-protect.ts')).protectCommands },
  { names: ['db'], load: async () => (await import('./commands/db-verify.ts')).verifyDatabaseCommand },
  { names: ['sync'], load: async () => (await import('./commands/sync.ts')).syncCommands },
  { names: ['sync'], load: async () => (await import('./commands/sync-conflicts.ts')).syncConflictCommands },
  { names: ['sync'], load: async () => (await import('./commands/sync-versions.ts')).syncVersionCommands },
  { names: ['sync'], load: async () => (await import('./commands/sync-invite.ts')).syncInviteCommand },
  { names: ['mirror'], load: async () => (await import('./commands/mirror.ts')).mirrorCommands },
  { names: ['rebuild'], load: async () => (await import('./commands/rebuild.ts')).rebuildCommand },
]

/**
 * The command line as commander knows it: the command that `argv` names with its arguments and options, or every command, for help and for
 * words that name none. Wrong usage is thrown, never printed.
 */
export async function createProgram(
  host: CommandHost,
  version: string,
  argv: readonly string[],
): Promise<Command> {
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
  const wanted = peekCommand(argv) ?? ''
  const named = FAMILIES.filter(({ names }) => names.includes(wanted))
  // These are declared by whoever can start a host.
  const families = named.length > 0 || ['serve', 'daemon'].includes(wanted) ? named : FAMILIES
  for (const register of await Promise.all(families.map(({ load }) => load()))) register(program, host)
  return program
}
