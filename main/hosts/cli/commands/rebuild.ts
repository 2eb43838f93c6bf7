import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { followRun } from '../follow-run.ts'
import type { Session } from '../session.ts'

/** `everstow rebuild`: reads the places and writes the list of backups anew. */
export function rebuildCommand(program: Command, { say, withEngine }: CommandHost): void {
  program.command('rebuild').description(say('help.rebuild')).action(withEngine(rebuild))
}

async function rebuild(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const { runId } = await session.call('catalogue.rebuild', {})
  const { files: found, state } = await followRun(session, runId)
  const complete = state === 'done'
  output.outcome({ found, complete }, () => [
    say('rebuild.done', { count: found }),
    ...(complete ? [] : [output.paint('warn', say('rebuild.incomplete'))]),
  ])
  return complete ? EXIT.done : EXIT.incomplete
}
