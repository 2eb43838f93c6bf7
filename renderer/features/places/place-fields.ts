import type { PlaceChange, PlaceInput, PlaceSecrets } from '../../../main/contract/index.ts'
import type { ProviderKind } from '../../components/provider.ts'

type PlainName =
  | 'path'
  | 'bucket'
  | 'prefix'
  | 'endpoint'
  | 'region'
  | 'account'
  | 'project'
  | 'credentialsFile'
  | 'profile'
  | 'storageClass'
  | 'limits'
  | 'budget'
type SecretName = keyof PlaceSecrets

/** One field of a place's form. `label` and `hint` are keys below `places.fields`. */
export interface PlaceField {
  readonly name: PlainName | SecretName
  readonly label: string
  readonly hint?: string
  readonly placeholder?: string
  readonly required?: true
  /** Typed blind and never shown again. */
  readonly secret?: true
  readonly lines?: number
  /** Most people never need it. */
  readonly advanced?: true
}

const prefix: PlaceField = { name: 'prefix', label: 'prefix', hint: 'prefixHint', advanced: true }
/** Painted on a grid or typed; the engine checks the text and says which part of it is wrong. */
const limits: PlaceField = {
  name: 'limits',
  label: 'limits',
  advanced: true,
}
/** In gigabytes, as people think of a disk; the contract counts bytes. */
const budget: PlaceField = {
  name: 'budget',
  label: 'budget',
  hint: 'budgetHint',
  placeholder: '500',
  advanced: true,
}
const endpoint: PlaceField = { name: 'endpoint', label: 'endpoint', placeholder: 'https://', advanced: true }
const bucket: PlaceField = { name: 'bucket', label: 'bucket', required: true }

/** What each provider needs, and no more. */
export const placeFields: Record<ProviderKind, readonly PlaceField[]> = {
  local: [{ name: 'path', label: 'path', required: true }, limits, budget],
  s3: [
    bucket,
    { name: 'region', label: 'region', placeholder: 'eu-west-3' },
    { name: 'accessKeyId', label: 'accessKeyId', hint: 'awsEmpty', secret: true },
    { name: 'secretAccessKey', label: 'secretAccessKey', secret: true },
    prefix,
    endpoint,
    { name: 'profile', label: 'profile', advanced: true },
    { name: 'storageClass', label: 'storageClass', placeholder: 'STANDARD_IA', advanced: true },
    { name: 'sessionToken', label: 'sessionToken', secret: true, advanced: true },
    limits,
    budget,
  ],
  r2: [
    { name: 'account', label: 'accountId', required: true },
    bucket,
    { name: 'accessKeyId', label: 'accessKeyId', secret: true, required: true },
    { name: 'secretAccessKey', label: 'secretAccessKey', secret: true, required: true },
    prefix,
    endpoint,
    limits,
    budget,
  ],
  b2: [
    bucket,
    { name: 'region', label: 'region', placeholder: 'eu-central-003', required: true },
    { name: 'accessKeyId', label: 'applicationKeyId', secret: true, required: true },
    { name: 'secretAccessKey', label: 'applicationKey', secret: true, required: true },
    prefix,
    endpoint,
    limits,
    budget,
  ],
  gcs: [
    bucket,
    { name: 'serviceAccountJson', label: 'serviceAccountJson', hint: 'googleEmpty', secret: true, lines: 3 },
    { name: 'credentialsFile', label: 'credentialsFile', advanced: true },
    { name: 'project', label: 'project', advanced: true },
    prefix,
    endpoint,
    limits,
    budget,
  ],
  azure: [
    { name: 'bucket', label: 'container', required: true },
    { name: 'connectionString', label: 'connectionString', hint: 'azureHint', secret: true },
    { name: 'account', label: 'account', advanced: true },
    { name: 'accountKey', label: 'accountKey', secret: true, advanced: true },
    { name: 'sasToken', label: 'sasToken', secret: true, advanced: true },
    prefix,
    endpoint,
    limits,
    budget,
  ],
  's3-compatible': [
    { name: 'endpoint', label: 'endpoint', placeholder: 'https://', required: true },
    bucket,
    { name: 'region', label: 'region', placeholder: 'us-east-1' },
    { name: 'accessKeyId', label: 'accessKeyId', secret: true, required: true },
    { name: 'secretAccessKey', label: 'secretAccessKey', secret: true, required: true },
    prefix,
    limits,
    budget,
  ],
}

/** What was typed, by field name. */
export type PlaceValues = Readonly<Record<string, string>>

const GIGABYTE = 1e9

/** The budget as bytes: `undefined` where nothing was typed, NaN where it is no number above 0. A comma is a decimal point, too. */
export function budgetBytesOf(typed: string | undefined): number | undefined {
  const text = typed?.trim().replace(',', '.') ?? ''
  if (text === '') return undefined
  const bytes = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * GIGABYTE) : Number.NaN
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : Number.NaN
}

/** The budget of a place as its field shows it. */
export function budgetText(bytes: number | undefined): string {
  return bytes === undefined ? '' : String(bytes / GIGABYTE)
}

/** What changes in a place: fields that can be emptied say so where nothing is typed. */
export function placeChangeOf({ limits: typedLimits, budgetBytes, ...input }: PlaceInput): PlaceChange {
  const { secrets: _, waitFor = [], quietHours = '', ...change } = input
  return { ...change, limits: typedLimits ?? '', budgetBytes: budgetBytes ?? null, waitFor, quietHours }
}

/** The contract's input for what was typed; empty fields are left out. */
export function placeInputOf(kind: ProviderKind, name: string, values: PlaceValues): PlaceInput {
  const budgetBytes = budgetBytesOf(values.budget)
  const plain: Record<string, string> = {}
  const secrets: Record<string, string> = {}
  for (const field of placeFields[kind]) {
    const value = values[field.name]?.trim()
    if (!value || field.name === 'budget') continue
    if (field.secret) secrets[field.name] = value
    else plain[field.name] = value
  }
  return {
    name: name.trim(),
    type: kind === 's3-compatible' ? 's3' : kind,
    ...plain,
    ...(budgetBytes ? { budgetBytes } : {}),
    ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
  }
}

/** Names of the fields that are needed and empty. A secret that is already kept need not be typed again. */
export function missingFields(
  kind: ProviderKind,
  values: PlaceValues,
  keptSecrets: readonly string[],
): readonly string[] {
  return placeFields[kind]
    .filter((field) => field.required && !values[field.name]?.trim())
    .filter((field) => !(field.secret && keptSecrets.includes(field.name)))
    .map((field) => field.name)
}
