import { createHash } from 'node:crypto'
import { s3Error } from './errors.ts'
import { type SigningContext, sameSignature, signChunk, signTrailer } from './signature.ts'

/**
 * Takes the `aws-chunked` framing off a body: `<hex size>[;chunk-signature=<hex>]\r\n<data>\r\n` …, a chunk of size 0, then trailing headers.
 * Source: "Signature calculations for the Authorization header: transferring payload in multiple chunks", S3 API reference.
 */
export interface ChunkedRules {
  /** Chain of signatures to check; absent where only the trailer protects the body. */
  readonly signing?: SigningContext
  readonly trailer: boolean
}

const MAX_LINE_BYTES = 4096

/** Yields the decoded bytes; `trailers` is filled when the generator is at its end. Any broken frame or signature throws. */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  rules: ChunkedRules,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new ChunkReader(source)
  let previous = rules.signing?.seedSignature ?? ''
  for (;;) {
    const { sizeBytes, signature } = parseChunkHeader(await reader.line())
    const hash = createHash('sha256')
    for (let left = sizeBytes; left > 0; ) {
      const piece = await reader.take(left)
      left -= piece.byteLength
      if (rules.signing) hash.update(piece)
      yield piece
    }
    if (rules.signing) {
      const expected = signChunk(rules.signing, previous, hash.digest('hex'))
      if (!sameSignature(expected, signature ?? '')) throw s3Error('SignatureDoesNotMatch')
      previous = expected
    }
    if (sizeBytes === 0) break
    if ((await reader.line()) !== '') throw s3Error('IncompleteBody')
  }
  await readTrailers(reader, rules, previous, trailers)
  if (!(await reader.atEnd())) throw s3Error('InvalidRequest', {}, 'Data after the last chunk')
}

async function readTrailers(
  reader: ChunkReader,
  rules: ChunkedRules,
  previous: string,
  trailers: Map<string, string>,
): Promise<void> {
  let signed = ''
  let signature: string | undefined
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const match = /^([\w-]+):\s*(.*)$/.exec(line)
    if (!match || !rules.trailer) throw s3Error('InvalidRequest', {}, 'Malformed trailer')
    const [, rawName = '', value = ''] = match
    const name = rawName.toLowerCase()
    if (name === 'x-amz-trailer-signature') {
      signature = value
      continue
    }
    trailers.set(name, value)
    signed += `${name}:${value}\n`
  }
  if (!rules.trailer || !rules.signing) return
  if (!sameSignature(signTrailer(rules.signing, previous, signed), signature ?? '')) {
    throw s3Error('SignatureDoesNotMatch')
  }
}

function parseChunkHeader(line: string): { sizeBytes: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line)
  if (!match) throw s3Error('InvalidRequest', {}, 'Malformed chunk header')
  return { sizeBytes: Number.parseInt(match[1] ?? '', 16), signature: match[2] }
}

/** Reads lines and runs of bytes from a stream of arbitrary pieces. */
class ChunkReader {
  readonly #iterator: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#iterator = source[Symbol.asyncIterator]()
  }

  /** The next line without its CRLF. A missing last CRLF after the trailers is forgiven, as the service forgives it. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf('\r\n')
      if (end >= 0) {
        const text = this.#rest.toString('latin1', 0, end)
        this.#rest = this.#rest.subarray(end + 2)
        return text
      }
      if (this.#rest.byteLength > MAX_LINE_BYTES) throw s3Error('InvalidRequest', {}, 'Line too long')
      const next = await this.#iterator.next()
      if (next.done) {
        if (this.#rest.byteLength > 0) throw s3Error('IncompleteBody')
        return ''
      }
      this.#rest = Buffer.concat([this.#rest, next.value])
    }
  }

  /** At least one and at most `limit` bytes. */
  async take(limit: number): Promise<Buffer> {
    while (this.#rest.byteLength === 0) {
      const next = await this.#iterator.next()
      if (next.done) throw s3Error('IncompleteBody')
      this.#rest = next.value
    }
    const piece = this.#rest.subarray(0, limit)
    this.#rest = this.#rest.subarray(piece.byteLength)
    return piece
  }

  async atEnd(): Promise<boolean> {
    if (this.#rest.byteLength > 0) return false
    return (await this.#iterator.next()).done === true
  }
}
