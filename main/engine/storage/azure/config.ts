import type { Env } from '../../env/env.ts'
import type { Destination } from '../../model/destination.ts'
import { EverstowError } from '../../model/errors.ts'
import { checkPrefix } from '../keys.ts'

/** What of the outside world the backend uses. */
export interface AzureEnv extends Pick<Env, 'clock' | 'random'> {
  /** Absent: everything is reached directly. */
  readonly net?: Pick<Env['net'], 'proxyOf'>
}

export interface AzureConfig {
  readonly container: string
  /** Without slashes at its ends; `''` for none. */
  readonly prefix: string
  readonly account?: string
  /** The account's blob endpoint; the public one of `account` where absent. */
  readonly endpoint?: string
  /** Access tier of what is written: `Hot`, `Cool`, `Cold` or `Archive`. */
  readonly storageClass?: string
  /** Bodies up to this go in one request, larger ones in blocks of at least it. */
  readonly partSizeBytes: number
  /** Blocks of one body on their way at once. */
  readonly parallelParts: number
  /** How long nothing may move before a request is given up. */
  readonly stallTimeoutMs: number
}

const PART_SIZE_BYTES = 8 * 1024 * 1024
const PARALLEL_PARTS = 3
const STALL_TIMEOUT_MS = 90_000

/** The configuration that a destination of type `azure` means; `invalid-input` without a container. */
export function azureConfigOf(destination: Omit<Destination, 'id' | 'name' | 'type'>): AzureConfig {
  const { bucket, account, endpoint, storageClass } = destination
  if (!bucket) throw new EverstowError('invalid-input', { data: { field: 'bucket' } })
  return {
    container: bucket,
    prefix: checkPrefix(destination.prefix),
    ...(account && { account }),
    ...(endpoint && { endpoint }),
    ...(storageClass && { storageClass }),
    partSizeBytes: PART_SIZE_BYTES,
    parallelParts: PARALLEL_PARTS,
    stallTimeoutMs: STALL_TIMEOUT_MS,
  }
}
