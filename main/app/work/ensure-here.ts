import type { AppContext } from '../app-context.ts'

/** Name of the local place that is made when there is none. */
const HERE = 'here'

/** With nothing configured, backups go to a local place in the data folder. True when it was made now. */
export async function ensureHere(app: AppContext): Promise<boolean> {
  const { engine } = app
  const { destinations } = await engine.configuration.read()
  if (destinations.length > 0) return false
  await engine.places.add({ name: HERE, type: 'local', path: engine.herePath }, {}, true)
  app.changed()
  return true
}
