import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backup, Run } from '../../../main/contract/index.ts'
import { type Everstow, openEverstow } from '../../../main/hosts/library/index.ts'

/** Folders that are backed up, and by which plan to which places. */
export const PLANS = [
  { name: 'work', places: ['nas', 'disk'] },
  { name: 'photos', places: ['disk'] },
  { name: 'music', places: ['nas'] },
] as const
export const PLACES = ['nas', 'disk'] as const
export type PlaceName = (typeof PLACES)[number]
export type PlanName = (typeof PLANS)[number]['name']

/** A computer with an application on it, and what it was promised. */
export interface OwnerWorld {
  readonly base: string
  readonly home: string
  everstow: Everstow
  readonly placeIds: Map<PlaceName, string>
  readonly away: Set<PlaceName>
  offline: boolean
  /** What each backup that was said to be somewhere restores to, and where. */
  readonly promised: Map<
    string,
    { readonly plan: PlanName; readonly content: string; readonly places: Set<PlaceName> }
  >
  /** Backups whose parts in the data folder a fault took before every place had them. */
  readonly spoilt: Set<string>
  source(plan: PlanName): string
  place(name: PlaceName): string
  unplug(name: PlaceName): void
  plug(name: PlaceName): void
  restart(between?: () => void): Promise<void>
  done(started: Promise<{ runId: string }>): Promise<Run>
  list(): Promise<readonly Backup[]>
  close(): Promise<void>
}

/** Lays out places, plans and sources with a few files each. */
export async function createOwnerWorld(): Promise<OwnerWorld> {
  const base = mkdtempSync(join(tmpdir(), 'everstow-owner-'))
  const home = join(base, 'home')
  const open = () => openEverstow({ home, passphrase: 'seven otters cross the river', keychain: 'off' })
  const placeIds = new Map<PlaceName, string>()
  const away = new Set<PlaceName>()
  const place = (name: PlaceName) => join(base, 'places', name)
  const source = (plan: PlanName) => join(base, 'sources', plan)
  const world: OwnerWorld = {
    base,
    home,
    everstow: await open(),
    placeIds,
    away,
    offline: false,
    promised: new Map(),
    spoilt: new Set(),
    source,
    place,
    unplug(name) {
      renameSync(place(name), `${place(name)} unplugged`)
      away.add(name)
    },
    plug(name) {
      renameSync(`${place(name)} unplugged`, place(name))
      away.delete(name)
    },
    async restart(between) {
      await world.everstow.close()
      between?.()
      world.everstow = await open()
    },
    async done(started) {
      const { runId } = await started
      return world.everstow.call('run.wait', { id: runId })
    },
    async list() {
      const { backups } = await world.everstow.call('backup.list', { limit: 500 })
      return backups
    },
    async close() {
      await world.everstow.close()
      rmSync(base, { recursive: true, force: true })
    },
  }
  mkdirSync(join(base, 'places'), { recursive: true })
  for (const name of PLACES) {
    const { id } = await world.everstow.call('place.add', { name, type: 'local', path: place(name) })
    placeIds.set(name, id)
  }
  for (const { name, places } of PLANS) {
    mkdirSync(source(name), { recursive: true })
    writeFileSync(join(source(name), 'first'), `the first file of ${name}`)
    await world.everstow.call('plan.add', {
      name,
      sources: [source(name)],
      placeIds: places.map((each) => placeIds.get(each) ?? ''),
      format: 'snapshot',
      schedule: 'manual',
      keep: 'last:3',
    })
  }
  return world
}

/** Every file of a folder with its content, as one text. */
export function contentOf(folder: string): string {
  const names = readdirSync(folder).sort()
  return JSON.stringify(names.map((name) => [name, readFileSync(join(folder, name), 'base64')]))
}
