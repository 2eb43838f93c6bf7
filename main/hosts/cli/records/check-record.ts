import type { CheckReport } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'

/** What was found in the repository at one place, as JSON documents show it. */
export function checkRecord(report: CheckReport, explain: Explain) {
  return {
    place: report.placeName,
    level: report.level,
    objects: report.objects,
    size_bytes: report.bytes,
    damaged: report.damaged,
    missing: report.missing,
    healed: report.healed,
    lost_chunks: report.lostChunks,
    sound: isSound(report),
    affected: report.affected.map(({ backupId, paths, more }) => ({ backup_id: backupId, paths, more })),
    error: report.error ? explain(report.error, report.placeName) : null,
  }
}

/** Whether no damage remains: none was found, or all of it was mended. */
export function isSound({ damaged, missing, healed, lostChunks, affected }: CheckReport): boolean {
  return damaged.length + missing.length <= healed && lostChunks === 0 && affected.length === 0
}
