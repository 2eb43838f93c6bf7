import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { folderLines, storageLines } from '../lines/storage-lines.ts'
import { wholeNumber } from '../options/amounts.ts'
import { folderRecord, storageRecord } from '../records/storage-record.ts'
import type { Session } from '../session.ts'

/** Entries that are listed of a folder. */
const SHOWN = 50

/** `everstow storage …`: how much lies where and when space runs out; what the folders of a backup take. */
export function storageCommands(program: Command, { say, withEngine }: CommandHost): void {
  const storage = program.command('storage').description(say('help.storage')).helpCommand(false)
  storage
    .command('places', { isDefault: true })
    .description(say('help.storagePlaces'))
    .action(withEngine(showStorage))
  storage
    .command('folders')
    .description(say('help.storageFolders'))
    .argument('<plan>', say('help.arg.plan'))
    .argument('[folder]', say('help.arg.sizedFolder'))
    .option('--limit <n>', say('help.opt.limitFiles'), wholeNumber(1), SHOWN)
    .action(withEngine(showFolders))
}

/** Its exit status is for monitoring, as that of `health`. */
async function showStorage(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const report = await session.call('storage.report', {})
  output.answer(storageRecord(report, say), () => storageLines(report, say, output.paint))
  if (report.verdict === 'failing') return EXIT.failed
  return report.verdict === 'attention' ? EXIT.incomplete : EXIT.done
}

async function showFolders(
  session: Session,
  plan: string,
  folder: string | undefined,
  { limit }: { readonly limit: number },
): Promise<ExitStatus> {
  const { say, output } = session
  const sizes = await session.call('storage.folders', {
    plan,
    ...(folder === undefined ? {} : { folder }),
    limit: Math.min(limit, 1_000),
  })
  output.answer(folderRecord(sizes), () => folderLines(sizes, say, output.paint))
  return EXIT.done
}
