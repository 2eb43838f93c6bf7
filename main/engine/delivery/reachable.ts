import type { Env } from '../env/env.ts'
import type { Destination } from '../model/destination.ts'
import { readMarker } from '../storage/local/place.ts'

const PATIENCE_MS = 3_000

/**
 * Whether a destination could be reached now, found out cheaply: the marker of a local one, a connection to an endpoint, else any network at all. Undefined
 * where nobody can tell.
 */
export async function isReachable(
  { net }: Pick<Env, 'net'>,
  { type, path, endpoint }: Destination,
): Promise<boolean | undefined> {
  if (type === 'local') return path !== undefined && (await hasMarker(path))
  return endpoint === undefined ? net.isOnline() : net.isReachable(endpoint, PATIENCE_MS)
}

async function hasMarker(path: string): Promise<boolean> {
  // A drive that cannot be read is not there.
  return (await readMarker(path).catch(() => undefined)) !== undefined
}
