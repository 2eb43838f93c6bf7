import { Readable } from 'node:stream'
import { asEverstowError, EverstowError } from '../model/errors.ts'
import type { Again } from './again.ts'
import { destroyOnCancel } from './cancel.ts'
import type { GetOptions, GetResult, ObjectStore } from './object-store.ts'
import { rangeWithin } from './range.ts'
import { endedEarly } from './whole-body.ts'

/** One connection's part of the download. */
interface Source {
  readonly stream: Readable
  readonly chunks: AsyncIterator<Buffer>
}

/**
 * The body of a get that survives broken connections: it asks for the rest by range, and only of the very version it began with. Ends after exactly
 * the bytes that were asked for, or with an error. `again` is asked anew after every break that followed progress; a download that gets nothing
 * at all in one round of tries gives up.
 */
export function resumingBody(
  inner: ObjectStore,
  again: Again,
  key: string,
  first: GetResult,
  options: GetOptions,
): Readable {
  const range = rangeWithin(options.range, first.info.sizeBytes)
  let at = range.start
  let source = sourceOf(first.body)

  async function read(): Promise<Buffer | null> {
    if (at >= range.end) return finish()
    const chunk = await readOn().catch(async (error: EverstowError) => {
      if (error.retry !== 'retry' || body.destroyed) throw error
      return again('get rest', readRest, options.signal)
    })
    const wanted = chunk.subarray(0, range.end - at)
    at += wanted.byteLength
    return wanted
  }

  /** The next chunk, or an error: an end before the end counts as a lost connection. */
  async function readOn(): Promise<Buffer> {
    const { done, value } = await source.chunks.next().catch((error) => {
      throw brokenOf(error, key)
    })
    if (done) throw endedEarly(key)
    return value
  }

  /** Succeeds only with a chunk in hand, so that a connection which opens and breaks at once counts as a failed try. */
  async function readRest(): Promise<Buffer> {
    source.stream.destroy()
    const rest = { start: at, end: range.end }
    const next = await inner.get(key, { range: rest, signal: options.signal, ifMatch: first.info.etag })
    source = sourceOf(next.body)
    if (body.destroyed) source.stream.destroy()
    if (next.info.sizeBytes !== first.info.sizeBytes || next.info.etag !== first.info.etag) {
      source.stream.destroy()
      throw new EverstowError('precondition-failed', { data: { key } })
    }
    return readOn()
  }

  /** Reads the end, so that the connection can be used again and a backend's last check still counts. Being cut after the last byte harms nobody. */
  async function finish(): Promise<null> {
    try {
      await source.chunks.next()
    } catch (cause) {
      const error = brokenOf(cause, key)
      if (error.retry !== 'retry') throw error
    }
    return null
  }

  const body: Readable = new Readable({
    read() {
      read().then(
        (chunk) => this.push(chunk),
        (error) => this.destroy(asEverstowError(error)),
      )
    },
    destroy(error, done) {
      source.stream.destroy()
      done(error)
    },
  })
  return destroyOnCancel(body, options.signal)
}

function sourceOf(stream: Readable): Source {
  // An error that comes while nobody reads is kept by the stream; the next read gets it. Without a listener it would end the process.
  stream.on('error', () => {})
  return { stream, chunks: stream[Symbol.asyncIterator]() as AsyncIterator<Buffer> }
}

function brokenOf(cause: unknown, key: string): EverstowError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return code === 'ERR_STREAM_PREMATURE_CLOSE' ? endedEarly(key, cause) : asEverstowError(cause)
}
