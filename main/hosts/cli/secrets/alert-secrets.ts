import { parseEnv } from '../../../app/env-import/parse-env.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { ask, canAsk } from '../ask.ts'
import type { Session } from '../session.ts'
import { readSecretFile } from './read-secret-file.ts'

/** What of an alert channel may be secret. */
export interface AlertSecrets {
  readonly url?: string
  readonly secret?: string
  readonly password?: string
}
type Name = keyof AlertSecrets
const NAMES: readonly string[] = ['url', 'secret', 'password'] satisfies Name[]

/** Secrets of a new channel: from the file that is named, else the environment, else a hidden question for those that are wanted. */
export async function alertSecrets(
  session: Session,
  secretFile: string | undefined,
  wanted: readonly Name[],
): Promise<AlertSecrets> {
  const { secrets, say, interrupt } = session
  if (secretFile !== undefined) return parse(await readSecretFile(session, '--secret-file', secretFile))
  const given = { url: secrets.alertUrl, secret: secrets.alertSecret, password: secrets.alertPassword }
  const questions = {
    url: say('alert.askUrl'),
    secret: say('alert.askSecret'),
    password: say('alert.askPassword'),
  }
  const found: { -readonly [N in Name]?: string } = {}
  for (const name of wanted) {
    const typed =
      given[name]?.reveal() ??
      (canAsk() ? await ask(questions[name], { hidden: true, signal: interrupt.signal }) : '')
    if (typed.trim() !== '') found[name] = typed.trim()
  }
  return found
}

function parse(text: string): AlertSecrets {
  const values = text.trimStart().startsWith('{')
    ? fromJson(text)
    : Object.fromEntries(parseEnv(text).map(({ name, value }) => [name, value]))
  for (const [name, value] of Object.entries(values))
    if (!NAMES.includes(name) || typeof value !== 'string')
      throw new EverstowError('invalid-input', { data: { field: '--secret-file', value: name } })
  return values as AlertSecrets
}

function fromJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    // The parser's message quotes the text, which holds secrets.
    throw new EverstowError('invalid-input', { data: { field: '--secret-file', reason: 'not JSON' } })
  }
}
