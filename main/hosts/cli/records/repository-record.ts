import type { RepositoryInfo } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'

/** A repository as JSON documents show it. */
export function repositoryRecord(info: RepositoryInfo, explain: Explain) {
  return {
    id: info.id,
    created_at: info.createdAt,
    epoch: info.epoch,
    device: { id: info.deviceId, name: info.deviceName },
    kit_confirmed_at: info.kitConfirmedAt ?? null,
    slots: info.slots.map((slot) => slotRecord(slot, info)),
    devices: info.devices.map(({ id, name, isThis, isRemoved }) => ({
      id,
      name,
      this: isThis,
      removed: isRemoved,
    })),
    places: info.places.map((place) => ({
      place: place.placeName,
      snapshots: place.snapshots,
      packs: place.packs,
      size_bytes: place.bytes,
      proven_since: place.provenSince ?? null,
      unread_packs: place.unreadPacks,
      records: place.records,
      log: place.log,
      owner: place.isOwner,
      error: place.error ? explain(place.error, place.placeName) : null,
    })),
  }
}

/** A slot as JSON documents show it. `current`: it opens what is written now. */
export function slotRecord(slot: RepositoryInfo['slots'][number], { epoch }: RepositoryInfo) {
  return {
    id: slot.id,
    kind: slot.kind,
    label: slot.label,
    created_at: slot.createdAt,
    epoch: slot.epoch,
    current: slot.epoch >= epoch,
  }
}
