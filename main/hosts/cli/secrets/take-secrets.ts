import { Secret } from '../../../engine/engine.ts'

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
}

/** Takes the secrets out of the environment: nothing that is started later inherits them. */
export function takeSecrets(environment: NodeJS.ProcessEnv): GivenSecrets {
  const take = (name: string): Secret | undefined => {
    const text = environment[name]
    delete environment[name]
    return text ? new Secret(text) : undefined
  }
  return {
    passphrase: take('EVERSTOW_PASSPHRASE'),
    newPassphrase: take('EVERSTOW_NEW_PASSPHRASE'),
    invite: take('EVERSTOW_INVITE'),
    recoveryWords: take('EVERSTOW_RECOVERY_WORDS'),
    alertUrl: take('EVERSTOW_ALERT_URL'),
    alertSecret: take('EVERSTOW_ALERT_SECRET'),
    alertPassword: take('EVERSTOW_ALERT_PASSWORD'),
    apiKey: take('EVERSTOW_API_KEY'),
  }
}
