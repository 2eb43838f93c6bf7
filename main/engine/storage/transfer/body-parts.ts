import { createHash } from 'node:crypto'
import { EverstowError, fromSystemError } from '../../model/errors.ts'
import { destroyOnCancel, throwIfCancelled } from '../cancel.ts'
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
  /** For errors. */
  readonly key: string
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
  for await (const piece of pieces(body, promise.signal)) {
    throwIfCancelled(promise.signal)
    if (startBytes + filled + piece.length > body.sizeBytes)
      refuseOther(promise.key, 'size', body.sizeBytes, startBytes + filled + piece.length)
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
  refuseOther(promise.key, 'size', body.sizeBytes, startBytes + filled)
  const whole = { md5: md5.digest('hex'), ...(sha256 && { sha256: sha256.digest('hex') }) }
  refuseOther(promise.key, 'sha256', promise.sha256?.toLowerCase(), whole.sha256)
  refuseOther(promise.key, 'md5', promise.md5?.toLowerCase(), whole.md5)
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
async function* pieces(body: Body, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const piece of destroyOnCancel(body.open(), signal) as AsyncIterable<Uint8Array>)
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
  } catch (error) {
    throwIfCancelled(signal)
    throw fromSystemError(error) ?? error
  }
}

function refuseOther<T extends string | number>(
  key: string,
  kind: string,
  expected: T | undefined,
  actual: T | undefined,
): void {
  if (expected === undefined || expected === actual) return
  throw new EverstowError('checksum-mismatch', { data: { key, kind, expected, actual } })
}
