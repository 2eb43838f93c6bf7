import { parseEnv } from '../../../app/env-import/parse-env.ts'
import { PlaceSecrets, type PlaceType } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { ENVIRONMENT_NAMES, type SecretName } from './secret-names.ts'

/**
 * Secrets from the text of a file: a JSON object or `NAME=value` lines, under our names (`accessKeyId` …) or the provider's (`AWS_ACCESS_KEY_ID` …); or Google's
 * service-account file as it is. A name that means nothing is refused, by name: a mistyped secret must not pass for none.
 */
export function parseSecretFile(text: string, type: PlaceType): PlaceSecrets {
  const values = text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text)
  if (values.type === 'service_account') return { serviceAccountJson: text }
  const secrets: PlaceSecrets = {}
  for (const [name, value] of Object.entries(values)) {
    const secret = secretNamed(name, type)
    if (!secret || typeof value !== 'string') throw unfit(name)
    secrets[secret] = value
  }
  const parsed = PlaceSecrets.safeParse(secrets)
  if (!parsed.success) throw unfit(String(parsed.error.issues[0]?.path[0] ?? ''))
  return parsed.data
}

function fromJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    // The parser's message quotes the text, which holds secrets.
    throw new EverstowError('invalid-input', { data: { field: '--secret-file', reason: 'not JSON' } })
  }
}

function fromLines(text: string): Record<string, string> {
  return Object.fromEntries(parseEnv(text).map(({ name, value }) => [name, value]))
}

function secretNamed(name: string, type: PlaceType): SecretName | undefined {
  if (Object.hasOwn(PlaceSecrets.shape, name)) return name as SecretName
  const names = ENVIRONMENT_NAMES[type]
  return Object.hasOwn(names, name) ? names[name] : undefined
}

const unfit = (name: string) =>
  new EverstowError('invalid-input', { data: { field: '--secret-file', value: name } })
