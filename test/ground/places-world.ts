import { join } from 'node:path'
import { openWorkspace, type Workspace } from '../../main/engine/catalogue/workspace.ts'
import { createPlaces, type Places } from '../../main/engine/delivery/places.ts'
import { createRepositories, type Repositories } from '../../main/engine/delivery/snapshot/repositories.ts'
import type { Destination } from '../../main/engine/model/destination.ts'
import type { CheckLevel, CheckReport } from '../../main/engine/verify/snapshot/findings.ts'
import {
  type PlaceChecked,
  verifyRepositories,
} from '../../main/engine/verify/snapshot/verify-repositories.ts'
import { localStore, upkeepEnv } from './upkeep.ts'

/** A home with folders as places, as verifying and healing have them. */
export interface PlacesWorld {
  readonly home: string
  readonly workspace: Workspace
  readonly places: Places
  readonly repositories: Repositories
  readonly destinations: readonly Destination[]
  /** A path in the folder of places. */
  place(name: string): string
  close(): Promise<void>
}

/** Opens the home below a folder, whatever is in it, with these places. */
export async function openPlacesWorld(home: string, names: readonly string[]): Promise<PlacesWorld> {
  const workspace = await openWorkspace(join(home, 'home'), upkeepEnv)
  const place = (name: string) => join(home, 'places', name)
  const destinations = names.map((name) => ({ id: name, name, type: 'local' as const, path: place(name) }))
  for (const { path } of destinations) await localStore(path)
  // What an earlier opening learned of them stays.
  await workspace.configuration.update((current) => ({
    ...current,
    destinations: destinations.map((destination) => ({
      ...current.destinations.find(({ id }) => id === destination.id),
      ...destination,
    })),
  }))
  const places = createPlaces(workspace)
  const repositories = createRepositories(workspace, places)
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await repositories.close()
    await places.close()
    workspace.close()
  }
  return { home, workspace, places, repositories, destinations, place, close }
}

/** Checks all places, and mends them. */
export function verifyPlaces(
  world: PlacesWorld,
  heal: boolean,
  level: CheckLevel = 'contents',
): Promise<PlaceChecked[]> {
  return verifyRepositories(world.workspace, world.repositories, {
    destinations: world.destinations,
    level,
    heal,
    signal: new AbortController().signal,
  })
}

/** The reports, where every place could be looked at. */
export function reportsOf(checked: readonly PlaceChecked[]): CheckReport[] {
  return checked.map(({ destinationId, report, error }) => {
    if (!report) throw new Error(`${destinationId}: ${JSON.stringify(error)}`)
    return report
  })
}
