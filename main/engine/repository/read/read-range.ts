import { EverstowError, hasCode } from '../../model/errors.ts'
import type { ByteRange, ObjectStore } from '../../storage/object-store.ts'
import { wholeBody } from '../../storage/whole-body.ts'

/** A part of an object, and how large all of it is. */
export interface PartOfObject {
  readonly bytes: Buffer
  readonly sizeBytes: number
}

/** The bytes of a range as far as the object goes. `data-damaged` where it does not go so far, `connection-lost` where fewer came. */
export async function readRange(
  store: ObjectStore,
  key: string,
  range: ByteRange,
  signal?: AbortSignal,
): Promise<PartOfObject> {
  const { info, body } = await store.get(key, { range, ...(signal && { signal }) }).catch((error) => {
    if (!hasCode(error, 'invalid-input')) throw error
    throw new EverstowError('data-damaged', { data: { name: key, reason: 'too-short' }, cause: error })
  })
  const { sizeBytes } = info
  return { bytes: await wholeBody(key, body, Math.min(range.end, sizeBytes) - range.start), sizeBytes }
}
