import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { table } from '../output/table.ts'
import type { Session } from '../session.ts'

/** `everstow versions`: the versions of one file that differ, over all backups. */
export function versionsCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('versions')
    .description(say('help.versions'))
    .argument('<id>', say('help.arg.backup'))
    .argument('<path>', say('help.arg.pathInside'))
    .action(withEngine(listVersions))
}

async function listVersions(session: Session, wanted: string, path: string): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await session.call('backup.get', { id: wanted })
  const versions = await session.call('restore.versions', { backupId: id, path })
  const document = {
    backup_id: id,
    path,
    versions: versions.map((version) => ({
      backup_id: version.backupId,
      timestamp: version.createdAt,
      modified_at: version.modifiedAt,
      size_bytes: version.sizeBytes,
      backups: version.backups,
    })),
  }
  output.answer(document, () => {
    if (versions.length === 0) return [say('versions.nothing')]
    return table(
      [
        { title: say('column.id') },
        { title: say('column.in'), right: true },
        { title: say('column.changed') },
        { title: say('column.size'), right: true },
      ],
      versions.map((version) => [
        version.backupId,
        say.number(version.backups),
        say.dateTime(version.modifiedAt),
        say.bytes(version.sizeBytes),
      ]),
      (text) => output.paint('quiet', text),
    )
  })
  return EXIT.done
}
