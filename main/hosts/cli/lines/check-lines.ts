import type { CheckReport } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'
import type { Paint } from '../output/paint.ts'
import type { Say } from '../output/say.ts'
import { safeText } from '../output/terminal-text.ts'
import { isSound } from '../records/check-record.ts'

/** Names that are said before the rest is only counted. */
const SHOWN = 20

/** What was found in the repository at one place. */
export function checkLines(report: CheckReport, say: Say, paint: Paint, explain: Explain): string[] {
  const { damaged, missing, healed, lostChunks, affected, error } = report
  const place = report.placeName
  if (error && report.objects === 0)
    return [paint('warn', `${safeText(place)}: ${safeText(explain(error, place).message)}`)]
  const found = damaged.length + missing.length
  const size = say.bytes(report.bytes)
  const first =
    found === 0 && lostChunks === 0
      ? say('check.good', { place, count: report.objects, size })
      : say('check.found', { place, damaged: damaged.length, missing: missing.length })
  return [
    paint(isSound(report) ? 'good' : 'bad', first),
    ...shortly(damaged, say, (key) => `  ${say('verify.damaged')}: ${key}`),
    ...shortly(missing, say, (key) => `  ${say('verify.missing')}: ${key}`),
    ...(healed > 0 ? [paint('good', `  ${say('check.healed', { count: healed })}`)] : []),
    ...(lostChunks > 0 ? [paint('bad', `  ${say('check.lost', { count: lostChunks })}`)] : []),
    ...affected.flatMap(({ backupId, paths, more }) => [
      `  ${say('check.affected', { id: backupId })}`,
      // A folder ends in a slash and means all that was below it.
      ...shortly(
        paths,
        say,
        (path) => `    ${path === '/' ? say('check.everything') : safeText(path)}`,
        more,
      ),
    ]),
    ...(error ? [paint('warn', `  ${safeText(explain(error, place).message)}`)] : []),
  ]
}

/** The first lines of many, and how many more there are. */
export function shortly(
  all: readonly string[],
  say: Say,
  line: (each: string) => string,
  unnamed = 0,
): string[] {
  const more = Math.max(0, all.length - SHOWN) + unnamed
  return [
    ...all.slice(0, SHOWN).map(line),
    ...(more > 0 ? [`    ${say('amount.more', { count: more })}`] : []),
  ]
}
