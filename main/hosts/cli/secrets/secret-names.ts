import type { PlaceSecrets, PlaceType } from '../../../contract/index.ts'

export type SecretName = keyof PlaceSecrets

const AWS = {
  AWS_ACCESS_KEY_ID: 'accessKeyId',
  AWS_SECRET_ACCESS_KEY: 'secretAccessKey',
  AWS_SESSION_TOKEN: 'sessionToken',
} as const

/** The names that providers' own tools and older settings use for secrets, by type of place. */
export const ENVIRONMENT_NAMES: Readonly<Record<PlaceType, Readonly<Record<string, SecretName>>>> = {
  local: {},
  s3: AWS,
  r2: { R2_ACCESS_KEY_ID: 'accessKeyId', R2_SECRET_ACCESS_KEY: 'secretAccessKey' },
  b2: {
    B2_ACCESS_KEY_ID: 'accessKeyId',
    B2_SECRET_ACCESS_KEY: 'secretAccessKey',
    B2_APPLICATION_KEY_ID: 'accessKeyId',
    B2_APPLICATION_KEY: 'secretAccessKey',
  },
  // GOOGLE_APPLICATION_CREDENTIALS names a file; it becomes the place's credentials file.
  gcs: {},
  azure: {
    AZURE_STORAGE_CONNECTION_STRING: 'connectionString',
    AZURE_STORAGE_SAS_TOKEN: 'sasToken',
    AZURE_STORAGE_KEY: 'accountKey',
  },
}

/** What is asked for at a terminal, in this order. */
export const ASKED_NAMES: Readonly<Record<PlaceType, readonly SecretName[]>> = {
  local: [],
  s3: ['accessKeyId', 'secretAccessKey'],
  r2: ['accessKeyId', 'secretAccessKey'],
  b2: ['accessKeyId', 'secretAccessKey'],
  gcs: [],
  azure: ['connectionString'],
}

/** Secrets of a type of place that stand in the environment. */
export function secretsInEnvironment(
  type: PlaceType,
  environment: Readonly<Record<string, string | undefined>>,
): PlaceSecrets {
  const secrets: PlaceSecrets = {}
  for (const [name, secret] of Object.entries(ENVIRONMENT_NAMES[type])) {
    const value = environment[name]
    if (value) secrets[secret] ??= value
  }
  return secrets
}
