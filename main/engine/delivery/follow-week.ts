import type { Clock } from '../env/clock.ts'
import type { Destination } from '../model/destination.ts'
import { limitAt, parseWeekGrid, type SpeedsNow } from '../model/schedule/week-grid.ts'
import type { RateLimit } from '../storage/rate-limit.ts'

/** How often the hour of the week is looked at. */
const LOOK_MS = 15_000

/** What the week says of a destination now: its grid, and below that its plain limits. 0 is a pause. */
export function speedsNow(destination: Destination, nowMs: number): SpeedsNow {
  const plain = {
    uploadBytesPerSecond: destination.uploadLimit,
    downloadBytesPerSecond: destination.downloadLimit,
  }
  if (destination.limits === undefined) return plain
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const now = limitAt(parseWeekGrid(destination.limits), nowMs, timeZone)
  return {
    uploadBytesPerSecond: now.uploadBytesPerSecond ?? plain.uploadBytesPerSecond,
    downloadBytesPerSecond: now.downloadBytesPerSecond ?? plain.downloadBytesPerSecond,
  }
}

/** Whether a destination takes nothing at this hour. */
export function isPaused(destination: Destination, nowMs: number): boolean {
  return speedsNow(destination, nowMs).uploadBytesPerSecond === 0
}

/**
 * Keeps the limits of an open destination at what the hour of the week says. Returns the end of it. A pause holds deliveries back and nothing else:
 * whoever asks for a file now gets it, as fast as at other hours.
 */
export function followWeek(
  destination: Destination,
  limits: { readonly upload: RateLimit; readonly download: RateLimit },
  clock: Clock,
): () => void {
  if (destination.limits === undefined) return () => {}
  const look = () => {
    const now = speedsNow(destination, clock.now())
    setLimit(limits.upload, now.uploadBytesPerSecond || destination.uploadLimit)
    setLimit(limits.download, now.downloadBytesPerSecond || destination.downloadLimit)
  }
  look()
  return clock.every(LOOK_MS, look)
}

function setLimit(limit: RateLimit, bytesPerSecond: number | undefined): void {
  if (limit.bytesPerSecond() !== bytesPerSecond) limit.set(bytesPerSecond)
}
