import type { Sentence, StoragePlace, StorageReport, Verdict } from '../../contract/index.ts'

const DAY_MS = 86_400_000
/** A place that is full within this time needs somebody now. */
const SOON_MS = 30 * DAY_MS
/** A disk with less than this part free refuses the next backup; with less than that, a larger one. */
const FULL_PART = 0.01
const TIGHT_PART = 0.05

type Said = Pick<StorageReport, 'verdict' | 'sentence'>

/** Whether there is room for what comes: `failing` where the next backup may not fit, `attention` where somebody should see to it within weeks. */
export function placeVerdict(
  { room, budgetBytes, disk }: Pick<StoragePlace, 'room' | 'budgetBytes' | 'disk'>,
  nowMs: number,
): Verdict {
  const whole = room?.by === 'budget' ? budgetBytes : disk?.totalBytes
  if (room === undefined || whole === undefined) return 'healthy'
  if (room.by === 'disk' && room.leftBytes < whole * FULL_PART) return 'failing'
  return room.leftBytes < whole * TIGHT_PART || msUntilFull(room, nowMs) <= SOON_MS ? 'attention' : 'healthy'
}

/** One sentence on how much lies where and when space runs out: the worst place has the word. */
export function storageVerdict(places: readonly StoragePlace[], storedBytes: number, nowMs: number): Said {
  if (places.length === 0) return { verdict: 'healthy', sentence: { key: 'storage.noPlace' } }
  const worst = worstOf(places, nowMs)
  if (worst?.verdict === 'failing') return { verdict: 'failing', sentence: ofRoom('storage.diskFull', worst) }
  if (worst?.verdict === 'attention')
    return { verdict: 'attention', sentence: trouble(worst, storedBytes, nowMs) }
  const measured = places.filter(({ stored }) => stored !== undefined)
  if (measured.length === 0) return { verdict: 'healthy', sentence: { key: 'storage.notMeasured' } }
  if (worst?.room?.fullAt !== undefined)
    return { verdict: 'healthy', sentence: fullIn(worst, storedBytes, nowMs) }
  const params = { count: measured.length, storedBytes }
  return { verdict: 'healthy', sentence: { key: worst ? 'storage.roomy' : 'storage.noEnd', params } }
}

const RANK: Readonly<Record<Verdict, number>> = { failing: 0, attention: 1, healthy: 2 }

/** Of the places that have an end, the worst; of equals, the one that is full first. */
function worstOf(places: readonly StoragePlace[], nowMs: number): StoragePlace | undefined {
  return places
    .filter(({ room }) => room !== undefined)
    .toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict] || soonest(a, nowMs) - soonest(b, nowMs))[0]
}

function soonest({ room }: StoragePlace, nowMs: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, msUntilFull(room, nowMs))
}

function msUntilFull(room: StoragePlace['room'], nowMs: number): number {
  return room?.fullAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(room.fullAt) - nowMs
}

function trouble(place: StoragePlace, storedBytes: number, nowMs: number): Sentence {
  const { placeName, stored, budgetBytes } = place
  if (stored && budgetBytes !== undefined && stored.bytes > budgetBytes)
    return { key: 'report.budget', params: { place: placeName, storedBytes: stored.bytes, budgetBytes } }
  if (msUntilFull(place.room, nowMs) <= SOON_MS) return fullIn(place, storedBytes, nowMs)
  return ofRoom('storage.tight', place)
}

function ofRoom(key: string, { placeName, room }: StoragePlace): Sentence {
  return { key, params: { place: placeName, leftBytes: room?.leftBytes ?? 0 } }
}

/** How far away it is, in the largest unit of which there are a few. */
function fullIn({ placeName, room }: StoragePlace, storedBytes: number, nowMs: number): Sentence {
  const days = Math.max(0, Math.round(msUntilFull(room, nowMs) / DAY_MS))
  const [unit, length] = UNITS.find(([, , until]) => days < until) ?? ['Years', 365]
  const count = Math.round(days / length)
  return { key: `storage.fullIn${unit}`, params: { place: placeName, count, storedBytes } }
}

/** Each with its days, up to so many days. */
const UNITS: readonly (readonly [unit: string, days: number, until: number])[] = [
  ['Days', 1, 14],
  ['Weeks', 7, 61],
  ['Months', 30.4, 731],
]
