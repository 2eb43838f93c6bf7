import type { Clock } from '../env/clock.ts'
import type { Log } from '../env/log.ts'
import type { Net } from '../env/net.ts'
import type { Random } from '../env/random.ts'
import { DESTINATION_TYPES, type Destination, destinationTypeOf } from '../model/destination.ts'
import { EverstowError } from '../model/errors.ts'
import type { Credentials } from './credentials.ts'
import { logged } from './logged.ts'
import { type Meter, metered } from './metered.ts'
import type { ObjectStore } from './object-store.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { retrying } from './retrying.ts'
import { throttled } from './throttled.ts'

export interface StoreEnv {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Absent: everything is reached directly. */
  readonly net?: Pick<Net, 'proxyOf'>
}

export interface OpenOptions {
  /** Local: makes folder and marker where they are missing. Only when a person adds the place. */
  readonly create?: boolean
  /** Local: the id the folder's marker must hold. */
  readonly expectMarker?: string
}

/** A destination ready for use. */
export interface OpenedDestination {
  /** Retries, keeps to the limits, counts and logs. */
  readonly store: ObjectStore
  readonly meter: Meter
  /** Its limits, which may be changed while it is in use. */
  readonly limits: { readonly upload: RateLimit; readonly download: RateLimit }
}

/**
 * The bare store of a destination, by its type in any case and under any of its names. Each backend's SDK is loaded only when it is asked for.
 * `unknown-provider` where nobody offers the type.
 */
export async function openStore(
  destination: Destination,
  credentials: Credentials,
  env: StoreEnv,
  options: OpenOptions = {},
): Promise<ObjectStore> {
  switch (destinationTypeOf(destination.type)) {
    case 'local': {
      if (!destination.path) {
        throw new EverstowError('invalid-input', {
          data: { field: 'path', name: destination.name, reason: 'missing' },
        })
      }
      const { createLocalStore } = await import('./local/local-store.ts')
      return createLocalStore({ path: destination.path, prefix: destination.prefix, ...options }, env)
    }
    case 's3':
    case 'r2':
    case 'b2': {
      const { createS3Store, s3ConfigOf } = await import('./s3/index.ts')
      return createS3Store(s3ConfigOf(destination), credentials, env)
    }
    case 'gcs': {
      const { createGcsStore, gcsConfigOf } = await import('./gcs/index.ts')
      return createGcsStore(gcsConfigOf(destination), credentials, env)
    }
    case 'azure': {
      const { createAzureStore, azureConfigOf } = await import('./azure/index.ts')
      return createAzureStore(azureConfigOf(destination), credentials, env)
    }
    case undefined:
      throw new EverstowError('unknown-provider', {
        data: { name: destination.type, known: DESTINATION_TYPES.join(', ') },
      })
  }
}

/**
 * The store of a destination in its wrappers. From the outside in: `logged` tells of what came out in the end; `retrying` hides what passes; `metered`
 * counts every try; `throttled` slows the bytes of every try.
 */
export async function openDestination(
  destination: Destination,
  credentials: Credentials,
  env: StoreEnv,
  options: OpenOptions = {},
): Promise<OpenedDestination> {
  const bare = await openStore(destination, credentials, env, options)
  const limits = {
    upload: createRateLimit(env.clock, destination.uploadLimit),
    download: createRateLimit(env.clock, destination.downloadLimit),
  }
  const { store, meter } = metered(throttled(bare, limits))
  const fields = { destination: destination.name, type: destination.type }
  return { store: logged(retrying(store, env), { ...env, fields }), meter, limits }
}
