import type { LeftOut, OutsideFolder, UnprotectedReport } from '../../../contract/index.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

/** Of each kind so many are shown; `--json` shows all. */
const SHOWN = 20

/** What no backup holds in lines: the sentence, then each kind with what to do about it. */
export function unprotectedLines(report: UnprotectedReport, say: Say, paint: Paint): string[] {
  const { verdict, sentence, outside, unread, scope, leftOut, isWhole } = report
  const open = outside.filter(({ onPurpose }) => !onPurpose)
  const purposely = outside.length - open.length
  return [
    paint(verdict === 'healthy' ? 'good' : 'warn', say.any(sentence.key, sentence.params)),
    ...scope.slice(0, SHOWN).map(({ planName, kind, what }) => {
      const told = say.any(`unprotected.scope.${kind}`, { what })
      return `  ${safeText(planName)}: ${told}`
    }),
    ...unread.flatMap(({ items, count, backupId }) => [
      '',
      ...items
        .slice(0, SHOWN)
        .flatMap(({ path, why, todo }) => [
          `  ${safeText(path)}: ${say.any(why.key, why.params)}`,
          `    ${say.any(todo.key, todo.params)}`,
        ]),
      ...(count > SHOWN
        ? [`  ${paint('quiet', say('unprotected.all', { command: `everstow show ${backupId}` }))}`]
        : []),
    ]),
    ...(open.length > 0 ? ['', ...outsideRows(open, say, paint), `  ${say('unprotected.fix')}`] : []),
    ...(purposely > 0 ? [paint('quiet', say('unprotected.purposely', { count: purposely }))] : []),
    ...(leftOut.length > 0 ? ['', ...ruleRows(leftOut, say, paint)] : []),
    ...(isWhole ? [] : [paint('quiet', say('unprotected.bounded'))]),
  ]
}

function outsideRows(folders: readonly OutsideFolder[], say: Say, paint: Paint): string[] {
  return table(
    [
      { title: say('column.size'), right: true },
      { title: say('column.files'), right: true },
      { title: say('column.folder') },
    ],
    folders
      .slice(0, SHOWN)
      .map(({ path, amount }) => [
        amount ? atLeast(say.bytes(amount.bytes), amount.isWhole) : '–',
        amount ? atLeast(say.number(amount.files), amount.isWhole) : '–',
        safeText(path),
      ]),
    (text) => paint('quiet', text),
  )
}

function ruleRows(rules: readonly LeftOut[], say: Say, paint: Paint): string[] {
  return table(
    [
      { title: say('column.plan') },
      { title: say('column.rule') },
      { title: say('column.size'), right: true },
      { title: say('column.files'), right: true },
      { title: say('column.largest') },
    ],
    rules
      .slice(0, SHOWN)
      .map(({ planName, pattern, preset, ignoreFile, bytes, files, isWhole, largest }) => [
        safeText(planName),
        `${safeText(pattern)}${preset === undefined ? '' : ` (${preset})`}${ignoreFile === undefined ? '' : ` (${safeText(ignoreFile)})`}`,
        atLeast(say.bytes(bytes), isWhole),
        atLeast(say.number(files), isWhole),
        safeText(largest[0]?.path ?? ''),
      ]),
    (text) => paint('quiet', text),
  )
}

function atLeast(amount: string, isWhole: boolean): string {
  return isWhole ? amount : `≥ ${amount}`
}
