import type { WireError } from '../../../contract/index.ts'
import type { EverstowError } from '../../../engine/model/errors.ts'

/** An error of this process as it would have crossed the contract. */
export function wireOf({ code, data, retry }: EverstowError): WireError {
  const known = Object.entries(data).filter(
    (entry): entry is [string, string | number | boolean] => entry[1] !== undefined,
  )
  return { code, data: code === 'internal' ? {} : Object.fromEntries(known), retry }
}
