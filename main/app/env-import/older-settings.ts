import { isAbsolute } from 'node:path'
import type { Sentence, Settings } from '../../contract/index.ts'
import type { DestinationInput, TypedSecrets } from '../../engine/engine.ts'
import { EverstowError } from '../../engine/model/errors.ts'
import type { EnvEntry } from './parse-env.ts'

/** A place the older settings describe. */
export interface FoundPlace {
  readonly input: DestinationInput
  readonly secrets: TypedSecrets
}

/** What the older settings come to. */
export interface OlderSettings {
  readonly places: readonly FoundPlace[]
  readonly settings: Partial<Settings>
  /** Names we do not know; their values are not looked at. */
  readonly ignored: string[]
  readonly warnings: Sentence[]
}

const KNOWN = [
  'CLOUD_PROVIDER',
  'CLOUD_COMPRESS',
  'CLOUD_AUTO_SYNC',
  'CLOUD_SYNC_INTERVAL',
  'AWS_S3_BUCKET',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'GCP_BUCKET',
  'GCP_PROJECT_ID',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'AZURE_CONTAINER',
  'AZURE_STORAGE_CONNECTION_STRING',
  'BACKUP_LOCAL_PATH',
  'R2_ACCOUNT_ID',
  'R2_BUCKET_NAME',
  'R2_ACCESS_KEY_ID',
  'R2_SECRET_ACCESS_KEY',
  'B2_BUCKET_NAME',
  'B2_REGION',
  'B2_ACCESS_KEY_ID',
  'B2_SECRET_ACCESS_KEY',
] as const
type KnownName = (typeof KNOWN)[number]

const PROVIDERS = ['aws', 'gcp', 'azure', 'local'] as const
const MIN_INTERVAL_SECONDS = 60

/** Understands the settings of the older systems. Throws `env-file-invalid` with the line of a value that makes no sense. */
export function readOlderSettings(
  entries: readonly EnvEntry[],
  absolute: (path: string) => string,
): OlderSettings {
  const known = new Map<KnownName, EnvEntry>()
  const ignored: string[] = []
  for (const entry of entries) {
    if ((KNOWN as readonly string[]).includes(entry.name)) known.set(entry.name as KnownName, entry)
    else ignored.push(entry.name)
  }
  const get = (name: KnownName) => known.get(name)?.value || undefined
  const warnings: Sentence[] = []
  const places = [
    localPlace(get, absolute),
    awsPlace(get),
    r2Place(get),
    b2Place(get),
    gcpPlace(get),
    azurePlace(get),
  ]
    .filter((place) => place !== undefined)
    .map((place) => ({ ...place, input: place.input, secrets: withoutEmpty(place.secrets) }))

  const provider = known.get('CLOUD_PROVIDER')
  if (provider?.value) {
    const name = provider.value.toLowerCase()
    if (!(PROVIDERS as readonly string[]).includes(name)) throw invalid(provider, 'unknown-provider')
    if (!places.some(({ input }) => input.type === TYPE_OF_PROVIDER[name as (typeof PROVIDERS)[number]]))
      warnings.push({
        key: 'env.missingKeys',
        params: { provider: name, keys: NEEDED[name as (typeof PROVIDERS)[number]] },
      })
  } else if (places.length === 0) warnings.push({ key: 'env.noProvider' })
  const compress = known.get('CLOUD_COMPRESS')
  if (compress && !flag(compress)) warnings.push({ key: 'env.compressAlways' })
  return { places, settings: settingsFrom(known), ignored, warnings }
}

const TYPE_OF_PROVIDER = { aws: 's3', gcp: 'gcs', azure: 'azure', local: 'local' } as const
const NEEDED = {
  aws: 'AWS_S3_BUCKET',
  gcp: 'GCP_BUCKET',
  azure: 'AZURE_CONTAINER',
  local: 'BACKUP_LOCAL_PATH',
} as const

type Get = (name: KnownName) => string | undefined

interface Draft {
  readonly input: DestinationInput
  readonly secrets: TypedSecrets
}

function localPlace(get: Get, absolute: (path: string) => string): Draft | undefined {
  const path = get('BACKUP_LOCAL_PATH')
  if (!path) return undefined
  return {
    input: { name: 'Local folder', type: 'local', path: isAbsolute(path) ? path : absolute(path) },
    secrets: {},
  }
}

/** Empty keys mean the default credential chain (IAM role, SSO, profile). */
function awsPlace(get: Get): Draft | undefined {
  const bucket = get('AWS_S3_BUCKET')
  if (!bucket) return undefined
  return {
    input: { name: 'Amazon S3', type: 's3', bucket, region: get('AWS_REGION') ?? 'us-east-1' },
    secrets: { accessKeyId: get('AWS_ACCESS_KEY_ID'), secretAccessKey: get('AWS_SECRET_ACCESS_KEY') },
  }
}

function r2Place(get: Get): Draft | undefined {
  const bucket = get('R2_BUCKET_NAME')
  if (!bucket) return undefined
  return {
    input: { name: 'Cloudflare R2', type: 'r2', bucket, account: get('R2_ACCOUNT_ID') },
    secrets: { accessKeyId: get('R2_ACCESS_KEY_ID'), secretAccessKey: get('R2_SECRET_ACCESS_KEY') },
  }
}

function b2Place(get: Get): Draft | undefined {
  const bucket = get('B2_BUCKET_NAME')
  if (!bucket) return undefined
  return {
    input: { name: 'Backblaze B2', type: 'b2', bucket, region: get('B2_REGION') },
    secrets: { accessKeyId: get('B2_ACCESS_KEY_ID'), secretAccessKey: get('B2_SECRET_ACCESS_KEY') },
  }
}

function gcpPlace(get: Get): Draft | undefined {
  const bucket = get('GCP_BUCKET')
  if (!bucket) return undefined
  const credentialsFile = get('GOOGLE_APPLICATION_CREDENTIALS')
  return {
    input: {
      name: 'Google Cloud Storage',
      type: 'gcs',
      bucket,
      project: get('GCP_PROJECT_ID'),
      credentialsFile,
    },
    secrets: {},
  }
}

function azurePlace(get: Get): Draft | undefined {
  const bucket = get('AZURE_CONTAINER')
  if (!bucket) return undefined
  const connectionString = get('AZURE_STORAGE_CONNECTION_STRING')
  return { input: { name: 'Azure Blob', type: 'azure', bucket }, secrets: { connectionString } }
}

function settingsFrom(known: ReadonlyMap<KnownName, EnvEntry>): Partial<Settings> {
  const autoSync = known.get('CLOUD_AUTO_SYNC')
  const interval = known.get('CLOUD_SYNC_INTERVAL')
  const settings: { -readonly [N in keyof Settings]?: Settings[N] } = {}
  if (autoSync?.value) settings.autoSync = flag(autoSync)
  if (interval?.value) {
    const seconds = Number(interval.value)
    if (!Number.isInteger(seconds) || seconds < MIN_INTERVAL_SECONDS || seconds > 604_800)
      throw invalid(interval, 'seconds')
    settings.pushIntervalSeconds = seconds
  }
  return settings
}

function flag(entry: EnvEntry): boolean {
  const value = entry.value.toLowerCase()
  if (['true', '1', 'yes', 'on'].includes(value)) return true
  if (['false', '0', 'no', 'off', ''].includes(value)) return false
  throw invalid(entry, 'true-or-false')
}

function invalid({ line, name }: EnvEntry, reason: string): EverstowError {
  return new EverstowError('env-file-invalid', { data: { line, name, reason } })
}

function withoutEmpty(secrets: TypedSecrets): TypedSecrets {
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined))
}
