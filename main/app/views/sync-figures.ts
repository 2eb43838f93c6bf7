import type { SyncFigures } from '../../contract/index.ts'
import type { Configuration, Engine, SyncConflictRow } from '../../engine/engine.ts'
import { deviceLabel } from '../../engine/engine.ts'
import { localDay } from '../../engine/model/keeping/thin-samples.ts'
import type { SyncedFolder } from '../../engine/model/synced-folder.ts'
import { endingOf } from '../../engine/model/unusual/file-endings.ts'
import { lastDays } from '../wire/last-days.ts'

const DAYS = 30
/** So many rows of activity are kept of a folder. */
const MOST_ROWS = 2_000
/** Of what conflicts have in common the most frequent few. */
const SHOWN = 6

/** How syncing has gone: what went to and fro and clashed in the last days, how long it takes, and how often each place let it down. */
export function syncFigures(
  engine: Engine,
  { syncedFolders, destinations }: Pick<Configuration, 'syncedFolders' | 'destinations'>,
): SyncFigures {
  const days = lastDays(engine.env.clock.now(), DAYS).map((date) => ({
    date,
    sentBytes: 0,
    fetchedBytes: 0,
    conflicts: 0,
  }))
  const dayOf = new Map(days.map((day) => [day.date, day]))
  let wholeSince = ''
  for (const { id } of syncedFolders) {
    const rows = engine.syncs.activity(id, MOST_ROWS)
    for (const { atMs, do: what, sizeBytes = 0 } of rows) {
      const day = dayOf.get(localDay(atMs))
      if (day && what === 'upload') day.sentBytes += sizeBytes
      else if (day && what === 'download') day.fetchedBytes += sizeBytes
    }
    const oldest = rows.at(-1)
    // The day the kept rows begin in may have had more of them.
    if (oldest && rows.length >= MOST_ROWS)
      wholeSince = [wholeSince, localDay(oldest.atMs)].sort().at(-1) ?? ''
  }
  const conflicts = conflictsOf(engine, syncedFolders)
  for (const { atMs } of conflicts) {
    const day = dayOf.get(localDay(atMs))
    if (day) day.conflicts++
  }
  return {
    days,
    ...(wholeSince > (days[0]?.date ?? '') && { cutAt: wholeSince }),
    folders: syncedFolders.map(({ id, name }) => ({ folderId: id, name, ...ratesOf(engine, [id]) })),
    places: destinations.flatMap(({ id, name }) => {
      const through = syncedFolders.flatMap((each) => (each.destinationId === id ? [each.id] : []))
      return through.length === 0 ? [] : [{ placeId: id, placeName: name, ...ratesOf(engine, through) }]
    }),
    endings: mostFrequent(conflicts.map(({ path }) => endingOf(path))),
    devices: mostFrequent(
      conflicts.flatMap(({ thereDevice }) => (thereDevice === undefined ? [] : [deviceLabel(thereDevice)])),
    ),
  }
}

function conflictsOf(engine: Engine, folders: readonly SyncedFolder[]): SyncConflictRow[] {
  return folders.flatMap(({ id }) => [
    ...engine.syncs.conflicts('open', id),
    ...engine.syncs.conflicts('resolved', id),
  ])
}

/** Since these folders are synced here. */
function ratesOf(engine: Engine, folderIds: readonly string[]) {
  const totals = folderIds.map((id) => engine.syncs.status(id).totals)
  const sum = (of: (each: (typeof totals)[number]) => number) =>
    totals.reduce((all, each) => all + of(each), 0)
  const syncs = sum((each) => each.syncs)
  return {
    syncs,
    failures: sum((each) => each.failures),
    averageMs: syncs === 0 ? 0 : Math.round(sum((each) => each.workedMs) / syncs),
  }
}

function mostFrequent(names: readonly string[]): { name: string; conflicts: number }[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .map(([name, conflicts]) => ({ name, conflicts }))
    .sort((one, other) => other.conflicts - one.conflicts || (one.name < other.name ? -1 : 1))
    .slice(0, SHOWN)
}
