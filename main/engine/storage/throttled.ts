import { pipeline, type Readable, Transform } from 'node:stream'
import type { Body, ObjectStore } from './object-store.ts'
import type { RateLimit } from './rate-limit.ts'

export interface ThrottleOptions {
  readonly upload: RateLimit
  readonly download: RateLimit
}

/** The largest and smallest piece that passes at once: small limits get small pieces, so that the flow stays even. */
const MAX_PIECE_BYTES = 64 * 1024
const MIN_PIECE_BYTES = 1024
/** Without a limit so much comes as it is: it is there before one that is set meanwhile would tell. */
const SMALL_BYTES = 1024 * 1024
/** What ends with its stream needs no reason, and the usual one is made with a stack. */
const ENDED = 'ended'

/** A store whose bodies, up and down, keep to the limits; they may be shared with other stores and change at any time. Requests without bodies pass. */
export function throttled(inner: ObjectStore, { upload, download }: ThrottleOptions): ObjectStore {
  return {
    kind: inner.kind,
    url: (key) => inner.url(key),
    put: (key, body, options = {}) => inner.put(key, limitedBody(body, upload, options.signal), options),
    async putIfAbsent(key, bytes, options = {}) {
      await upload.take(bytes.byteLength, options.signal)
      return inner.putIfAbsent(key, bytes, options)
    },
    async get(key, options = {}) {
      const { info, body } = await inner.get(key, options)
      const { start, end } = options.range ?? { start: 0, end: info.sizeBytes }
      const isSmall = Math.min(end, info.sizeBytes) - start <= SMALL_BYTES
      if (isSmall && download.bytesPerSecond() === undefined) return { info, body }
      return { info, body: limitedStream(body, download, options.signal) }
    },
    head: (key, signal) => inner.head(key, signal),
    exists: (key, signal) => inner.exists(key, signal),
    size: (key, signal) => inner.size(key, signal),
    list: (options) => inner.list(options),
    delete: (key, signal) => inner.delete(key, signal),
    probe: (signal) => inner.probe(signal),
    close: () => inner.close(),
  }
}

/** A file that could be linked moves no bytes; with a limit it is copied all the same, since the limit may be there for the disk's sake. */
function limitedBody(body: Body, limit: RateLimit, signal: AbortSignal | undefined): Body {
  const { readInto } = body
  const limited: Body = {
    sizeBytes: body.sizeBytes,
    open: (range) => limitedStream(body.open(range), limit, signal),
    ...(readInto && {
      async readInto(into, start) {
        const bytesPerSecond = limit.bytesPerSecond()
        const piece = bytesPerSecond === undefined ? into : into.subarray(0, pieceBytes(bytesPerSecond))
        const count = await readInto(piece, start)
        await limit.take(count, signal)
        return count
      },
    }),
  }
  if (limit.bytesPerSecond() !== undefined) return limited
  return { ...body, ...limited }
}

function limitedStream(source: Readable, limit: RateLimit, signal: AbortSignal | undefined): Readable {
  const destroyed = new AbortController()
  const ended = signal ? AbortSignal.any([signal, destroyed.signal]) : destroyed.signal
  const gate = new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      try {
        for (let at = 0; at < chunk.byteLength; ) {
          const piece = chunk.subarray(at, at + pieceBytes(limit.bytesPerSecond()))
          await limit.take(piece.byteLength, ended)
          this.push(piece)
          at += piece.byteLength
        }
        done()
      } catch (error) {
        done(error as Error)
      }
    },
    destroy(error, done) {
      destroyed.abort(ENDED)
      done(error)
    },
  })
  return pipeline(source, gate, () => {
    // The gate carries the error to its reader.
  })
}

function pieceBytes(bytesPerSecond: number | undefined): number {
  if (bytesPerSecond === undefined) return MAX_PIECE_BYTES
  return Math.min(Math.max(Math.floor(bytesPerSecond / 16), MIN_PIECE_BYTES), MAX_PIECE_BYTES)
}
