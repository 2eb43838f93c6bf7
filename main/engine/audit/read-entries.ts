import type { Files } from '../env/files.ts'
import { type AuditEntry, parseLine } from './entry.ts'
import { listSegments, readSegment } from './segments.ts'

/** Which entries, newest first. */
export interface EntryQuery {
  readonly limit: number
  /** Milliseconds since 1970, inclusive. */
  readonly fromMs?: number
  readonly toMs?: number
}

/** Whole lines as they are, oldest first. */
export async function* readLines(files: Files, folder: string): AsyncIterable<string> {
  for (const segment of await listSegments(files, folder)) yield* (await readSegment(files, segment)).lines
}

/** The newest entries of a time. Lines that are none are passed over: finding them is the check's work. */
export async function readEntries(
  files: Files,
  folder: string,
  { limit, fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY }: EntryQuery,
): Promise<AuditEntry[]> {
  const found: AuditEntry[] = []
  for (const segment of (await listSegments(files, folder)).toReversed()) {
    const { lines } = await readSegment(files, segment)
    for (const line of lines.toReversed()) {
      const entry = parseLine(line)?.entry
      const atMs = entry && Date.parse(entry.at)
      // The clock may have been set back in between, so an older entry may follow a newer one.
      if (entry && atMs !== undefined && atMs >= fromMs && atMs <= toMs) found.push(entry)
      if (found.length === limit) return found
    }
  }
  return found
}
