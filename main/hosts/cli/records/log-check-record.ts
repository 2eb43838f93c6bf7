import type { LogCheck } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'

/** What was found in the log of a database at one place, as JSON documents show it. */
export function logCheckRecord(found: LogCheck, explain: Explain) {
  return {
    database: found.databaseName,
    place: found.placeName,
    files: found.files,
    size_bytes: found.bytes,
    damaged: found.damaged,
    healed: found.healed,
    lost: found.lost,
    sound: isLogSound(found),
    error: found.error ? explain(found.error, found.placeName) : null,
  }
}

/** Whether no damage remains in a log: none was found, or all of it was mended. */
export function isLogSound({ damaged, healed }: LogCheck): boolean {
  return damaged.length <= healed
}
