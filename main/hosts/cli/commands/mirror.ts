import type { Command } from 'commander'
import type { Mirror, MirrorReport } from '../../../contract/index.ts'
import { EverstowError, hasCode } from '../../../engine/model/errors.ts'
import { canAsk } from '../ask.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { placeMeant } from '../find/find-place.ts'
import { followRun } from '../follow-run.ts'
import { fileTable, mirrorLines, mirrorTable } from '../lines/mirror-lines.ts'
import { days } from '../options/amounts.ts'
import { safeText } from '../output/terminal-text.ts'
import { mirroredFileRecord, mirrorRecord, mirrorReportRecord } from '../records/mirror-record.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'

interface AddOptions {
  readonly folder: string
  readonly place?: string
  readonly prefix?: string
  readonly pull?: boolean
  readonly ignore?: string[]
  readonly keepDays?: number
  readonly every?: string
}

type EditOptions = Pick<AddOptions, 'ignore' | 'keepDays' | 'every'>

interface RestoreOptions {
  readonly at?: string
  readonly into?: string
}

/** `everstow mirror …`: folders whose files lie in a place as plain objects, one way. */
export function mirrorCommands(program: Command, { say, withEngine }: CommandHost): void {
  const mirror = program.command('mirror').description(say('help.mirror')).helpCommand(false)
  const named = (name: string, help: string) =>
    mirror.command(name).description(say(help)).argument('<name>', say('help.arg.mirror'))
  mirror
    .command('add')
    .description(say('help.mirrorAdd'))
    .argument('<name>', say('help.arg.newMirror'))
    .requiredOption('--folder <folder>', say('help.opt.mirrorFolder'))
    .option('--place <place>', say('help.opt.mirrorPlace'))
    .option('--prefix <prefix>', say('help.opt.mirrorPrefix'))
    .option('--pull', say('help.opt.pull'))
    .option('--ignore <patterns...>', say('help.opt.mirrorIgnore'))
    .option('--keep-days <days>', say('help.opt.mirrorKeepDays'), days)
    .option('--every <schedule>', say('help.opt.mirrorEvery'))
    .action(withEngine(add))
  named('edit', 'help.mirrorEdit')
    .option('--ignore <patterns...>', say('help.opt.mirrorIgnore'))
    .option('--no-ignore', say('help.opt.noIgnore'))
    .option('--keep-days <days>', say('help.opt.mirrorKeepDays'), days)
    .option('--every <schedule>', say('help.opt.mirrorEvery'))
    .action(withEngine(edit))
  mirror.command('list', { isDefault: true }).description(say('help.mirrorList')).action(withEngine(list))
  named('run', 'help.mirrorRun').action(withEngine(run))
  named('preview', 'help.mirrorPreview').action(withEngine(preview))
  named('files', 'help.mirrorFiles')
    .argument('[path]', say('help.arg.mirrorPath'), '')
    .option('--no-versions', say('help.opt.noVersions'))
    .action(withEngine(files))
  named('restore', 'help.mirrorRestore')
    .argument('<path>', say('help.arg.mirrorPath'))
    .option('--at <version>', say('help.opt.mirrorVersion'))
    .option('--into <folder>', say('help.opt.mirrorInto'))
    .action(withEngine(restore))
  named('remove', 'help.mirrorRemove').action(withEngine(remove))
}

/** The mirror a person means: by its name in any case, or by its id. */
async function mirrorNamed(session: Session, wanted: string): Promise<Mirror> {
  const mirrors = await session.call('mirror.list', {})
  const name = wanted.toLocaleLowerCase()
  const mirror =
    mirrors.find(({ id }) => id === wanted) ?? mirrors.find((each) => each.name.toLocaleLowerCase() === name)
  if (!mirror) throw new EverstowError('unknown-mirror', { data: { name: wanted } })
  return mirror
}

/** A bare span is how often; everything else is a schedule as plans have it. */
const scheduleOf = (typed: string): string => (/^\d+[mhd]$/.test(typed) ? `every:${typed}` : typed)

async function add(session: Session, name: string, options: AddOptions): Promise<ExitStatus> {
  const { say, output } = session
  const place = await placeMeant(session, options.place)
  const mirror = await session.call('mirror.add', {
    name,
    folder: absolutePath(options.folder, session.surroundings),
    placeId: place.id,
    direction: options.pull ? 'pull' : 'push',
    ignore: options.ignore ?? [],
    ...(options.prefix !== undefined && { prefix: options.prefix }),
    ...(options.keepDays !== undefined && { keepDays: options.keepDays }),
    ...(options.every !== undefined && { schedule: scheduleOf(options.every) }),
  })
  const { folder, prefix, placeName } = mirror
  const words = { folder: safeText(folder), place: safeText(placeName), prefix: safeText(prefix) }
  const command = `everstow mirror run ${JSON.stringify(mirror.name)}`
  output.outcome(mirrorRecord(mirror, session), () => [
    say(mirror.direction === 'push' ? 'mirror.addedPush' : 'mirror.addedPull', words),
    say('mirror.runNow', { command }),
    ...(mirror.schedule === 'manual' ? [] : [say('mirror.byItself')]),
  ])
  return EXIT.done
}

