import { readFile, stat } from 'node:fs/promises'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { Invocation } from '../invocation.ts'
import { absolutePath } from '../typed-path.ts'

/** No secret is longer; a file that is was named by mistake. */
export const LONGEST_SECRET_BYTES = 64 * 1024

/** The text of a file that holds secrets. Warns where others can read it. */
export async function readSecretFile(
  { output, say, surroundings }: Pick<Invocation, 'output' | 'say' | 'surroundings'>,
  option: string,
  typed: string,
): Promise<string> {
  const path = absolutePath(typed, surroundings)
  const about = await stat(path).catch(() => undefined)
  if (!about?.isFile() || about.size > LONGEST_SECRET_BYTES)
    throw new EverstowError('invalid-input', { data: { field: option, value: typed } })
  if (process.platform !== 'win32' && (about.mode & 0o077) !== 0)
    output.warn(say('place.secretFileOpen', { path }))
  return readFile(path, 'utf8')
}
