import type { Place } from '../../contract/index.ts'
import type { Configuration, Engine } from '../../engine/engine.ts'
import type { Destination } from '../../engine/model/destination.ts'
import { isoTime } from '../wire/backup-view.ts'
import { storedToWire } from '../wire/wire-error.ts'

/** Every place with its health and what lies there. */
export async function placeViews(engine: Engine, configuration: Configuration): Promise<Place[]> {
  const health = new Map(engine.places.health().map((row) => [row.destinationId, row]))
  const holdings = new Map(engine.backups.holdings().map((row) => [row.destinationId, row]))
  return Promise.all(
    configuration.destinations.map(async (destination) => {
      const known = health.get(destination.id)
      const held = holdings.get(destination.id)
      const { encryption: _, waitFor, ...shown } = destination
      return {
        ...shown,
        waitFor: [...(waitFor ?? [])],
        url: placeUrl(destination),
        secretNames: await secretNames(engine, destination),
        health: known
          ? {
              state: known.state,
              checkedAt: isoTime(known.checkedMs),
              error: known.error && storedToWire(known.error),
            }
          : { state: 'unknown' as const },
        capabilities: known?.capabilities,
        copies: held?.copies ?? 0,
        behind: held?.behind ?? 0,
        bytes: held?.bytes ?? 0,
      }
    }),
  )
}

/** Local places have none: no need to wake the keychain for them. A keychain that does not answer hides no place. */
async function secretNames(engine: Engine, destination: Destination): Promise<string[]> {
  if (destination.type === 'local') return []
  try {
    return await engine.places.secretNames(destination.id)
  } catch (error) {
    engine.env.log.area('app').warn('names of secrets could not be read', { place: destination.name, error })
    return []
  }
}

/** Where a place is, in one line, without asking it. */
export function placeUrl({ type, path, bucket, prefix, endpoint, account }: Destination): string {
  if (type === 'local') return prefix ? `${path}/${prefix}` : (path ?? '')
  const inside = prefix ? `${bucket}/${prefix}` : `${bucket}`
  if (type === 'gcs') return `gs://${inside}`
  if (type === 'azure')
    return account ? `https://${account}.blob.core.windows.net/${inside}` : `azure://${inside}`
  return endpoint ? `${endpoint.replace(/\/$/, '')}/${inside}` : `s3://${inside}`
}
