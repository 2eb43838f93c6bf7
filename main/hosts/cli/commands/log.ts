import { open } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { AuditRecord, CallOutput } from '../../../contract/index.ts'
import { EverstowError, fromSystemError } from '../../../engine/model/errors.ts'
import type { CommandHost } from '../command-host.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { wholeNumber } from '../options/amounts.ts'
import { actSentence } from '../output/act-sentence.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'

type Verdict = CallOutput<'audit.verify'>

interface ListOptions {
  readonly limit: number
  readonly from?: string
  readonly to?: string
}

interface Point {
  readonly number: number
  readonly hash: string
}

/** `everstow log …`: who did what, and whether anybody changed that. */
export function logCommands(program: Command, { say, withEngine }: CommandHost): void {
  const log = program.command('log').description(say('help.log')).helpCommand(false)
  log
    .command('list', { isDefault: true })
    .description(say('help.logList'))
    .option('--limit <n>', say('help.opt.logLimit'), wholeNumber(1, 10_000), 50)
    .option('--from <date>', say('help.opt.fromDate'))
    .option('--to <date>', say('help.opt.toDate'))
    .action(withEngine(listEntries))
  log
    .command('verify')
    .description(say('help.logVerify'))
    .option('--known <number:hash>', say('help.opt.known'), point)
    .action(withEngine(verifyEntries))
  log
    .command('export')
    .description(say('help.logExport'))
    .argument('<file>', say('help.arg.exportFile'))
    .action(withEngine(exportEntries))
}

async function listEntries(session: Session, options: ListOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { entries } = await session.call('audit.list', options)
  const document = {
    entries: entries.map(({ ends, missed, code, ...entry }) => ({
      ...entry,
      code: code ?? null,
      ends: ends ?? null,
      missed: missed ?? 0,
    })),
  }
  output.answer(document, () =>
    entries.length === 0
      ? [say('log.empty')]
      : table(
          [
            { title: say('column.number'), right: true },
            { title: say('column.when') },
            { title: say('column.did') },
            { title: say('column.outcome') },
            { title: say('column.about') },
          ],
          entries.map((entry) => [
            String(entry.number),
            say.dateTime(entry.at),
            actSentence(say, entry),
            outcomeOf(session, entry),
            safeText(
              Object.entries(entry.targets)
                .map(([name, value]) => `${name}=${value}`)
                .join(' '),
            ),
          ]),
          (text) => output.paint('quiet', text),
        ),
  )
  return EXIT.done
}

function outcomeOf({ say, output }: Session, { outcome, code }: AuditRecord) {
  const text = say(`log.outcome.${outcome}`) + (code === undefined ? '' : ` (${safeText(code)})`)
  const isBad = outcome === 'failed' || outcome === 'refused'
  return isBad ? { text, paint: (each: string) => output.paint('warn', each) } : text
}

async function verifyEntries(session: Session, { known }: { readonly known?: Point }): Promise<ExitStatus> {
  const verdict = await session.call('audit.verify', known ? { known } : {})
  const { ok, problem, begins, entries, end, unsigned, missed, isKeptKnown } = verdict
  const isKnownGone = known !== undefined && known.number + 1 < begins
  session.output.answer(
    { ok, begins, entries, end, unsigned, missed, keys_known: isKeptKnown, problem: problem ?? null },
    () => verdictLines(session, verdict, isKnownGone),
  )
  if (!ok) return EXIT.damaged
  return unsigned > 0 || missed > 0 || !isKeptKnown || isKnownGone ? EXIT.incomplete : EXIT.done
}

function verdictLines({ say, output }: Session, verdict: Verdict, isKnownGone: boolean): string[] {
  const { problem, begins, entries, end, unsigned, missed, isKeptKnown } = verdict
  const notes = [
    ...(unsigned > 0 ? [say('log.unsigned', { count: unsigned })] : []),
    ...(missed > 0 ? [say('log.missed', { count: missed })] : []),
    ...(isKeptKnown ? [] : [say('log.closed')]),
    ...(isKnownGone ? [say('log.knownGone')] : []),
  ].map((text) => output.paint('warn', text))
  if (problem) {
    const { kind, number, file, line } = problem
    return [
      output.paint('bad', say('log.bad', { number })),
      say(`log.problem.${kind}`),
      ...(file !== undefined && line !== undefined ? [say('log.badAt', { file, line })] : []),
      say('log.good', { count: entries }),
      ...notes,
    ]
  }
  const isEmpty = entries === 0
  return [
    isEmpty ? say('log.empty') : output.paint('good', say('log.ok', { count: entries })),
    ...(begins > 1 ? [say('log.begins', { number: begins })] : []),
    ...notes,
    ...(isEmpty ? [] : [say('log.end', { ...end })]),
  ]
}

async function exportEntries(session: Session, typed: string): Promise<ExitStatus> {
  const { say, output } = session
  const file = absolutePath(typed, session.surroundings)
  const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new EverstowError('invalid-input', { data: { field: 'FILE', value: file, reason: 'exists' } })
    throw fromSystemError(error, { path: file }) ?? error
  })
  let count = 0
  try {
    for (let isMore = true; isMore; ) {
      const { lines } = await session.call('audit.lines', { skip: count })
      isMore = lines.length > 0
      count += lines.length
      await handle.write(lines.map((line) => `${line}\n`).join(''))
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  output.answer({ file, entries: count }, () => [say('log.exported', { count, file }), say('log.how')])
  return EXIT.done
}

function point(text: string): Point {
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim()) ?? []
  if (number === undefined || hash === undefined) throw new InvalidArgumentError('NUMBER:HASH')
  return { number: Number(number), hash }
}
