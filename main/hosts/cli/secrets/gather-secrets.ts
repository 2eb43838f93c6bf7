import { readFile, stat } from 'node:fs/promises'
import type { PlaceSecrets, PlaceType } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { ask, canAsk } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import { absolutePath } from '../typed-path.ts'
import { parseSecretFile } from './parse-secret-file.ts'
import { ASKED_NAMES, secretsInEnvironment } from './secret-names.ts'

const LARGEST_FILE_BYTES = 64 * 1024

/** Where secrets of a new place may come from; never from arguments, which every user of the computer can read. */
export interface SecretOptions {
  readonly secretFile?: string
  /** False with `--no-secrets`: the provider's own chain (role, profile, sign-in) is used. */
  readonly secrets: boolean
}

/** Secrets for a new place: the file that is named, else the environment, else a question at the terminal, else none. */
export async function gatherSecrets(
  invocation: Invocation,
  type: PlaceType,
  { secretFile, secrets: wanted }: SecretOptions,
): Promise<PlaceSecrets> {
  const { environment, output, say } = invocation
  if (!wanted || type === 'local') return {}
  if (secretFile !== undefined) return fromFile(invocation, secretFile, type)
  const found = secretsInEnvironment(type, environment)
  if (Object.keys(found).length > 0) {
    output.note(say('place.secretsFromEnvironment', { names: Object.keys(found).join(', ') }))
    return found
  }
  if (!canAsk()) return {}
  const typed: PlaceSecrets = {}
  for (const name of ASKED_NAMES[type]) {
    const label = say.any(`places.fields.${name}`)
    const value = await ask(say('place.askSecret', { label }), { hidden: name !== 'accessKeyId' })
    // Empty the first time: the provider's own chain is meant.
    if (value.trim() === '') break
    typed[name] = value.trim()
  }
  return typed
}

async function fromFile(
  { output, say, surroundings }: Invocation,
  typed: string,
  type: PlaceType,
): Promise<PlaceSecrets> {
  const path = absolutePath(typed, surroundings)
  const about = await stat(path).catch(() => undefined)
  if (!about?.isFile() || about.size > LARGEST_FILE_BYTES)
    throw new EverstowError('invalid-input', { data: { field: '--secret-file', value: typed } })
  if (process.platform !== 'win32' && (about.mode & 0o077) !== 0)
    output.warn(say('place.secretFileOpen', { path }))
  return parseSecretFile(await readFile(path, 'utf8'), type)
}
