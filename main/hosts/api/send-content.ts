import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { RequestProblem } from './problem.ts'

/** A file whose bytes an answer is. */
export interface FileContent {
  readonly name: string
  /** A piece from `start` on, and how long the whole is; the piece may be shorter than `length`, and is empty only at the end. */
  piece(start: number, length: number): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }>
}

/** What a `Range` asks for: from a byte to another (inclusive) or the end, or the last so many. */
type Asked = { readonly from: number; readonly to: number } | { readonly last: number }

const PIECE_BYTES = 1024 * 1024
const WHOLE: Asked = { from: 0, to: Number.POSITIVE_INFINITY }

/** Sends a file, or the range of it that was asked for (RFC 9110, one range), as bytes that no browser takes for anything else. */
export async function sendContent(
  reply: FastifyReply,
  file: FileContent,
  range: string | undefined,
): Promise<FastifyReply> {
  const asked = rangeOf(range)
  const { from, first, sizeBytes, end } = await begin(file, asked ?? WHOLE)
  void reply.headers({
    'content-type': 'application/octet-stream',
    'content-disposition': disposition(file.name),
    'content-length': String(end - from),
    'accept-ranges': 'bytes',
    ...(asked && { 'content-range': `bytes ${from}-${end - 1}/${sizeBytes}` }),
  })
  return reply.code(asked ? 206 : 200).send(Readable.from(pieces(file, first, from, end)))
}

/** Reads the first piece, before anything is said: what cannot be had is refused with a status. */
async function begin(file: FileContent, asked: Asked) {
  const from = 'last' in asked ? await fromEnd(file, asked.last) : asked.from
  const most = 'last' in asked ? asked.last : asked.to - from + 1
  const { bytes: first, sizeBytes } = await file.piece(from, Math.max(1, Math.min(most, PIECE_BYTES)))
  const end = Math.min(sizeBytes, from + most)
  if (from >= sizeBytes && asked !== WHOLE)
    throw new RequestProblem(416, 'range', 'The file ends before this range begins.', {
      headers: { 'content-range': `bytes */${sizeBytes}` },
    })
  return { from, first, sizeBytes, end }
}

async function fromEnd(file: FileContent, last: number): Promise<number> {
  const { sizeBytes } = await file.piece(0, 1)
  return Math.max(0, sizeBytes - last)
}

async function* pieces(file: FileContent, first: Buffer, from: number, end: number): AsyncGenerator<Buffer> {
  let at = from
  for (let bytes = first; bytes.length > 0; ) {
    yield bytes
    at += bytes.length
    if (at >= end) return
    bytes = (await file.piece(at, Math.min(end - at, PIECE_BYTES))).bytes
  }
}

/** One range of bytes; what is another unit, several, or no range at all, is not asked. */
function rangeOf(header: string | undefined): Asked | undefined {
  const [, start = '', stop = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (start === '') return stop === '' ? undefined : { last: Number(stop) }
  const [from, to] = [Number(start), stop === '' ? Number.POSITIVE_INFINITY : Number(stop)]
  return to < from ? undefined : { from, to }
}

/** The name in both spellings that clients know (RFC 6266); the plain one has nothing that could end it. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const exact = encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}
