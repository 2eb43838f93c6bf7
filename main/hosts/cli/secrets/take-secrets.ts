import { readFileSync, statSync } from 'node:fs'
import { Secret } from '../../../engine/engine.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { GivenSecrets } from '../given-secrets.ts'
import { LONGEST_SECRET_BYTES } from './read-secret-file.ts'

/** Names a file with the passphrase: what services and containers are given their secrets by. */
const PASSPHRASE_FILE = 'EVERSTOW_PASSPHRASE_FILE'

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
