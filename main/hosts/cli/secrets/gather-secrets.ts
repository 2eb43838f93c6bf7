import type { PlaceSecrets, PlaceType } from '../../../contract/index.ts'
import { ask, canAsk } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import type { Session } from '../session.ts'
import { parseSecretFile } from './parse-secret-file.ts'
import { readSecretFile } from './read-secret-file.ts'
import { ASKED_NAMES, secretsInEnvironment } from './secret-names.ts'

/** Where secrets of a new place may come from; never from arguments, which every user of the computer can read. */
export interface SecretOptions {
  readonly secretFile?: string
  /** False with `--no-secrets`: the provider's own chain (role, profile, sign-in) is used. */
  readonly secrets: boolean
}

/** Secrets for a new place: the file that is named, else the environment, else a question at the terminal, else none. */
export async function gatherSecrets(
  session: Session,
  type: PlaceType,
  { secretFile, secrets: wanted }: SecretOptions,
): Promise<PlaceSecrets> {
  const { environment, output, say, interrupt } = session
  if (!wanted || type === 'local') return {}
  if (secretFile !== undefined) return secretsFrom(session, secretFile, type)
  const found = secretsInEnvironment(type, environment)
  if (Object.keys(found).length > 0) {
    output.note(say('place.secretsFromEnvironment', { names: Object.keys(found).join(', ') }))
    return found
  }
  if (!canAsk()) return {}
  const typed: PlaceSecrets = {}
  for (const name of ASKED_NAMES[type]) {
    const label = say.any(`places.fields.${name}`)
    const value = await ask(say('place.askSecret', { label }), {
      hidden: name !== 'accessKeyId',
      signal: interrupt.signal,
    })
    // Empty the first time: the provider's own chain is meant.
    if (value.trim() === '') break
    typed[name] = value.trim()
  }
  return typed
}

/** Secrets of a place from a file. */
export async function secretsFrom(
  invocation: Invocation,
  path: string,
  type: PlaceType,
): Promise<PlaceSecrets> {
  return parseSecretFile(await readSecretFile(invocation, '--secret-file', path), type)
}
