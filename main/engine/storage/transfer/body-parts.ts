import { createHash } from 'node:crypto'
import { EverstowError, fromSystemError } from '../../model/errors.ts'
import { throwIfCancelled } from '../cancel.ts'
import type { Body } from '../object-store.ts'

/** What the whole body turned out to be. */
export interface BodyDigest {
  /** Hex. */
  readonly md5: string
  /** Hex; only where one was promised, since it costs as much as the rest together. */
  readonly sha256?: string
}

export interface BodyPart {
  readonly startBytes: number
  readonly bytes: Buffer
  /** On the last part only: the body was as promised. */
  readonly whole?: BodyDigest
}

export interface BodyPromise {
  readonly sha256?: string | undefined
  readonly md5?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads the body from its start in parts of `partSizeBytes`; the last one may be shorter (an empty body is one empty part).
 * Throws `checksum-mismatch` instead of giving the last part when size or hashes are not what was promised.
 */
export async function* readParts(
  body: Body,
  partSizeBytes: number,
  promise: BodyPromise,
): AsyncGenerator<BodyPart, void, void> {
  const md5 = createHash('md5')
  const sha256 = promise.sha256 === undefined ? undefined : createHash('sha256')
  let startBytes = 0
  let part = Buffer.allocUnsafe(Math.min(partSizeBytes, body.sizeBytes))
  let filled = 0
  for await (const piece of pieces(body)) {
    throwIfCancelled(promise.signal)
    if (startBytes + filled + piece.length > body.sizeBytes) throw sizeDiffers(body, 'longer')
    md5.update(piece)
    sha256?.update(piece)
    for (let taken = 0; taken < piece.length; ) {
      const count = piece.copy(part, filled, taken, taken + part.length - filled)
      taken += count
      filled += count
      // A full part that may be the last one waits until the body has ended and was checked.
      if (filled === part.length && startBytes + filled < body.sizeBytes) {
        yield { startBytes, bytes: part }
        startBytes += filled
        filled = 0
        part = Buffer.allocUnsafe(Math.min(partSizeBytes, body.sizeBytes - startBytes))
      }
    }
  }
  if (startBytes + filled < body.sizeBytes) throw sizeDiffers(body, 'shorter')
  const whole = { md5: md5.digest('hex'), ...(sha256 && { sha256: sha256.digest('hex') }) }
  if (promise.sha256 !== undefined && promise.sha256.toLowerCase() !== whole.sha256)
    throw new EverstowError('checksum-mismatch', { data: { what: 'sha256' } })
  if (promise.md5 !== undefined && promise.md5.toLowerCase() !== whole.md5)
    throw new EverstowError('checksum-mismatch', { data: { what: 'md5' } })
  yield { startBytes, bytes: part, whole }
}

/** The whole body in memory, checked; for bodies that go in one request. */
export async function readWhole(
  body: Body,
  promise: BodyPromise,
): Promise<{ readonly bytes: Buffer; readonly whole: BodyDigest }> {
  for await (const { bytes, whole } of readParts(body, body.sizeBytes, promise))
    if (whole) return { bytes, whole }
  throw new EverstowError('internal', { message: 'A body ended without a last part' })
}

/** The body's own pieces; an error of its file is told apart from one of the place. */
async function* pieces(body: Body): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const piece of body.open() as AsyncIterable<Uint8Array>)
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
  } catch (error) {
    throw fromSystemError(error) ?? error
  }
}

function sizeDiffers(body: Body, found: 'longer' | 'shorter'): EverstowError {
  return new EverstowError('checksum-mismatch', { data: { what: 'size', sizeBytes: body.sizeBytes, found } })
}
