import { Readable } from 'node:stream'
import { createGunzip, createInflateRaw, constants as zlib } from 'node:zlib'
import { EverstowError } from '../../model/errors.ts'
import { damagedArchive, defaultReadLimits, type ReadLimits } from './read-limits.ts'

/** Larger pieces mean fewer turns of the event loop; 256 KiB is where it stops to matter. */
const OUTPUT_CHUNK_BYTES = 256 * 1024

type Inflater = ReturnType<typeof createGunzip> | ReturnType<typeof createInflateRaw>

/**
 * Decompresses a gzip stream of one or several members (RFC 1952). Ends with `archive-damaged` where the stream is cut short, fails its CRC or
 * is followed by anything at all, and with `archive-too-large` as soon as it grows past the limits.
 */
export async function* gunzip(
  input: AsyncIterable<Uint8Array>,
  options: { readonly limits?: Partial<ReadLimits>; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const limits = { ...defaultReadLimits, ...options.limits }
  const inflater = createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES })
  let tarBytes = 0
  for await (const chunk of inflateWith(inflater, input, options.signal)) {
    tarBytes += chunk.byteLength
    checkGrowth(tarBytes, inflater.bytesWritten, limits)
    yield chunk
  }
}

/** Decompresses raw deflate that may stop at any block boundary, as a range out of a gzip stream does. */
export async function* inflateRange(
  input: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw({ chunkSize: OUTPUT_CHUNK_BYTES, finishFlush: zlib.Z_SYNC_FLUSH })
  yield* inflateWith(inflater, input, signal)
}

function checkGrowth(tarBytes: number, gzipBytes: number, limits: ReadLimits): void {
  if (tarBytes > limits.maxTarBytes) {
    throw new EverstowError('archive-too-large', { data: { limitBytes: limits.maxTarBytes } })
  }
  if (tarBytes > limits.ratioFromBytes && tarBytes > limits.maxRatio * gzipBytes) {
    throw new EverstowError('archive-too-large', { data: { maxRatio: limits.maxRatio, tarBytes } })
  }
}

async function* inflateWith(
  inflater: Inflater,
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const stop = () => inflater.destroy(new EverstowError('cancelled'))
  if (signal?.aborted) throw new EverstowError('cancelled')
  signal?.addEventListener('abort', stop, { once: true })
  const feeding = feed(inflater, input)
  try {
    yield* inflater
    const fedBytes = await feeding
    // zlib stops in silence at a zero byte behind the last member, wherever the input goes on from there.
    if (fedBytes !== inflater.bytesWritten) throw damagedArchive('trailing-bytes')
  } catch (error) {
    throw ofZlib(error)
  } finally {
    signal?.removeEventListener('abort', stop)
    inflater.destroy()
    // A reader who stops early must not leave a download running behind it.
    if (input instanceof Readable) input.destroy()
  }
}

/**
 * Gives the input to the inflater and answers how many bytes there were. Never rejects: what goes wrong with the input reaches the reader
 * through the inflater.
 */
async function feed(inflater: Inflater, input: AsyncIterable<Uint8Array>): Promise<number> {
  let fedBytes = 0
  try {
    for await (const chunk of input) {
      fedBytes += chunk.byteLength
      if (inflater.destroyed) return fedBytes
      if (!inflater.write(chunk)) await drained(inflater)
    }
    if (!inflater.destroyed) inflater.end()
  } catch (error) {
    inflater.destroy(error as Error)
  }
  return fedBytes
}

function drained(inflater: Inflater): Promise<void> {
  if (inflater.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      inflater.off('drain', done).off('close', done)
      resolve()
    }
    inflater.on('drain', done).on('close', done)
  })
}

function ofZlib(error: unknown): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (!code?.startsWith('Z_')) return error
  return damagedArchive(code === 'Z_BUF_ERROR' ? 'gzip-truncated' : 'gzip-invalid', undefined, error)
}
