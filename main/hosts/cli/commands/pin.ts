import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import type { Session } from '../session.ts'

/** `everstow pin`, `everstow unpin`: whether retention rules may forget a backup. */
export function pinCommands(program: Command, { say, withEngine }: CommandHost): void {
  for (const [name, pinned] of [
    ['pin', true],
    ['unpin', false],
  ] as const)
    program
      .command(name)
      .description(say(`help.${name}`))
      .argument('<id>', say('help.arg.backup'))
      .action(withEngine((session: Session, id: string) => setPinned(session, id, pinned)))
}

async function setPinned(session: Session, id: string, pinned: boolean): Promise<ExitStatus> {
  const { say, output } = session
  const backup = await session.call('backup.get', { id })
  const answer = await session.call('backup.pin', { id: backup.id, pinned })
  output.outcome({ backup_id: backup.id, pinned: answer.pinned }, () => [
    say(answer.pinned ? 'pin.pinned' : 'pin.unpinned', { id: backup.id }),
  ])
  return EXIT.done
}
