import type { Readable } from 'node:stream'
import { EverstowError } from '../model/errors.ts'

/** A download that ended before all was there, though nothing said why. */
export function endedEarly(key: string, cause?: unknown): EverstowError {
  return new EverstowError('connection-lost', { data: { key, reason: 'download-ended-early' }, cause })
}

/** All bytes of an object's body; `connection-lost` where they are not as many as were announced. */
export async function wholeBody(key: string, body: Readable, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.concat((await Array.fromAsync(body)) as Buffer[])
  if (bytes.byteLength !== sizeBytes) throw endedEarly(key)
  return bytes
}
