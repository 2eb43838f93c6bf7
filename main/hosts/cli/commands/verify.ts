import { type Command, Option } from 'commander'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeIdsNamed } from '../find-place.ts'
import { followRun } from '../follow-run.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** `everstow verify`: reads copies back and compares checksums. */
export function verifyCommand(program: Command, { say, withEngine }: CommandHost): void {
  program
    .command('verify')
    .description(say('help.verify'))
    .argument('[id]', say('help.arg.backup'))
    .addOption(new Option('--all', say('help.opt.all')))
    .option('--place <place>', say('help.opt.onlyPlace'))
    .action(withEngine(verify))
}

async function verify(
  session: Session,
  id: string | undefined,
  options: { readonly all?: boolean; readonly place?: string },
): Promise<ExitStatus> {
  if (id !== undefined && options.all) throw new UsageError('conflict', { what: 'ID, --all' })
  const { say, output } = session
  const [placeId] = (await placeIdsNamed(session, options.place === undefined ? [] : [options.place])) ?? []
  const { runId } = await session.call('backup.verify', {
    ...(id === undefined ? {} : { id }),
    ...(placeId === undefined ? {} : { placeId }),
  })
  const { verify: report } = await followRun(session, runId)
  if (!report) throw new EverstowError('internal')
  const explain = explainer(session)
  const problems = report.problems.map(({ backupId, placeName, kind, error }) => ({
    backup_id: backupId,
    place: placeName,
    kind,
    error: error ? explain(error) : null,
  }))
  const { checked, ok, bytes } = report
  output.outcome({ checked, ok, size_bytes: bytes, problems }, () => [
    checked === 0
      ? say('verify.nothing')
      : problems.length === 0
        ? say('verify.good', { count: checked, size: say.bytes(bytes) })
        : output.paint('bad', say('verify.problems', { ok, count: problems.length })),
    ...problems.map(({ backup_id, place, kind, error }) => {
      const why = error ? ` – ${safeText(error.message)}` : ''
      return `  ${backup_id}, ${safeText(place)}: ${say(`verify.${kind}`)}${why}`
    }),
    ...(problems.some(({ kind }) => kind !== 'unreachable') ? [say('verify.todo')] : []),
  ])
  if (problems.some(({ kind }) => kind !== 'unreachable')) return EXIT.damaged
  return problems.length > 0 ? EXIT.incomplete : EXIT.done
}
