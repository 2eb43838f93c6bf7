import { z } from 'zod'
import { damaged } from './damaged.ts'
import { hex32Bytes, parseBoundedJson } from './json-fields.ts'

/** Some millions of ids. */
const LARGEST_BYTES = 256 * 1024 * 1024
const schema = z.array(hex32Bytes)

/** The plaintext of a list object: hex ids that would not fit into a record. */
export function encodeIdList(ids: readonly string[]): Uint8Array {
  return Buffer.from(JSON.stringify(ids))
}

/** Reads the plaintext of a list object; `data-damaged` when it is none. */
export function decodeIdList(plain: Uint8Array): readonly string[] {
  const ids = schema.safeParse(parseBoundedJson(plain, LARGEST_BYTES))
  if (!ids.success) throw damaged('list', 'json', ids.error)
  return ids.data
}
