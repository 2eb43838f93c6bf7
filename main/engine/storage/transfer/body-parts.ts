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

/** Read at once: long enough to be few, short enough that hashing one holds nobody up. */
const SLICE_BYTES = 4 * 1024 * 1024

/**
 * Reads the body from its start in parts of `partSizeBytes`; the last one may be shorter (an empty body is one empty part).
 * Throws `checksum-mismatch` instead of giving the last part when size or hashes are not what was promised.
 */
export async function* readParts(
  body: Body,
  partSizeBytes: number,
  promise: BodyPromise,
  take: (sizeBytes: number) => Buffer = Buffer.allocUnsafe,
): AsyncGenerator<BodyPart, void, void> {
  const md5 = createHash('md5')
  const sha256 = promise.sha256 === undefined ? undefined : createHash('sha256')
  const source = body.readInto
    ? slicesOf(body, body.readInto, promise.signal)
    : piecesOf(body, promise.signal)
  let startBytes = 0
  try {
    for (;;) {
      const sizeBytes = Math.min(partSizeBytes, body.sizeBytes - startBytes)
      const part = take(sizeBytes)
      const filled = await source.fill(part, (piece) => {
        md5.update(piece)
        sha256?.update(piece)
      })
      if (filled < sizeBytes) refuseOther(promise.key, 'size', body.sizeBytes, startBytes + filled)
      // A full part that may be the last one waits until the body has ended and was checked.
      if (startBytes + sizeBytes === body.sizeBytes) {
        const rest = await source.fill(Buffer.allocUnsafe(1), () => {})
        refuseOther(promise.key, 'size', body.sizeBytes, body.sizeBytes + rest)
        const whole = { md5: md5.digest('hex'), ...(sha256 && { sha256: sha256.digest('hex') }) }
        refuseOther(promise.key, 'sha256', promise.sha256?.toLowerCase(), whole.sha256)
        refuseOther(promise.key, 'md5', promise.md5?.toLowerCase(), whole.md5)
        yield { startBytes, bytes: part, whole }
        return
      }
      yield { startBytes, bytes: part }
      // Whoever took the part may have given its memory back.
      startBytes += sizeBytes
    }
  } finally {
    source.close()
  }
}

/** The whole body in memory, checked; for bodies that go in one request. `take` gives the memory. */
export async function readWhole(
  body: Body,
  promise: BodyPromise,
  take?: (sizeBytes: number) => Buffer,
): Promise<{ readonly bytes: Buffer; readonly whole: BodyDigest }> {
  for await (const { bytes, whole } of readParts(body, body.sizeBytes, promise, take))
    if (whole) return { bytes, whole }
  throw new EverstowError('internal', { message: 'A body ended without a last part' })
}

/** What fills parts with a body's bytes, one after another. */
interface Source {
  /** Fills the buffer, or as much of it as there is; each piece of it is told. Errors of the body's file are told apart from those of the place. */
  fill(part: Buffer, onPiece: (piece: Uint8Array) => void): Promise<number>
  close(): void
}

function slicesOf(
  body: Body,
  readInto: NonNullable<Body['readInto']>,
  signal: AbortSignal | undefined,
): Source {
  let at = 0
  return {
    async fill(part, onPiece) {
      let filled = 0
      while (filled < part.length) {
        throwIfCancelled(signal)
        const slice = part.subarray(filled, filled + SLICE_BYTES)
        const count = await readInto.call(body, slice, at).catch((error: unknown) => {
          throw fromSystemError(error) ?? error
        })
        if (count === 0) break
        onPiece(slice.subarray(0, count))
        filled += count
        at += count
      }
      return filled
    },
    close() {},
  }
}

function piecesOf(body: Body, signal: AbortSignal | undefined): Source {
  const stream = destroyOnCancel(body.open(), signal)
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  let left: Buffer = Buffer.alloc(0)
  async function next(): Promise<boolean> {
    try {
      const { done, value } = await pieces.next()
      throwIfCancelled(signal)
      if (done) return false
      left = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      return true
    } catch (error) {
      throwIfCancelled(signal)
      throw fromSystemError(error) ?? error
    }
  }
  return {
    async fill(part, onPiece) {
      let filled = 0
      while (filled < part.length && (left.length > 0 || (await next()))) {
        const count = left.copy(part, filled, 0, part.length - filled)
        onPiece(left.subarray(0, count))
        left = left.subarray(count)
        filled += count
      }
      return filled
    },
    close: () => void stream.destroy(),
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
