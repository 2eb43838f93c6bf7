import type { Credential } from './authenticate.ts'
import type { ConditionalWrites } from './call.ts'

export interface S3ServerOptions {
  /** Buckets that are there from the start. Default `everstow-test`. */
  readonly buckets?: readonly string[]
  readonly credentials?: readonly Credential[]
  /** Default us-east-1. */
  readonly region?: string
  /** `b2`: 501 for conditional writes. `r2`: 501 for versioning and object lock. Default `aws`. */
  readonly flavour?: 'aws' | 'b2' | 'r2'
  /** Overrides what the flavour says. */
  readonly conditionalWrites?: ConditionalWrites
  /** Versioning of the first buckets. */
  readonly versioning?: 'Enabled' | 'Suspended'
  /** Object lock of the first buckets. */
  readonly objectLock?: boolean
  /** KMS encryption of every object, so that entity tags are no MD5. */
  readonly kms?: boolean
  /** Server time minus real time. */
  readonly clockOffsetMs?: number
  /** Smallest part but the last. Default 5 MiB, as at the service. */
  readonly minPartBytes?: number
  /** Bodies above this go to disk. Default 1 MiB. */
  readonly spillBytes?: number
  /** Pause before each request, for benchmarks. */
  readonly latencyMs?: number
  /** PEM; with them the server speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Seed of the faults' chances. */
  readonly seed?: number
}

/** The key pair that is known when no other is given (the one of AWS's own examples). */
export const TEST_CREDENTIAL: Credential = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

/** The bucket that is there when no other is named. */
export const TEST_BUCKET = 'everstow-test'
