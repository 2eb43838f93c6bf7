import type { Mirror, MirroredFile, MirrorReport } from '../../../contract/index.ts'
import { explainer } from '../explain.ts'
import type { Invocation } from '../invocation.ts'

/** A mirror as JSON documents show it. */
export const mirrorRecord = (mirror: Mirror, invocation: Invocation) => ({
  id: mirror.id,
  name: mirror.name,
  direction: mirror.direction,
  folder: mirror.folder,
  place: mirror.placeName,
  prefix: mirror.prefix,
  ignore: mirror.ignore,
  keep_days: mirror.keepDays,
  schedule: mirror.schedule,
  state: mirror.state,
  files: mirror.holds?.files ?? null,
  bytes: mirror.holds?.bytes ?? null,
  last_start: mirror.lastStartAt ?? null,
  last_end: mirror.last?.at ?? null,
  error: mirror.error ? explainer(invocation)(mirror.error) : null,
})

export function mirrorReportRecord(report: MirrorReport, invocation: Invocation) {
  const explain = explainer(invocation)
  return {
    mirror: report.name,
    direction: report.direction,
    transferred: report.transferred,
    bytes: report.bytes,
    replaced: report.replaced,
    deleted: report.deleted,
    deleted_paths: report.deletedPaths,
    unchanged: report.unchanged,
    tidied_versions: report.tidied,
    foreign: report.foreign,
    left: report.left.map(({ path, reason, error }) => ({
      path,
      reason,
      error: error ? explain(error) : null,
    })),
    held: report.held ?? null,
  }
}

export const mirroredFileRecord = ({ path, bytes, at, version }: MirroredFile) => ({
  path,
  bytes,
  at,
  version: version ?? null,
})
