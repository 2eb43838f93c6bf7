import type { FolderSizes, StorageReport } from '../../../contract/index.ts'
import type { Say } from '../output/say.ts'
import { costRecord } from './health-record.ts'

/** How much lies where, as JSON documents show it. */
export function storageRecord(report: StorageReport, say: Say) {
  return {
    at: report.at,
    verdict: report.verdict,
    sentence: say.any(report.sentence.key, report.sentence.params),
    stored_bytes: report.storedBytes,
    places: report.places.map(({ placeName, type, stored, trend, cost, disk, room, savings, ...place }) => ({
      place: placeName,
      type,
      verdict: place.verdict,
      stored_bytes: stored?.bytes ?? null,
      stored_at: stored?.at ?? null,
      budget_bytes: place.budgetBytes ?? null,
      disk: disk ? { free_bytes: disk.freeBytes, total_bytes: disk.totalBytes } : null,
      room: room ? { by: room.by, left_bytes: room.leftBytes, full_at: room.fullAt ?? null } : null,
      bytes_per_day: place.pace === undefined ? null : Math.round(place.pace),
      savings: savings
        ? {
            backups: savings.backups,
            source_bytes: savings.sourceBytes,
            known_bytes: savings.knownBytes ?? null,
            compressed_bytes: savings.compressedBytes ?? null,
          }
        : null,
      trend: trend.map(({ date, bytes }) => ({ date, size_bytes: bytes })),
      cost: costRecord(cost),
    })),
  }
}

/** Sizes in a folder of a backup, as JSON documents show them. */
export function folderRecord(sizes: FolderSizes) {
  return {
    backup_id: sizes.backupId,
    plan: sizes.planName ?? null,
    created_at: sizes.createdAt,
    folder: sizes.folder,
    size_bytes: sizes.bytes,
    files: sizes.files,
    own_bytes: sizes.ownBytes ?? null,
    entries: sizes.entries.map(({ path, kind, bytes, files }) => ({ path, kind, size_bytes: bytes, files })),
    rest: { entries: sizes.rest.entries, size_bytes: sizes.rest.bytes, files: sizes.rest.files },
  }
}
