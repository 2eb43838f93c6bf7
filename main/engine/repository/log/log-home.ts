import { z } from 'zod'
import { EverstowError, hasCode } from '../../model/errors.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { wholeBody } from '../../storage/whole-body.ts'
import { hex16Bytes, parseBoundedJson } from '../format/json-fields.ts'

/** In the clear, so that whoever adopts the destination finds its log; record 0 says the same under its signature. */
export const LOG_HOME_KEY = 'log-home.json'

const LARGEST_BYTES = 4096
const schema = z.object({
  version: z.literal(1),
  /** The destination whose log it is. */
  dest: hex16Bytes,
  /** The destination that holds it under `log-homes/<dest>/`. */
  home: hex16Bytes,
})

/** Where the log of a destination lies that cannot hold it itself. */
export type LogHome = z.infer<typeof schema>

/** The prefix, at its home, of the log of destination `dest`. */
export function logHomePrefix(dest: string): string {
  return `log-homes/${dest}/`
}

/** The bytes of `log-home.json`. */
export function encodeLogHome(dest: string, home: string): Uint8Array {
  return Buffer.from(JSON.stringify({ version: 1, dest, home }))
}

/** Where the log of the destination lies, or `undefined` where nothing says that it lies elsewhere. */
export async function readLogHome(store: ObjectStore, signal?: AbortSignal): Promise<LogHome | undefined> {
  const bytes = await readSmallObject(store, LOG_HOME_KEY, LARGEST_BYTES, signal)
  if (!bytes) return undefined
  const home = schema.safeParse(parseBoundedJson(bytes, LARGEST_BYTES))
  if (!home.success) {
    throw new EverstowError('data-damaged', { data: { what: LOG_HOME_KEY }, cause: home.error })
  }
  return home.data
}

/** A small object whole; `undefined` where there is none, `data-damaged` above `mostBytes`. */
export async function readSmallObject(
  store: ObjectStore,
  key: string,
  mostBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const { info, body } = await store.get(key, { signal })
    if (info.sizeBytes > mostBytes) {
      body.destroy()
      throw new EverstowError('data-damaged', { data: { what: key, reason: 'size' } })
    }
    return await wholeBody(key, body, info.sizeBytes)
  } catch (error) {
    if (hasCode(error, 'object-missing')) return undefined
    throw error
  }
}
