import { EverstowError } from '../../model/errors.ts'
import type { ObjectStore } from '../../storage/object-store.ts'

/** A whole small object. `data-damaged` where it is larger than anything of its kind can be. */
export async function readObject(
  store: ObjectStore,
  key: string,
  largestBytes: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const { info, body } = await store.get(key, signal ? { signal } : {})
  if (info.sizeBytes > largestBytes) {
    body.destroy()
    throw new EverstowError('data-damaged', { data: { name: key, reason: 'size' } })
  }
  const pieces: Uint8Array[] = []
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece)
  return Buffer.concat(pieces)
}
