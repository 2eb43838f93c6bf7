import type { DumpProofReport } from '../../../contract/index.ts'

/** A trial restore of dumps as JSON documents show it. */
export function dumpProofRecord(proof: DumpProofReport) {
  return {
    ok: proof.ok,
    backup_id: proof.backupId,
    place: proof.placeName ?? null,
    server_major: proof.serverMajor,
    duration_ms: proof.durationMs,
    databases: proof.databases.map((each) => ({
      database: each.database,
      taken_at: each.takenAt,
      tables: each.tables,
      rows: each.rows,
      size_bytes: each.sizeBytes,
      compared: each.isCompared,
      differing: each.differing.map(({ table, recorded, found }) => ({
        table,
        recorded: recorded ?? null,
        found: found ?? null,
      })),
      duration_ms: each.durationMs,
      error: each.error ?? null,
    })),
  }
}
