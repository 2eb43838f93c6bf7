import type { RetentionTime } from '../../model/keeping/retention.ts'
import { liveSnapshots } from '../../repository/log/state-queries.ts'
import type { UpkeepPlace } from '../../repository/upkeep/open-place.ts'
import { judgePacks } from '../../repository/upkeep/pack-usage.ts'
import { type DatedSnapshot, decideSnapshots, type PlanDecision, type RetentionRules } from './decide.ts'
import { createMarker, type Marker } from './marker.ts'

/** What the rules do in one destination; nothing is changed by it. */
export interface PlaceRetention {
  readonly destinationId: string
  readonly name: string
  readonly plans: readonly (PlanDecision & {
    /** Bytes of the place that go when the snapshots of this plan go and those of the others stay. */
    readonly freedBytes: number
  })[]
  /** Snapshots to forget, of all plans. */
  readonly forget: readonly DatedSnapshot[]
  /** Bytes of the place that go when all of them go. */
  readonly freedBytes: number
}

/** Packs of which more than this part is not needed are written anew without it. */
export const MAX_UNUSED = 0.3

/** Applies the rules to a destination and says what they would do. `sized: false` leaves the sizes out, which cost reading every directory once. */
export async function previewRetention(
  place: UpkeepPlace,
  rules: RetentionRules,
  time: RetentionTime,
  options: { readonly maxUnused?: number; readonly sized?: boolean; readonly signal?: AbortSignal } = {},
): Promise<PlaceRetention> {
  const { maxUnused = MAX_UNUSED, sized = true, signal } = options
  const { repository, destinationId, name } = place
  await repository.refresh(signal)
  const snapshots = await datedSnapshots(place, signal)
  const isSized = sized || rules.budgetBytes !== undefined
  const freeable = isSized ? await freeableOf(place, createMarker(place), maxUnused, signal) : undefined
  const sizes = freeable && {
    usedBytes: usedBytesOf(place),
    freeableBytes: (ids: readonly string[]) => freeable(ids),
  }
  const plans = decideSnapshots(snapshots, rules, time, sizes).map((plan) => ({
    ...plan,
    freedBytes: freeable ? freeable(goingIn(plan).map(({ snapId }) => snapId)) : 0,
  }))
  const forget = plans.flatMap(goingIn)
  const freedBytes = freeable ? freeable(forget.map(({ snapId }) => snapId)) : 0
  return { destinationId, name, plans, forget, freedBytes }
}

function goingIn({ decisions }: PlanDecision): DatedSnapshot[] {
  return decisions.filter(({ keep }) => !keep).map(({ snapshot }) => snapshot)
}

/** The snapshots people see in a destination, with what retention needs to know of them. */
async function datedSnapshots({ repository }: UpkeepPlace, signal?: AbortSignal): Promise<DatedSnapshot[]> {
  const snapshots: DatedSnapshot[] = []
  for (const [snapId, { pinned }] of liveSnapshots(repository.log.state)) {
    const root = await repository.root(snapId, signal)
    snapshots.push({
      snapId,
      id: root.backupId,
      createdMs: Date.parse(root.time),
      pinned,
      planId: root.planId ?? undefined,
      deviceId: root.device.id,
      complete: !root.incomplete,
    })
  }
  return snapshots
}

/** What forgetting some snapshots frees beyond what is free to go already: the repository is marked with them and without. */
async function freeableOf(
  { repository }: UpkeepPlace,
  marker: Marker,
  maxUnused: number,
  signal: AbortSignal | undefined,
): Promise<(snapIds: readonly string[]) => number> {
  const live = [...liveSnapshots(repository.log.state)].map(([snapId]) => snapId)
  await marker.include(live, signal)
  const without = (gone: ReadonlySet<string>) => {
    const marks = marker.mark(live.filter((snapId) => !gone.has(snapId)))
    return judgePacks(marker.index, marks, maxUnused).freeableBytes
  }
  const alreadyFree = without(new Set())
  return (snapIds) => (snapIds.length === 0 ? 0 : without(new Set(snapIds)) - alreadyFree)
}

function usedBytesOf({ repository }: UpkeepPlace): number {
  const { packs } = repository.index
  let bytes = 0
  for (let pack = 0; pack < packs.numbers; pack++)
    if (packs.isPresent(pack) && packs.stateOf(pack) === 'live') bytes += packs.sizeBytesOf(pack)
  return bytes
}
