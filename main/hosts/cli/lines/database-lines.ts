import type { LogGuard, Place, PlaceCoverage, ProtectedDatabase } from '../../../contract/index.ts'
import { explainer } from '../explain.ts'
import type { Invocation } from '../invocation.ts'
import { facts, table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

/** Databases, a row each. */
export function databaseTable(
  databases: readonly ProtectedDatabase[],
  places: readonly Place[],
  { say, output }: Invocation,
): string[] {
  const nameOf = (id: string) => safeText(places.find((place) => place.id === id)?.name ?? id)
  return table(
    [
      { title: say('column.database') },
      { title: say('column.server') },
      { title: say('column.places') },
      { title: say('column.schedule') },
      { title: say('column.keptDays'), right: true },
      { title: say('column.lastProven') },
    ],
    databases.map(({ name, url, placeIds, baseSchedule, keepDays, lastProven }) => [
      safeText(name),
      safeText(url),
      placeIds.map(nameOf).join(', '),
      safeText(baseSchedule),
      say.number(keepDays),
      lastProven
        ? {
            text: say.relative(lastProven.at),
            paint: (text: string) => output.paint(lastProven.ok ? 'good' : 'bad', text),
          }
        : say.any('common.never'),
    ]),
    (text) => output.paint('quiet', text),
  )
}

/** Lines for postgresql.conf. */
export function settingsLines(
  settings: readonly { readonly name: string; readonly value: string }[],
): string[] {
  return settings.map(({ name, value }) => `  ${name} = '${safeText(value).replaceAll("'", "''")}'`)
}

/** How a server is doing with its log. */
export function guardLines(guard: LogGuard, invocation: Invocation): string[] {
  const { say, output } = invocation
  if (guard.error) return [output.paint('warn', safeText(explainer(invocation)(guard.error).message))]
  const archiving = guard.isArchiving
    ? guard.failedCount > 0
      ? output.paint('bad', say('database.failing', { count: guard.failedCount }))
      : output.paint('good', say('database.archiving'))
    : output.paint('bad', say('database.archivingOff'))
  return [
    archiving,
    ...facts([
      [say('column.lastArchived'), guard.lastArchivedAt && say.relative(guard.lastArchivedAt)],
      [
        say('column.logSize'),
        say('database.logSize', { size: say.bytes(guard.logBytes), count: guard.waitingSegments }),
      ],
      [
        say('column.logSpace'),
        guard.hoursLeft === undefined ? undefined : say.duration(Math.round(guard.hoursLeft * 3_600)),
      ],
    ]),
  ]
}

/** What each place gives back. */
export function coverageLines(places: readonly PlaceCoverage[], invocation: Invocation): string[] {
  const { say, output } = invocation
  return places.flatMap((place) => {
    const head = `${safeText(place.placeName)}: ${say('database.stored', {
      count: place.objects,
      size: say.bytes(place.storedBytes),
      bases: place.bases.length,
    })}`
    if (place.error)
      return [head, `  ${output.paint('warn', safeText(explainer(invocation)(place.error).message))}`]
    return [
      head,
      ...(place.waiting > 0
        ? [`  ${output.paint('warn', say('database.waiting', { count: place.waiting }))}`]
        : []),
      ...place.damaged.map((name) => `  ${output.paint('bad', say('database.damaged', { file: name }))}`),
      ...place.timelines.flatMap(({ timeline, bands, missing }) => [
        `  ${say('database.timeline', { timeline })}`,
        ...(bands.length === 0 ? [`    ${output.paint('warn', say('database.nothing'))}`] : []),
        ...bands.map(({ state, from, to }) => {
          const params = { from: say.dateTime(from), to: say.dateTime(to) }
          return `    ${output.paint(state === 'covered' ? 'good' : 'bad', say(`database.${state}`, params))}`
        }),
        ...missing.map(
          ({ first, last, count }) =>
            `    ${output.paint('bad', say('database.missing', { first, last, count }))}`,
        ),
      ]),
      ...(place.restorePoints.length > 0
        ? [
            `  ${say('database.points')}`,
            ...place.restorePoints.map(({ name, at }) => `    ${safeText(name)}  ${say.dateTime(at)}`),
          ]
        : []),
    ]
  })
}
