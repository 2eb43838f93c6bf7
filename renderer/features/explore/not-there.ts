import type { WireError } from '../../../main/contract/index.ts'

/** Whether a failure only says that a backup has no such file or value. */
export function isNotThere({ code, data }: WireError): boolean {
  return code === 'invalid-input' && data.reason === 'not-there'
}
