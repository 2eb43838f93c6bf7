import { readFileSync, statSync } from 'node:fs'
import { Secret } from '../../../engine/engine.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { LONGEST_SECRET_BYTES } from './read-secret-file.ts'

/** Names a file with the passphrase: what services and containers are given their secrets by. */
const PASSPHRASE_FILE = 'EVERSTOW_PASSPHRASE_FILE'

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

/** Takes the secrets out of the environment: nothing that is started later inherits them. */
export function takeSecrets(environment: NodeJS.ProcessEnv): GivenSecrets {
  const take = (name: string): Secret | undefined => {
    const text = environment[name]
    delete environment[name]
    return text ? new Secret(text) : undefined
  }
  const passphrase = take('EVERSTOW_PASSPHRASE')
  const file = environment[PASSPHRASE_FILE]
  const found = passphrase || !file ? passphrase : passphraseIn(file)
  const refusal =
    file && !found
      ? new EverstowError('invalid-input', { data: { field: PASSPHRASE_FILE, value: file } })
      : undefined
  return {
    passphrase: found,
    refusal,
    newPassphrase: take('EVERSTOW_NEW_PASSPHRASE'),
    invite: take('EVERSTOW_INVITE'),
    recoveryWords: take('EVERSTOW_RECOVERY_WORDS'),
    alertUrl: take('EVERSTOW_ALERT_URL'),
    alertSecret: take('EVERSTOW_ALERT_SECRET'),
    alertPassword: take('EVERSTOW_ALERT_PASSWORD'),
    apiKey: take('EVERSTOW_API_KEY'),
  }
}

/** The text of a file without its last line break; undefined where there is none that can be one. */
function passphraseIn(file: string): Secret | undefined {
  try {
    const about = statSync(file)
    if (!about.isFile() || about.size > LONGEST_SECRET_BYTES) return undefined
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    return text ? new Secret(text) : undefined
  } catch {
    return undefined
  }
}
