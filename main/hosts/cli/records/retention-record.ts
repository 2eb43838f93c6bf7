import type { PruneReport, RetentionPreview } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'

/** What the rules would do, as JSON documents show it. */
export function previewRecord(preview: RetentionPreview, explain: Explain) {
  return {
    dry_run: true,
    places: preview.places.map((place) => ({
      place: place.placeName,
      plan: place.planName ?? null,
      keep: place.keep ?? null,
      kept: place.kept,
      forgotten: place.forgotten,
      freed_bytes: place.freedBytes,
      needs_confirmation: place.needsConfirmation,
      backups: place.entries.map(({ backupId, createdAt, keep, reasons }) => ({
        backup_id: backupId,
        timestamp: createdAt,
        keep,
        reasons,
      })),
      error: place.error ? explain(place.error, place.placeName) : null,
    })),
  }
}

/** What was forgotten and collected, as JSON documents show it. */
export function pruneRecord(report: PruneReport, explain: Explain) {
  return {
    dry_run: report.dryRun,
    places: report.places.map((place) => ({
      place: place.placeName,
      forgotten: place.forgotten,
      swept_packs: place.sweptPacks,
      repacked_packs: place.repackedPacks,
      deleted_objects: place.deletedObjects,
      freed_bytes: place.freedBytes,
      freed_later_bytes: place.freedLaterBytes,
      undo_until: place.undoUntil ?? null,
      unknown_keys: place.unknownKeys,
      error: place.error ? explain(place.error, place.placeName) : null,
    })),
  }
}
