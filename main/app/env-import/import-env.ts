import { resolve } from 'node:path'
import type { CallOutput, CallParsed } from '../../contract/index.ts'
import { defaultScheduleFor } from '../../engine/model/schedule/schedule.ts'
import type { AppContext } from '../app-context.ts'
import { changeSettings } from '../settings.ts'
import { placeUrl } from '../views/place-view.ts'
import { type FoundPlace, readOlderSettings } from './older-settings.ts'
import { parseEnv } from './parse-env.ts'

type Report = CallOutput<'env.import'>

/**
 * Takes over the settings of the older systems. Everything is read and checked before anything is kept, so a bad file changes nothing. A place that is
 * already there under the same address is not made twice; its secrets are renewed. Secrets go to the keychain only.
 */
export async function importEnv(app: AppContext, input: CallParsed<'env.import'>): Promise<Report> {
  const older = readOlderSettings(parseEnv(input.text), (path) => resolve(input.folder ?? app.userHome, path))
  const { destinations } = await app.engine.configuration.read()
  const known = new Map(destinations.map((each) => [placeUrl(each), each]))
  const places = older.places.map((found) => {
    const destination = app.engine.places.destinationOf('new', found.input)
    return { found, url: placeUrl(destination), existing: known.get(placeUrl(destination)) }
  })
  if (input.apply) {
    for (const { found, existing } of places) {
      const id = existing
        ? existing.id
        : await add(
            app,
            found,
            destinations.map(({ name }) => name),
          )
      if (existing) await app.engine.places.update(id, {}, found.secrets)
    }
    await changeSettings(app.engine, older.settings)
    await addPlan(app, input.sources)
  }
  return {
    places: places.map(({ found, url, existing }) => ({
      name: existing?.name ?? found.input.name,
      type: found.input.type,
      url,
      secretNames: Object.keys(found.secrets),
      existed: existing !== undefined,
    })),
    settings: Object.entries(older.settings).map(([name, value]) => ({ name, value: String(value) })),
    ignored: older.ignored,
    warnings: older.warnings,
    applied: input.apply,
  }
}

async function add(
  app: AppContext,
  { input, secrets }: FoundPlace,
  taken: readonly string[],
): Promise<string> {
  let name = input.name
  for (let number = 2; taken.some((other) => other.toLowerCase() === name.toLowerCase()); number++)
    name = `${input.name} ${number}`
  // Not tried first: older settings are worth keeping even while a place is away. The report advises a test.
  const { id } = await app.engine.places.add({ ...input, name }, secrets, false)
  return id
}

/** With sources given, the older automatic backup goes on as a plan to all places. */
async function addPlan(app: AppContext, sources: readonly string[] | undefined): Promise<void> {
  if (!sources || sources.length === 0) return
  const { destinations, plans } = await app.engine.configuration.read()
  if (plans.some(({ name }) => name === 'unified')) return
  await app.engine.plans.add({
    name: 'unified',
    sources,
    format: 'archive',
    destinationIds: destinations.map(({ id }) => id),
    exclude: [],
    excludePresets: [],
    schedule: defaultScheduleFor(sources),
  })
}
