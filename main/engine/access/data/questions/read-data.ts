import type { Asker, DataDeps, Which } from '../asked.ts'
import { bytesOf, type DataFile, kindOfFile } from '../data-file.ts'
import type { RecordsResult, SelectResult } from '../jobs/do-job.ts'
import { type DataKind, encodingOf } from '../kinds.ts'
import type { Outline } from '../values/outline.ts'
import { tooLarge } from '../values/unreadable.ts'
import { whichBackup } from '../which-backups.ts'
import { work } from '../work.ts'
import { fileNamed } from './find-sources.ts'
import { selectsNothing } from './selects-nothing.ts'

/** What is read, and how it is understood. */
export interface DataRead {
  readonly file: DataFile
  readonly kind: DataKind
}

export interface FileAsked extends Which {
  readonly path: string
  readonly as?: DataKind | undefined
}

export interface ReadAsked extends FileAsked {
  readonly select?: string | undefined
  /** Records, or bytes. */
  readonly offset: number
  readonly length?: number | undefined
  readonly maxBytes: number
}

export interface ReadResult extends DataRead {
  readonly value?: unknown
  readonly text?: string
  readonly base64?: string
  readonly nextOffset?: number
  readonly total?: number
}

const USUAL_RECORDS = 1_000
/** No letter takes more in the encodings that are understood. */
const LETTER_BYTES = 4

/** The file that is asked for. */
export async function openData(deps: DataDeps, asker: Asker, asked: FileAsked): Promise<DataRead> {
  const backup = await whichBackup(deps, asker, asked)
  const file = await fileNamed(deps, asker, backup, asked.path)
  return { file, kind: await kindOfFile(deps, asker, file, asked.as) }
}

/** A file, parsed, or a part of it. */
export async function readData(deps: DataDeps, asker: Asker, asked: ReadAsked): Promise<ReadResult> {
  const read = await openData(deps, asker, asked)
  const { file, kind } = read
  if (kind === 'json' || asked.select !== undefined)
    return { ...read, value: await selectIn(deps, asker, read, asked.select ?? '', asked.maxBytes) }
  if (kind === 'text') return { ...read, ...(await textOf(deps, asker, file, asked)) }
  if (kind === 'bytes') return { ...read, ...(await rawOf(deps, asker, file, asked)) }
  const { offset, length = USUAL_RECORDS, maxBytes } = asked
  const job = { op: 'records', kind, offset, length, maxBytes } as const
  const { records, next, total } = await work<RecordsResult>(deps, asker, [file], job)
  return {
    ...read,
    value: records,
    ...(next !== undefined && { nextOffset: next }),
    ...(total !== undefined && { total }),
  }
}

async function selectIn(
  deps: DataDeps,
  asker: Asker,
  { file, kind }: DataRead,
  select: string,
  maxBytes: number,
): Promise<unknown> {
  const { found, value } = await work<SelectResult>(deps, asker, [file], { op: 'select', kind, select })
  if (!found) throw selectsNothing('select', select)
  if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) throw tooLarge(maxBytes, file.path)
  return value
}

type Slice = Pick<ReadAsked, 'offset' | 'length' | 'maxBytes'>

async function rawOf(deps: DataDeps, asker: Asker, file: DataFile, { offset, length, maxBytes }: Slice) {
  const bytes = await bytesOf(deps, asker, file, offset, length ?? maxBytes)
  return { base64: Buffer.from(bytes).toString('base64'), ...nextOf(file, offset + bytes.length) }
}

const nextOf = ({ facts }: DataFile, offset: number): { nextOffset?: number } =>
  offset < facts.sizeBytes ? { nextOffset: offset } : {}

/** Whole letters only: those that the piece begins or ends in the middle of belong to the pieces beside it. */
async function textOf(deps: DataDeps, asker: Asker, file: DataFile, { offset, length, maxBytes }: Slice) {
  const encoding = encodingOf(await bytesOf(deps, asker, file, 0, 2))
  const bytes = await bytesOf(deps, asker, file, offset, Math.max(length ?? maxBytes, LETTER_BYTES))
  const isLast = offset + bytes.length >= file.facts.sizeBytes
  const start = offset === 0 ? 0 : startOfLetter(bytes, encoding, offset)
  const end = isLast ? bytes.length : endOfLetters(bytes, encoding, offset)
  // The mark at the beginning is no letter; elsewhere the same bytes are.
  const text = new TextDecoder(encoding, { ignoreBOM: offset > 0 }).decode(bytes.subarray(start, end))
  return { text, ...nextOf(file, offset + end) }
}

const isContinuing = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

function startOfLetter(bytes: Uint8Array, encoding: string, offset: number): number {
  if (encoding !== 'utf-8') return offset % 2
  let start = 0
  while (start < LETTER_BYTES - 1 && isContinuing(bytes[start])) start++
  return start
}

function endOfLetters(bytes: Uint8Array, encoding: string, offset: number): number {
  if (encoding !== 'utf-8') {
    const end = bytes.length - ((offset + bytes.length) % 2)
    const high = encoding === 'utf-16le' ? bytes[end - 1] : bytes[end - 2]
    return high !== undefined && (high & 0xfc) === 0xd8 ? end - 2 : end
  }
  for (let back = 1; back < LETTER_BYTES && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if (isContinuing(byte)) continue
    const lettersBytes = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return lettersBytes > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** One level of a parsed file. */
export async function outlineData(
  deps: DataDeps,
  asker: Asker,
  asked: FileAsked & { readonly pointer: string; readonly limit: number; readonly offset: number },
): Promise<DataRead & Outline> {
  const read = await openData(deps, asker, asked)
  const { pointer, limit, offset } = asked
  const job = { op: 'outline', kind: read.kind, pointer, limit, offset } as const
  const outline = await work<Outline | null>(deps, asker, [read.file], job)
  if (!outline) throw selectsNothing('pointer', pointer)
  return { ...read, ...outline }
}
