import type { Command } from 'commander'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { facts, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'

const MEBIBYTE = 1024 * 1024

/** `everstow stats`: the numbers. */
export function statsCommand(program: Command, { say, withEngine }: CommandHost): void {
  program.command('stats').description(say('help.stats')).action(withEngine(showStatistics))
}

async function showStatistics(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const stats = await session.call('stats.get', {})
  const size = (megabytes: number) => say.bytes(Math.round(megabytes * MEBIBYTE))
  output.answer(stats, () => [
    ...facts([
      [say('stats.backups'), say.number(stats.total_backups)],
      [
        say('stats.size'),
        say('backup.sizeOf', { size: size(stats.total_size_mb), original: size(stats.source_size_mb) }),
      ],
      [say('stats.saved'), `${Math.round(stats.saved_ratio * 100)} %`],
      [say('stats.synced'), `${stats.cloud_synced}/${stats.total_backups}`],
      [
        say('stats.last'),
        stats.last_backup === null ? say.any('common.never') : say.relative(stats.last_backup),
      ],
    ]),
    ...(stats.places.length === 0 ? [] : ['']),
    ...(stats.places.length === 0
      ? []
      : table(
          [
            { title: say('column.place') },
            { title: say('column.type') },
            { title: say('column.copies'), right: true },
            { title: say('column.size'), right: true },
            { title: say('column.requests'), right: true },
          ],
          stats.places.map(({ name, type, copies, size_mb, requests }) => [
            safeText(name),
            type,
            say.number(copies),
            size(size_mb),
            say.number(requests.read + requests.write + requests.list + requests.delete),
          ]),
          (text) => output.paint('quiet', text),
        )),
  ])
  return EXIT.done
}
