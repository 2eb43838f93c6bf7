import type { PruneReport, RetentionPreview } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

/** What the rules would do, place by place: what goes first, then what stays and why. */
export function previewLines(
  { places }: RetentionPreview,
  say: Say,
  paint: Paint,
  explain: Explain,
): string[] {
  if (places.length === 0) return [say('prune.nothing')]
  return places.flatMap((place) => {
    const title = [place.placeName, ...(place.planName === undefined ? [] : [place.planName])]
    const heading = paint('strong', `${title.map(safeText).join(', ')}:`)
    if (place.error)
      return [`${heading} ${paint('warn', safeText(explain(place.error, place.placeName).message))}`]
    const { kept, forgotten } = place
    const size = say.bytes(place.freedBytes)
    return [
      `${heading} ${forgotten === 0 ? say('prune.allStay', { count: kept }) : say('prune.would', { count: forgotten, kept, size })}`,
      `  ${paint('quiet', place.keep ? safeText(place.keep) : say('plan.keptAll'))}`,
      ...(forgotten === 0 ? [] : entryTable(place.entries, say, paint)),
      ...(place.needsConfirmation ? [`  ${paint('warn', say('prune.much'))}`] : []),
    ]
  })
}

function entryTable(
  entries: RetentionPreview['places'][number]['entries'],
  say: Say,
  paint: Paint,
): string[] {
  const rows = [...entries].sort(
    (a, b) => Number(a.keep) - Number(b.keep) || b.createdAt.localeCompare(a.createdAt),
  )
  return table(
    [
      { title: say('column.becomes') },
      { title: say('column.id') },
      { title: say('column.made') },
      { title: say('column.why') },
    ],
    rows.map(({ backupId, createdAt, keep, reasons }) => [
      {
        text: say(keep ? 'prune.stays' : 'prune.goes'),
        paint: (text: string) => paint(keep ? 'good' : 'warn', text),
      },
      backupId,
      say.dateTime(createdAt),
      reasons.map((reason) => reasonText(reason, say)).join(', '),
    ]),
    (text) => paint('quiet', text),
  ).map((line) => `  ${line}`)
}

const KNOWN_REASONS: readonly string[] = [
  'pinned',
  'held',
  'newest-complete',
  'no-rules',
  'within',
  'last',
  'hourly',
  'daily',
  'weekly',
  'monthly',
  'yearly',
  'budget',
]

/** `daily 2026-11-20`: the rule in words, then the stretch of time it stands for. */
function reasonText(reason: string, say: Say): string {
  const [rule = '', ...bucket] = reason.split(' ')
  const words = KNOWN_REASONS.includes(rule) ? say(`prune.reason.${rule}`) : safeText(rule)
  return [words, ...bucket.map(safeText)].join(' ')
}

/** What was forgotten and collected, or would be. */
export function pruneLines(report: PruneReport, say: Say, paint: Paint, explain: Explain): string[] {
  if (report.places.length === 0) return [say('prune.nothing')]
  const undoable = report.places.some(({ undoUntil }) => undoUntil !== undefined)
  return [
    ...report.places.flatMap((place) => {
      const heading = paint('strong', `${safeText(place.placeName)}:`)
      const wrong = place.error
        ? [paint('warn', `  ${safeText(explain(place.error, place.placeName).message)}`)]
        : []
      const changed =
        place.forgotten.length + place.sweptPacks + place.repackedPacks + place.deletedObjects > 0
      if (!changed && place.freedBytes + place.freedLaterBytes === 0)
        return [`${heading} ${say('prune.nothing')}`, ...wrong]
      return [
        `${heading} ${say(report.dryRun ? 'prune.wouldForget' : 'prune.forgot', { count: place.forgotten.length })}`,
        ...place.forgotten.map((id) => `    ${id}`),
        `  ${say('prune.freed', { now: say.bytes(place.freedBytes), later: say.bytes(place.freedLaterBytes) })}`,
        ...(place.repackedPacks > 0 ? [`  ${say('prune.repacked', { count: place.repackedPacks })}`] : []),
        ...(place.undoUntil === undefined
          ? []
          : [`  ${say('prune.undoUntil', { date: say.dateTime(place.undoUntil) })}`]),
        ...(place.unknownKeys > 0
          ? [`  ${paint('quiet', say('prune.unknownKeys', { count: place.unknownKeys }))}`]
          : []),
        ...wrong,
      ]
    }),
    ...(undoable && !report.dryRun ? [say('prune.undoHint')] : []),
  ]
}
