import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './call.ts'
import { S3Error } from './errors.ts'
import type { Fault } from './faults.ts'
import { element } from './xml.ts'

/** Headers every answer carries. */
export interface AnswerStamp {
  readonly requestId: string
  /** The server's time. */
  readonly nowMs: number
}

/** The answer that tells of a refusal; a HEAD has no body and so no code, as at the service. */
export function answerOfError(error: S3Error, stamp: AnswerStamp, resource: string): Answer {
  const inner = [
    element('Code', error.code),
    element('Message', error.message),
    ...Object.entries(error.fields).map(([name, value]) => element(name, value)),
    element('Resource', resource),
    element('RequestId', stamp.requestId),
  ]
  // Unlike other documents, errors have no namespace.
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner.join('')}</Error>`
  return { status: error.status, headers: { 'content-type': 'application/xml' }, body }
}

/** Writes an answer, with what the faults do to its body. Resolves when it is sent or was cut. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  stamp: AnswerStamp,
  faults: readonly Fault[],
): Promise<void> {
  const { content } = answer
  const bytes = Buffer.from(answer.body ?? '', 'utf8')
  const withoutBody = response.req.method === 'HEAD' || answer.status === 204 || answer.status === 304
  const sizeBytes = content ? content.end - content.start : bytes.byteLength
  response.writeHead(answer.status, {
    date: new Date(stamp.nowMs).toUTCString(),
    server: 'EverstowTestS3',
    'x-amz-request-id': stamp.requestId,
    ...(!withoutBody && { 'content-length': sizeBytes }),
    ...answer.headers,
  })
  if (withoutBody) {
    response.end()
    return
  }
  const source = content ? content.blob.open(content.start, content.end) : Readable.from([bytes])
  try {
    await pipeline(source, (pieces) => spoil(pieces, faults, sizeBytes, response), response)
  } catch {
    // The client went away or a fault cut the connection: there is nobody to tell.
    response.destroy()
  }
}

/** Passes a body on as the faults let it. */
async function* spoil(
  pieces: AsyncIterable<Buffer>,
  faults: readonly Fault[],
  sizeBytes: number,
  response: ServerResponse,
): AsyncGenerator<Buffer> {
  const truncate = faults.find(({ kind }) => kind === 'truncate')
  const stall = faults.find(({ kind, afterBytes }) => kind === 'stall' && afterBytes !== undefined)
  const slow = faults.find(({ kind }) => kind === 'slow')
  // In requests that carry a body it is that which the fault changes.
  const flip = response.req.method === 'GET' && faults.some(({ kind }) => kind === 'flip')
  const ending = truncate ?? stall
  const limitBytes = ending ? (ending.afterBytes ?? sizeBytes >> 1) : Number.POSITIVE_INFINITY
  let sentBytes = 0
  for await (const piece of pieces) {
    const kept = Buffer.from(piece.subarray(0, limitBytes - sentBytes))
    if (flip && sentBytes === 0 && kept.byteLength > 0) kept[kept.byteLength >> 1]! ^= 0x10
    sentBytes += kept.byteLength
    if (slow) yield* trickle(kept, slow.bytesPerSecond ?? 1024)
    else yield kept
    if (sentBytes >= limitBytes) break
  }
  if (!ending) return
  // What was written must really leave before the cut, or the client sees a shorter body than the fault says.
  await new Promise((resolve) => response.write('', resolve))
  if (ending === stall) await new Promise((resolve) => response.once('close', resolve))
  throw new S3Error('Cut', 0, 'The fault ends the body here')
}

async function* trickle(bytes: Buffer, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const stepBytes = Math.max(1, Math.floor(bytesPerSecond / 20))
  for (let at = 0; at < bytes.byteLength; at += stepBytes) {
    yield bytes.subarray(at, at + stepBytes)
    await sleep(50)
  }
}
