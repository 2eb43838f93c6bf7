import { type Random, randomHex } from '../../env/random.ts'
import { asEverstowError, EverstowError, hasCode } from '../../model/errors.ts'
import { destroyOnCancel, throwIfCancelled } from '../cancel.ts'
import type { Body, PutOptions } from '../object-store.ts'
import type { MemoryBucket, OpenUpload } from './bucket.ts'

/**
 * Reads a whole body. A large one goes in parts: those that were received stay in the bucket under an upload's id, which the journal keeps,
 * so that the next try (of any store object on the same bucket) goes on behind them.
 */
export async function receiveBody(
  bucket: MemoryBucket,
  fullKey: string,
  body: Body,
  partBytes: number,
  random: Random,
  options: PutOptions,
): Promise<Buffer> {
  const inParts = body.sizeBytes > partBytes && options.journal !== undefined
  if (!inParts) return receiveRest(body, [], partBytes, options)
  const known = await options.journal?.load()
  const resumed = known === undefined ? undefined : bucket.uploads.get(known)
  const fits = resumed?.key === fullKey && resumed.sizeBytes === body.sizeBytes
  const id = fits && known !== undefined ? known : randomHex(random, 8)
  const upload: OpenUpload = fits ? resumed : { key: fullKey, sizeBytes: body.sizeBytes, parts: [] }
  bucket.uploads.set(id, upload)
  await options.journal?.save(id)
  try {
    const bytes = await receiveRest(body, upload.parts, partBytes, options)
    bucket.uploads.delete(id)
    return bytes
  } catch (error) {
    if (hasCode(error, 'checksum-mismatch')) {
      bucket.uploads.delete(id)
      await options.journal?.clear()
    }
    throw error
  }
}

/** Appends to `parts` as they fill up; a broken stream leaves only whole parts. */
async function receiveRest(
  body: Body,
  parts: Buffer[],
  partBytes: number,
  options: PutOptions,
): Promise<Buffer> {
  let receivedBytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
  if (receivedBytes > 0) options.onProgress?.(receivedBytes)
  if (receivedBytes < body.sizeBytes || body.sizeBytes === 0) {
    const rest = receivedBytes > 0 ? { start: receivedBytes, end: body.sizeBytes } : undefined
    const stream = destroyOnCancel(body.open(rest), options.signal)
    let pending: Buffer[] = []
    let pendingBytes = 0
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        pending.push(Buffer.from(chunk))
        pendingBytes += chunk.byteLength
        receivedBytes += chunk.byteLength
        if (receivedBytes > body.sizeBytes) break
        throwIfCancelled(options.signal)
        if (pendingBytes >= partBytes) {
          parts.push(Buffer.concat(pending))
          pending = []
          pendingBytes = 0
          options.onProgress?.(receivedBytes)
        }
      }
    } catch (error) {
      throw asEverstowError(error)
    }
    if (receivedBytes !== body.sizeBytes) throw wrongSize(body.sizeBytes, receivedBytes)
    parts.push(Buffer.concat(pending))
    options.onProgress?.(receivedBytes)
  }
  return Buffer.concat(parts)
}

/** The body is not what its owner said: nothing of it may become an object. */
function wrongSize(expectedBytes: number, actualBytes: number): EverstowError {
  return new EverstowError('checksum-mismatch', { data: { kind: 'size', expectedBytes, actualBytes } })
}
