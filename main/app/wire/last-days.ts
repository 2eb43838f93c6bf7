import { localDay } from '../../engine/model/keeping/thin-samples.ts'

/** The last days as this computer's calendar has them (`2026-11-21`), oldest first, today last. Also where a day has 23 or 25 hours. */
export function lastDays(nowMs: number, count: number): string[] {
  const today = new Date(nowMs)
  return Array.from({ length: count }, (_, at) =>
    localDay(new Date(today.getFullYear(), today.getMonth(), today.getDate() - (count - 1) + at).getTime()),
  )
}