async function edit(session: Session, name: string, options: EditOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await mirrorNamed(session, name)
  const ignore = options.ignore as string[] | false | undefined
  const mirror = await session.call('mirror.update', {
    id,
    change: {
      ...(Array.isArray(ignore) && { ignore }),
      ...(ignore === false && { ignore: [] }),
      ...(options.keepDays !== undefined && { keepDays: options.keepDays }),
      ...(options.every !== undefined && { schedule: scheduleOf(options.every) }),
    },
  })
  output.outcome(mirrorRecord(mirror, session), () => [
    say('mirror.changed', { name: safeText(mirror.name) }),
  ])
  return EXIT.done
}

async function list(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const mirrors = await session.call('mirror.list', {})
  output.answer({ mirrors: mirrors.map((each) => mirrorRecord(each, session)) }, () =>
    mirrors.length === 0 ? [say('mirror.none')] : mirrorTable(mirrors, session),
  )
  return EXIT.done
}

async function run(session: Session, name: string): Promise<ExitStatus> {
  const { id } = await mirrorNamed(session, name)
  const first = await runOnce(session, id, session.yes)
  if (!first.asked) return tell(session, first.report)
  // A person sees what would go, and decides; a script has to say so before.
  const { held, deletedPaths } = await session.call('mirror.preview', { id })
  if (session.yes || session.output.json || !canAsk() || !held) throw first.asked
  for (const path of deletedPaths.slice(0, 20)) session.output.note(safeText(path))
  if (!(await confirmed(session, 'mirror.confirm', { count: held.count }))) throw first.asked
  const second = await runOnce(session, id, true)
  if (second.asked) throw second.asked
  return tell(session, second.report)
}

type Ran =
  | { readonly asked: EverstowError; readonly report?: undefined }
  | { readonly asked?: undefined; readonly report: MirrorReport }

async function runOnce(session: Session, id: string, isConfirmed: boolean): Promise<Ran> {
  const { runId } = await session.call('mirror.run', { id, confirmed: isConfirmed })
  try {
    const { mirror } = await followRun(session, runId)
    if (!mirror) throw new EverstowError('internal')
    return { report: mirror }
  } catch (error) {
    if (hasCode(error, 'confirmation-needed')) return { asked: error }
    throw error
  }
}

function tell(session: Session, report: MirrorReport): ExitStatus {
  session.output.outcome(mirrorReportRecord(report, session), () => mirrorLines(report, session, false))
  return report.left.some(({ reason }) => reason !== 'symlink' && reason !== 'special')
    ? EXIT.incomplete
    : EXIT.done
}

async function preview(session: Session, name: string): Promise<ExitStatus> {
  const { id } = await mirrorNamed(session, name)
  const report = await session.call('mirror.preview', { id })
  session.output.answer(mirrorReportRecord(report, session), () => mirrorLines(report, session, true))
  return EXIT.done
}

async function files(
  session: Session,
  name: string,
  path: string,
  { versions }: { readonly versions: boolean },
): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await mirrorNamed(session, name)
  const { files: found, total } = await session.call('mirror.files', { id, path, versions })
  output.answer({ files: found.map(mirroredFileRecord), total }, () =>
    found.length === 0 ? [say('mirror.noFiles')] : fileTable(found, session),
  )
  return found.length > 0 ? EXIT.done : EXIT.failed
}

async function restore(
  session: Session,
  name: string,
  path: string,
  { at, into }: RestoreOptions,
): Promise<ExitStatus> {
  const { say, output } = session
  const { id } = await mirrorNamed(session, name)
  const restored = await session.call('mirror.restore', {
    id,
    path,
    ...(at !== undefined && { version: at }),
    ...(into !== undefined && { into: absolutePath(into, session.surroundings) }),
  })
  output.outcome({ path: restored.path }, () => [say('mirror.restored', { path: safeText(restored.path) })])
  return EXIT.done
}

async function remove(session: Session, name: string): Promise<ExitStatus> {
  const { say, output } = session
  const mirror = await mirrorNamed(session, name)
  if (!(await confirmed(session, 'mirror.confirmRemove', { name: mirror.name })))
    throw new EverstowError('cancelled')
  const { removed } = await session.call('mirror.remove', { id: mirror.id })
  output.outcome({ mirror: mirror.name, removed }, () => [
    say('mirror.removed', { name: safeText(mirror.name) }),
  ])
  return EXIT.done
}
