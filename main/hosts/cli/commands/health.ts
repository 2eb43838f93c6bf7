import type { Command } from 'commander'
import type { HealthReport } from '../../../contract/index.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { healthLines } from '../lines/health-lines.ts'
import { healthRecord } from '../records/health-record.ts'
import type { Session } from '../session.ts'

/** `everstow health`: how backups have been going. Its exit status is for monitoring: 0 healthy, 3 somebody should look, 1 failing, 4 damage known. */
export function healthCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('health')
    .description(say('help.health'))
    .option('--prometheus', say('help.opt.prometheus'))
    .action(withEngine(showHealth))
}

async function showHealth(
  session: Session,
  { prometheus }: { readonly prometheus?: boolean },
): Promise<ExitStatus> {
  const { say, output } = session
  const report = await session.call('health.report', {})
  if (prometheus) {
    const { text } = await session.call('health.metrics', {})
    output.answer({ text }, () => [text.trimEnd()])
    // The figures are the answer; a collector that reads them takes any other status for a failure of its own.
    return EXIT.done
  }
  output.answer(healthRecord(report, say), () => healthLines(report, say, output.paint))
  return statusOf(report)
}

function statusOf({ verdict, hasDamage }: HealthReport): ExitStatus {
  if (hasDamage) return EXIT.damaged
  if (verdict === 'failing') return EXIT.failed
  return verdict === 'attention' ? EXIT.incomplete : EXIT.done
}
