import type { Env } from '../../env/env.ts'
import type { Destination } from '../../model/destination.ts'
import { EverstowError } from '../../model/errors.ts'
import { checkPrefix } from '../keys.ts'

/** What of the outside world the backend uses. */
export interface GcsEnv extends Pick<Env, 'clock' | 'random'> {
  /** Absent: everything is reached directly. */
  readonly net?: Pick<Env['net'], 'proxyOf'>
}

export interface GcsConfig {
  readonly bucket: string
  /** Without slashes at its ends; `''` for none. */
  readonly prefix: string
  /** Base URL of another service that speaks the same API. */
  readonly endpoint?: string
  readonly project?: string
  readonly credentialsFile?: string
  readonly storageClass?: string
  /** Bodies up to this go in one request, larger ones in chunks of it; a multiple of 256 KiB. */
  readonly partSizeBytes: number
  /** How long nothing may move before a request is given up. */
  readonly stallTimeoutMs: number
}

const PART_SIZE_BYTES = 8 * 1024 * 1024
const STALL_TIMEOUT_MS = 90_000

/** The configuration that a destination of type `gcs` means; `invalid-input` without a bucket. */
export function gcsConfigOf(destination: Omit<Destination, 'id' | 'name' | 'type'>): GcsConfig {
  const { bucket, endpoint, project, credentialsFile, storageClass } = destination
  if (!bucket) throw new EverstowError('invalid-input', { data: { field: 'bucket' } })
  return {
    bucket,
    prefix: checkPrefix(destination.prefix),
    ...(endpoint && { endpoint }),
    ...(project && { project }),
    ...(credentialsFile && { credentialsFile }),
    ...(storageClass && { storageClass }),
    partSizeBytes: PART_SIZE_BYTES,
    stallTimeoutMs: STALL_TIMEOUT_MS,
  }
}
