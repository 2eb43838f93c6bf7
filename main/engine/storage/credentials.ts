import type { Secret } from '../env/secrets.ts'
import type { SecretName } from '../model/destination.ts'

/** What a person typed for a destination; nothing means the provider's default chain. */
export type Credentials = Readonly<Partial<Record<SecretName, Secret>>>
