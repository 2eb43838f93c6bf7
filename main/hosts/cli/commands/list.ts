import { type Command, Option } from 'commander'
import type { CallInput } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { planNamed } from '../find/find-plan.ts'
import { backupTable } from '../lines/backup-lines.ts'
import { wholeNumber } from '../options/amounts.ts'
import { backupRecord } from '../records/backup-record.ts'
import type { Session } from '../session.ts'

interface ListOptions {
  readonly limit: number
  readonly offset: number
  readonly plan?: string
  readonly synced?: boolean
  readonly unsynced?: boolean
  readonly from?: string
  readonly to?: string
  readonly source?: string
  readonly search?: string
}

/** `everstow list`: backups, newest first. */
export function listCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('list')
    .description(say('help.list'))
    .option('--limit <n>', say('help.opt.limit'), wholeNumber(1, 1_000), 50)
    .option('--offset <n>', say('help.opt.offset'), wholeNumber(0), 0)
    .option('--plan <plan>', say('help.opt.plan'))
    .option('--synced', say('help.opt.synced'))
    .addOption(new Option('--unsynced', say('help.opt.unsynced')).conflicts('synced'))
    .option('--from <date>', say('help.opt.fromDate'))
    .option('--to <date>', say('help.opt.toDate'))
    .option('--source <path>', say('help.opt.ofSource'))
    .option('--search <text>', say('help.opt.search'))
    .action(withEngine(listBackups))
}

async function listBackups(session: Session, options: ListOptions): Promise<ExitStatus> {
  const { output, say } = session
  const { plan, synced, unsynced, ...rest } = options
  const query: CallInput<'backup.list'> = {
    ...rest,
    ...(synced ? { synced: true } : unsynced ? { synced: false } : {}),
    ...(plan === undefined ? {} : { planId: planNamed(await session.call('plan.list', {}), plan).id }),
  }
  const { backups, total } = await session.call('backup.list', query)
  const explain = explainer(session)
  output.answer({ total, backups: backups.map((backup) => backupRecord(backup, explain)) }, () => {
    if (backups.length === 0 && total > 0) return [say('list.noneHere')]
    if (backups.length === 0) return [isFiltered(options) ? say.any('backups.emptyFilter') : say('list.none')]
    const more = total - options.offset - backups.length
    return [
      ...backupTable(backups, say, output.paint),
      ...(more > 0 ? [output.paint('quiet', say('list.more', { count: more }))] : []),
    ]
  })
  return EXIT.done
}

/** Whether the question was for some backups rather than for all. */
function isFiltered({ limit: _limit, offset: _offset, ...filters }: ListOptions): boolean {
  return Object.keys(filters).length > 0
}
