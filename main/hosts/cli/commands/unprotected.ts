import type { Command } from 'commander'
import type { UnprotectedReport } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { unprotectedLines } from '../lines/unprotected-lines.ts'
import { unprotectedRecord } from '../records/unprotected-record.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'

/** `everstow unprotected …`: what no backup holds, and saying that a folder needs none. */
export function unprotectedCommands(program: Command, { say, withEngine }: CommandHost): void {
  const unprotected = program.command('unprotected').description(say('help.unprotected')).helpCommand(false)
  unprotected
    .command('list', { isDefault: true })
    .description(say('help.unprotectedList'))
    .option('--quick', say('help.opt.quick'))
    .action(withEngine(showUnprotected))
  unprotected
    .command('accept')
    .description(say('help.unprotectedAccept'))
    .argument('<folder>', say('help.arg.acceptedFolder'))
    .option('--undo', say('help.opt.unaccept'))
    .action(withEngine(acceptFolder))
}

/** Its exit status is for monitoring, as that of `health`. */
async function showUnprotected(
  session: Session,
  { quick }: { readonly quick?: boolean },
): Promise<ExitStatus> {
  const { say, output } = session
  const report = await session.call(quick ? 'unprotected.report' : 'unprotected.count', {})
  output.answer(unprotectedRecord(report, say), () => unprotectedLines(report, say, output.paint))
  return statusOf(report)
}

function statusOf({ verdict }: UnprotectedReport): ExitStatus {
  if (verdict === 'failing') return EXIT.failed
  return verdict === 'attention' ? EXIT.incomplete : EXIT.done
}

async function acceptFolder(
  session: Session,
  folder: string,
  { undo }: { readonly undo?: boolean },
): Promise<ExitStatus> {
  const { say, output } = session
  const { path, onPurpose } = await session.call('unprotected.accept', {
    path: absolutePath(folder, session.surroundings),
    onPurpose: undo !== true,
  })
  output.outcome({ path, on_purpose: onPurpose }, () => [
    say(onPurpose ? 'unprotected.accepted' : 'unprotected.unaccepted', { path }),
  ])
  return EXIT.done
}
