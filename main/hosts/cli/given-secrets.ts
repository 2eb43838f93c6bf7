import type { Secret } from '../../engine/engine.ts'
import type { EverstowError } from '../../engine/model/errors.ts'

/** Secrets that came with the environment. */
export interface GivenSecrets {
  /** Seals the file of keys where there is no keychain, and opens repositories. */
  readonly passphrase: Secret | undefined
  /** The one that `key add` adds. */
  readonly newPassphrase: Secret | undefined
  readonly invite: Secret | undefined
  /** The 24 words of a recovery kit. */
  readonly recoveryWords: Secret | undefined
  /** What `alert add` takes: an address that is itself a secret, the secret of signatures, a password. */
  readonly alertUrl: Secret | undefined
  readonly alertSecret: Secret | undefined
  readonly alertPassword: Secret | undefined
  /** The key that a program comes with that reads data. */
  readonly apiKey: Secret | undefined
  /** Why a secret that was named could not be taken: no command may then work as if there were none. */
  readonly refusal: EverstowError | undefined
}
