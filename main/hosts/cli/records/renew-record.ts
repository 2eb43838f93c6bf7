import type { RenewReport } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'

/** What storing everything anew did, as JSON documents show it. */
export function renewRecord({ places }: RenewReport, explain: Explain) {
  return places.map((place) => ({
    place: place.placeName,
    packs: place.packs,
    bytes: place.bytes,
    added_bytes: place.addedBytes,
    older_packs: place.olderPacks,
    older_bytes: place.olderBytes,
    damaged_packs: place.damagedPacks,
    older_snapshots: place.olderSnapshots,
    older_pinned: place.olderPinned,
    freed_bytes: place.freedBytes,
    waiting_bytes: place.waitingBytes,
    waiting_until: place.waitingUntil ?? null,
    error: place.error ? explain(place.error, place.placeName) : null,
  }))
}
