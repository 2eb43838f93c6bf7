import { z } from 'zod'

/** Fields that the JSON of the format is made of. */

/** 16 bytes: ids of repositories, destinations, devices, records. */
export const hex16Bytes = z.string().regex(/^[0-9a-f]{32}$/)
/** 32 bytes: hashes, keys, ids of chunks. */
export const hex32Bytes = z.string().regex(/^[0-9a-f]{64}$/)
export const countField = z.int().nonnegative()
export const timeField = z.iso.datetime()

/** Parses text that is not trusted: bounded before it is read, `undefined` when it is not JSON in UTF-8. */
export function parseBoundedJson(bytes: Uint8Array, mostBytes: number): unknown {
  if (bytes.length > mostBytes) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    // Not UTF-8 or not JSON: the caller names what it is that cannot be read.
    return undefined
  }
}
