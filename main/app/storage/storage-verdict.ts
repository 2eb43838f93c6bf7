import type { Sentence, StoragePlace, StorageReport } from '../../contract/index.ts'

const DAY_MS = 86_400_000
/** A place that is full within this time needs somebody now. */
const SOON_MS = 30 * DAY_MS
/** A disk with less than this part free refuses the next backup; with less than that, a larger one. */
const FULL_PART = 0.01
const TIGHT_PART = 0.05

type Said = Pick<StorageReport, 'verdict' | 'sentence'>

/** One sentence on how much lies where and when space runs out: the worst place has the word. */
export function storageVerdict(places: readonly StoragePlace[], storedBytes: number, nowMs: number): Said {
  const measured = places.filter(({ stored }) => stored !== undefined)
  if (places.length === 0) return { verdict: 'healthy', sentence: { key: 'storage.noPlace' } }
  const full = places.find((place) => isWithin(place, FULL_PART) && place.room?.by === 'disk')
  if (full) return { verdict: 'failing', sentence: ofRoom('storage.diskFull', full) }
  const over = places.find(
    ({ stored, budgetBytes }) => stored && budgetBytes !== undefined && stored.bytes > budgetBytes,
  )
  if (over?.stored && over.budgetBytes !== undefined)
    return {
      verdict: 'attention',
      sentence: {
        key: 'report.budget',
        params: { place: over.placeName, storedBytes: over.stored.bytes, budgetBytes: over.budgetBytes },
      },
    }
  const next = nextFull(places)
  const leftMs = next ? Date.parse(next.room?.fullAt ?? '') - nowMs : Number.POSITIVE_INFINITY
  if (next && leftMs <= SOON_MS) return { verdict: 'attention', sentence: fullIn(next, leftMs, storedBytes) }
  const tight = places.find((place) => isWithin(place, TIGHT_PART))
  if (tight) return { verdict: 'attention', sentence: ofRoom('storage.tight', tight) }
  if (measured.length === 0) return { verdict: 'healthy', sentence: { key: 'storage.notMeasured' } }
  if (next) return { verdict: 'healthy', sentence: fullIn(next, leftMs, storedBytes) }
  const about = { count: measured.length, storedBytes }
  const hasRoom = places.some(({ room }) => room !== undefined)
  return { verdict: 'healthy', sentence: { key: hasRoom ? 'storage.roomy' : 'storage.noEnd', params: about } }
}

/** The place that is full first. */
function nextFull(places: readonly StoragePlace[]): StoragePlace | undefined {
  return places
    .filter(({ room }) => room?.fullAt !== undefined)
    .toSorted((a, b) => (a.room?.fullAt ?? '').localeCompare(b.room?.fullAt ?? ''))[0]
}

function isWithin({ room, budgetBytes, disk }: StoragePlace, part: number): boolean {
  const whole = room?.by === 'budget' ? budgetBytes : disk?.totalBytes
  return room !== undefined && whole !== undefined && room.leftBytes < whole * part
}

function ofRoom(key: string, { placeName, room }: StoragePlace): Sentence {
  return { key, params: { place: placeName, leftBytes: room?.leftBytes ?? 0 } }
}

/** How far away it is in the largest unit of which there are at least two. */
function fullIn({ placeName }: StoragePlace, leftMs: number, storedBytes: number): Sentence {
  const days = Math.max(0, Math.round(leftMs / DAY_MS))
  const [unit, count] =
    days < 14
      ? (['Days', days] as const)
      : days < 61
        ? (['Weeks', Math.round(days / 7)] as const)
        : days < 731
          ? (['Months', Math.round(days / 30.4)] as const)
          : (['Years', Math.round(days / 365)] as const)
  return { key: `storage.fullIn${unit}`, params: { place: placeName, count, storedBytes } }
}
