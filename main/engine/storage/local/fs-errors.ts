import { asEverstowError, type ErrorCode, EverstowError, fromSystemError } from '../../model/errors.ts'

/** What system codes mean for a place, beyond what they mean everywhere. */
const PLACE_CODES: Readonly<Record<string, { readonly code: ErrorCode; readonly reason: string }>> = {
  ENAMETOOLONG: { code: 'invalid-input', reason: 'name-too-long' },
  EXDEV: { code: 'place-refused', reason: 'other-volume-inside' },
  ENOENT: { code: 'place-missing-folder', reason: 'not-there' },
  ENODEV: { code: 'place-missing-folder', reason: 'not-there' },
  ENXIO: { code: 'place-missing-folder', reason: 'not-there' },
  ESTALE: { code: 'place-unavailable', reason: 'network-folder' },
  ENOTCONN: { code: 'place-unavailable', reason: 'network-folder' },
  EHOSTDOWN: { code: 'place-unavailable', reason: 'network-folder' },
}

/** Any failure of the file system as an error of the store. */
export function storeError(error: unknown, key?: string): EverstowError {
  if (error instanceof EverstowError) return error
  const known = PLACE_CODES[systemCode(error) ?? '']
  if (known) return new EverstowError(known.code, { data: { key, reason: known.reason }, cause: error })
  return fromSystemError(error, { key }) ?? asEverstowError(error)
}

/** `ENOENT` and so on; `undefined` for what is no system error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

/** The key's name is taken by a folder of other keys, or one of its folders by an object: folders cannot hold both, object stores can. */
export function keyInTheWay(key: string, cause?: unknown): EverstowError {
  return new EverstowError('place-refused', { data: { key, reason: 'key-in-the-way' }, cause })
}
