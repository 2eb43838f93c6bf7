import type { Mirror, MirroredFile, MirrorReport } from '../../../contract/index.ts'
import { explainer } from '../explain.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../output/table.ts'
import { safeText } from '../output/terminal-text.ts'

/** Of what was left alone or done by others, so much is shown. */
const SHOWN = 20

/** Mirrors, a row each. */
export function mirrorTable(mirrors: readonly Mirror[], { say, output }: Invocation): string[] {
  const titles = ['name', 'state', 'direction', 'folder', 'place', 'prefix', 'schedule'] as const
  return table(
    titles.map((title) => ({ title: say(`mirror.column.${title}`) })),
    mirrors.map(({ name, state, direction, folder, placeName, prefix, schedule }) => [
      safeText(name),
      say.any(`mirrors.state.${state}`),
      say(`mirror.direction.${direction}`),
      safeText(folder),
      safeText(placeName),
      safeText(prefix),
      schedule,
    ]),
    (text) => output.paint('quiet', text),
  )
}

/** What a run did, or would do. */
export function mirrorLines(report: MirrorReport, invocation: Invocation, isPreview: boolean): string[] {
  const { say, output } = invocation
  const { name, transferred, replaced, deleted, unchanged, tidied, foreign, held } = report
  const size = say.bytes(report.bytes)
  const when = isPreview ? 'preview' : 'report'
  return [
    `${safeText(name)}: ${say(`mirror.${when}.transferred`, { count: transferred, size })}`,
    ...(replaced > 0 ? [`  ${say(`mirror.${when}.replaced`, { count: replaced })}`] : []),
    ...(deleted > 0 ? [`  ${say(`mirror.${when}.deleted`, { count: deleted })}`] : []),
    `  ${say('mirror.unchanged', { count: unchanged })}`,
    ...(tidied > 0 ? [`  ${say('mirror.tidied', { count: tidied })}`] : []),
    ...foreign
      .slice(0, SHOWN)
      .map(({ path, kind }) =>
        output.paint('warn', `  ${say(`mirror.foreign.${kind}`, { path: safeText(path) })}`),
      ),
    ...leftLines(report, invocation),
    ...(held ? [output.paint('bad', `  ${say('mirror.held', held)}`)] : []),
  ]
}

function leftLines({ left }: MirrorReport, invocation: Invocation): string[] {
  const { say, output } = invocation
  const explain = explainer(invocation)
  const lines = left.slice(0, SHOWN).map(({ path, reason, error }) => {
    const why = error ? safeText(explain(error).message) : say(`mirror.left.${reason}`)
    return output.paint('warn', `  ${safeText(path)}: ${why}`)
  })
  const more = left.length - lines.length
  return more > 0 ? [...lines, `  ${say('mirror.more', { count: more })}`] : lines
}

/** Files and versions, a row each. */
export function fileTable(files: readonly MirroredFile[], { say, output }: Invocation): string[] {
  return table(
    [
      { title: say('mirror.column.path') },
      { title: say('mirror.column.size'), right: true },
      { title: say('mirror.column.at') },
      { title: say('mirror.column.version') },
    ],
    files.map(({ path, bytes, at, version }) => [
      safeText(path),
      say.bytes(bytes),
      say.dateTime(at),
      version ?? '',
    ]),
    (text) => output.paint('quiet', text),
  )
}
