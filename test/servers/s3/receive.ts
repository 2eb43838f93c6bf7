import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PayloadMode } from './authenticate.ts'
import type { BlobStore } from './blobs.ts'
import type { ReceivedBody } from './call.ts'
import { checksumAlgorithmOf, createChecksum, createMd5, createSha256, verifyDigest } from './checksums.ts'
import { decodeChunked } from './chunked.ts'
import { s3Error } from './errors.ts'
import type { SigningContext } from './signature.ts'

export interface ReceiveRules {
  readonly headers: Readonly<Record<string, string>>
  readonly payload: PayloadMode
  readonly signing: SigningContext
  readonly blobs: BlobStore
  /** Change one bit on the way, as a bad cable would. */
  readonly flip: boolean
  /** Cut the connection when half of the body is there. */
  readonly cutMidway: boolean
}

const MAX_PUT_BYTES = 5 * 1024 ** 3

/** Takes a request's body: unframed, counted, and compared with everything the client said about it. Nothing is kept unless all holds. */
export async function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  rules: ReceiveRules,
): Promise<ReceivedBody> {
  const { headers, payload } = rules
  const expectedBytes = expectedSize(headers, payload)
  if (expectedBytes > MAX_PUT_BYTES) throw s3Error('EntityTooLarge')
  const md5 = createMd5()
  const sha256 = payload.kind === 'hashed' ? createSha256() : undefined
  const checksums = declaredAlgorithms(headers).map((algorithm) => ({
    algorithm,
    running: createChecksum(algorithm),
  }))
  const trailers = new Map<string, string>()
  const framed = payload.kind === 'chunked' ? payload : undefined
  const arriving = pieces(request, rules.flip, rules.cutMidway ? expectedBytes >> 1 : undefined)
  const decoded = framed
    ? decodeChunked(
        arriving,
        { trailer: framed.trailer, ...(framed.signed && { signing: rules.signing }) },
        trailers,
      )
    : arriving
  let sizeBytes = 0
  async function* watched(): AsyncGenerator<Buffer> {
    for await (const piece of decoded) {
      sizeBytes += piece.byteLength
      md5.update(piece)
      sha256?.update(piece)
      for (const { running } of checksums) running.update(piece)
      yield piece
    }
  }
  if (headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
  const blob = await rules.blobs.write(watched())
  try {
    if (sizeBytes !== expectedBytes) throw s3Error('IncompleteBody')
    if (payload.kind === 'hashed' && sha256?.digest().toString('hex') !== payload.sha256) {
      throw s3Error('XAmzContentSHA256Mismatch')
    }
    const md5Bytes = md5.digest()
    const contentMd5 = headers['content-md5']
    if (contentMd5 !== undefined) verifyDigest(contentMd5, md5Bytes, 'md5')
    const verified: Record<string, string> = {}
    for (const { algorithm, running } of checksums) {
      const name = `x-amz-checksum-${algorithm}`
      const value = headers[name] ?? trailers.get(name)
      if (value === undefined) throw s3Error('InvalidRequest', {}, 'The announced trailer did not come')
      verifyDigest(value, running.digest(), algorithm)
      verified[algorithm] = value
    }
    return { blob, md5: md5Bytes, checksums: verified }
  } catch (error) {
    await blob.dispose()
    throw error
  }
}

function expectedSize(headers: Readonly<Record<string, string>>, payload: PayloadMode): number {
  const text =
    payload.kind === 'chunked' ? headers['x-amz-decoded-content-length'] : headers['content-length']
  if (text === undefined || !/^\d+$/.test(text)) throw s3Error('MissingContentLength')
  return Number(text)
}

function declaredAlgorithms(headers: Readonly<Record<string, string>>): string[] {
  const trailing = (headers['x-amz-trailer'] ?? '').split(',').map((name) => name.trim().toLowerCase())
  const algorithms = [...Object.keys(headers), ...trailing].map(checksumAlgorithmOf)
  return [...new Set(algorithms.filter((algorithm) => algorithm !== undefined))]
}

async function* pieces(
  request: IncomingMessage,
  flip: boolean,
  cutAfterBytes: number | undefined,
): AsyncGenerator<Buffer> {
  const { socket } = request
  let flipped = !flip
  let arrivedBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    if (!flipped && piece.byteLength > 0) {
      const middle = piece.byteLength >> 1
      piece[middle] = (piece[middle] ?? 0) ^ 0x10
      flipped = true
    }
    arrivedBytes += piece.byteLength
    if (cutAfterBytes !== undefined && arrivedBytes > cutAfterBytes) {
      socket.resetAndDestroy()
      throw new Error('The fault cuts the connection here')
    }
    yield piece
  }
}
