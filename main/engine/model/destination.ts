import type { Condition } from './schedule/conditions.ts'

/** A destination ("place" to people): where copies go. Everything here may be stored in settings; secrets are kept apart. */
export interface Destination {
  /** Stable id (`p_` and 10 characters). */
  readonly id: string
  /** What people call it; unique. */
  readonly name: string
  readonly type: DestinationType
  /** local: the folder. */
  readonly path?: string
  /** s3, r2, b2, gcs: the bucket. azure: the container. */
  readonly bucket?: string
  /** Keys go under this prefix; no leading or trailing slash. */
  readonly prefix?: string
  /** s3, r2, b2: base URL of the service; azure: blob endpoint; gcs: API endpoint. */
  readonly endpoint?: string
  readonly region?: string
  /** r2: account id. azure: account name. */
  readonly account?: string
  /** gcs: project id. */
  readonly project?: string
  /** gcs: path of a service-account file (the file is read at use, never copied). */
  readonly credentialsFile?: string
  /** s3: named profile of the shared AWS configuration. */
  readonly profile?: string
  /** s3: bucket in the path instead of the host name. Default true where an endpoint is given. */
  readonly pathStyle?: boolean
  /** s3: server-side encryption. */
  readonly encryption?: { readonly kind: 'AES256' | 'aws:kms'; readonly kmsKeyId?: string }
  readonly storageClass?: string
  /** Bytes a second; absent means no limit. */
  readonly uploadLimit?: number
  readonly downloadLimit?: number
  /** Limits by the hour of the week (`model/schedule/week-grid.ts`); what it does not name falls back on the two limits above. */
  readonly limits?: string
  /** Snapshots here together should take no more than this many bytes. */
  readonly budgetBytes?: number
  /** What its owner says it costs, instead of the price table. */
  readonly prices?: OwnPrices
  /** Copies go there only while this holds. */
  readonly waitFor?: readonly Condition[]
  /** No copies go there at these hours, e.g. `22:00-07:00`. */
  readonly quietHours?: string
  /** The repository that lies here, once one does (32 hex digits). */
  readonly repositoryId?: string
}

/** Prices as a person typed them, in one currency. */
export interface OwnPrices {
  /** The day they were typed (`2026-11-21`). */
  readonly asOf: string
  /** ISO 4217, e.g. `EUR`. */
  readonly currency: string
  /** For a gigabyte (10⁹ bytes) that lies there for a month. */
  readonly storageGbMonth: number
  /** For a thousand requests that write. */
  readonly putPer1000: number
  /** For a thousand requests that read. */
  readonly getPer1000: number
  /** For a thousand requests that list. */
  readonly listPer1000: number
  /** For a gigabyte that is read. */
  readonly egressGb: number
}

/** A repository this computer has the keys of. */
export interface KnownRepository {
  /** 32 hex digits. */
  readonly id: string
  readonly createdAt: string
  /** This computer's identity in it (32 hex digits) and its name. */
  readonly deviceId: string
  readonly deviceName: string
  /** When a person typed the words of the recovery kit back. */
  readonly kitConfirmedAt?: string
  /** Its keys were changed, and everything is to be stored anew with them; absent once that is done. */
  readonly isRenewing?: boolean
}

/** `s3` is AWS or any S3-compatible endpoint. */
export const DESTINATION_TYPES = ['local', 's3', 'r2', 'b2', 'gcs', 'azure'] as const
export type DestinationType = (typeof DESTINATION_TYPES)[number]

/** Other names people and older settings use. Keys are lower case. */
const ALIASES: Readonly<Record<string, DestinationType>> = {
  local: 'local',
  disk: 'local',
  file: 'local',
  folder: 'local',
  s3: 's3',
  aws: 's3',
  'aws-s3': 's3',
  amazon: 's3',
  minio: 's3',
  wasabi: 's3',
  's3-compatible': 's3',
  r2: 'r2',
  cloudflare: 'r2',
  'cloudflare-r2': 'r2',
  b2: 'b2',
  backblaze: 'b2',
  'backblaze-b2': 'b2',
  gcs: 'gcs',
  gcp: 'gcs',
  google: 'gcs',
  'google-cloud': 'gcs',
  azure: 'azure',
  'azure-blob': 'azure',
}

/** The type a person means by `name`, whatever its case; `undefined` when nobody offers it. */
export function destinationTypeOf(name: string): DestinationType | undefined {
  const key = name.trim().toLowerCase().replaceAll('_', '-').replaceAll(' ', '-')
  return Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined
}

/**
 * Secrets a destination may need, by name. None at all means the provider's default chain (IAM role, SSO, profile, application default, managed identity).
 * s3, r2, b2: `accessKeyId`, `secretAccessKey`, `sessionToken`; azure: `connectionString`, `sasToken`, `accountKey`; gcs: `serviceAccountJson`.
 */
export const SECRET_NAMES = [
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'connectionString',
  'sasToken',
  'accountKey',
  'serviceAccountJson',
] as const
export type SecretName = (typeof SECRET_NAMES)[number]
