import type { RestoreReport } from '../../../contract/index.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { safeText } from '../output/terminal-text.ts'

/** Entries named before the rest is only counted. */
const SHOWN = 20

/** What a restore did, or would do. */
export function restoreLines(report: RestoreReport, say: Say, paint: Paint): string[] {
  const { into, restored, replaced, renamed, unchanged, skipped, refused, failed } = report
  const placed = restored + replaced + renamed
  const count = (key: string, amount: number) => (amount > 0 ? [`  ${say(key, { count: amount })}`] : [])
  return [
    say(report.dryRun ? 'restore.would' : 'restore.done', {
      count: placed,
      size: say.bytes(report.bytes),
      into,
    }),
    ...(report.fromPlace === undefined ? [] : [`  ${say('restore.from', { place: report.fromPlace })}`]),
    ...count('restore.renamed', renamed),
    ...count('restore.replaced', replaced),
    ...(report.replacedInto === undefined
      ? []
      : [`  ${say('restore.replacedInto', { path: report.replacedInto })}`]),
    ...count('restore.unchanged', unchanged),
    ...count('restore.skipped', skipped),
    ...named('restore.refused', refused, say, paint),
    ...named('restore.failed', failed, say, paint),
    ...(report.undoId === undefined ? [] : [`  ${say('restore.undoWith', { id: report.undoId })}`]),
  ]
}

function named(key: string, items: RestoreReport['failed'], say: Say, paint: Paint): string[] {
  if (items.length === 0) return []
  return [
    paint('warn', say(key, { count: items.length })),
    ...items.slice(0, SHOWN).map(({ path, reason }) => `  ${safeText(path)}: ${reasonText(reason, say)}`),
    ...(items.length > SHOWN ? [`  ${say('amount.more', { count: items.length - SHOWN })}`] : []),
  ]
}

const KNOWN_REASONS: readonly string[] = [
  'absolute-path',
  'parent-segment',
  'nul-in-name',
  'empty-name',
  'name-too-long',
  'device',
  'sparse',
  'unknown-kind',
  'link-outside',
  'through-link',
  'name-collision',
  'kind-conflict',
  'reserved-name',
  'unportable-name',
  'not-in-backup',
  'attributes',
]

/** Why an entry did not come back; a code of the system stays as it is. */
export function reasonText(reason: string, say: Say): string {
  return KNOWN_REASONS.includes(reason) ? say(`reason.${reason}`) : safeText(reason)
}
