import { EverstowError, hasCode } from '../model/errors.ts'
import type { ByteRange } from '../storage/object-store.ts'
import type { DataCache } from './data-cache.ts'
import type { FileFacts } from './file-facts.ts'

/** Contents are kept in pieces of so many bytes, counted from their start, so that slices that overlap have them in common. */
const PIECE_BYTES = 1024 * 1024

/** Bytes that can be read in parts. */
export interface Content {
  /** Says which bytes it is: equal names, equal content. */
  readonly name: readonly string[]
  readonly sizeBytes: number
  /** Whether reading just this range proves its bytes. Others are never kept. */
  proves(range: ByteRange): Promise<boolean>
  read(range: ByteRange): Promise<Uint8Array>
}

/** A file of a backup. */
export interface FileToRead {
  /** Says which file of which backup. */
  readonly name: readonly string[]
  /** Looks it up where it lies. */
  find(): Promise<FoundFile>
}

export interface FoundFile {
  readonly facts: FileFacts
  readonly content: Content
}

/** Changes whenever what is kept has another form. */
const KNOWN = 'file 2'

/** What is kept of a file besides its pieces. */
interface Known {
  readonly facts: FileFacts
  readonly content: Pick<Content, 'name' | 'sizeBytes'>
}

/** A backup never changes: what is no file in it will be none the next time. */
type KeptKnown = Known | { readonly none: EverstowError['data'] }

/** What is known of a file, that there is none (`invalid-input`) too; nothing is asked of any place where that is kept. */
export async function factsOf(cache: DataCache, file: FileToRead): Promise<FileFacts> {
  return (await knownOf(cache, file)).facts
}

/** Bytes [offset, offset + length) of a file, as far as it goes, and its whole size; nothing is asked of any place where all of that is kept. */
export async function readFile(
  cache: DataCache,
  { name, find }: FileToRead,
  offset: number,
  length: number,
): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }> {
  let finding: Promise<FoundFile> | undefined
  const found = (): Promise<FoundFile> => {
    finding ??= find()
    return finding
  }
  const { content: known } = await knownOf(cache, { name, find: found })
  const { sizeBytes } = known
  const content: Content = {
    ...known,
    proves: async (range) => (await found()).content.proves(range),
    read: async (range) => (await found()).content.read(range),
  }
  const range = { start: Math.min(offset, sizeBytes), end: Math.min(offset + length, sizeBytes) }
  return { bytes: await readPieces(cache, content, range), sizeBytes }
}

async function knownOf(cache: DataCache, { name, find }: FileToRead): Promise<Known> {
  const kept = await cache.get([KNOWN, ...name])
  const known = kept ? (JSON.parse(Buffer.from(kept).toString()) as KeptKnown) : await lookUp(find)
  if (!kept) await cache.put([KNOWN, ...name], Buffer.from(JSON.stringify(known)))
  if ('none' in known) throw new EverstowError('invalid-input', { data: known.none })
  return known
}

async function lookUp(find: FileToRead['find']): Promise<KeptKnown> {
  try {
    const { facts, content } = await find()
    return { facts, content: { name: content.name, sizeBytes: content.sizeBytes } }
  } catch (caught) {
    if (!hasCode(caught, 'invalid-input') || caught.data.field !== 'path') throw caught
    return { none: caught.data }
  }
}

/** Bytes of a range within a content: what is kept from the cache, the rest in one reading, of which what was proven is kept. */
export async function readPieces(
  cache: DataCache,
  { name, sizeBytes, proves, read }: Content,
  range: ByteRange,
  pieceBytes = PIECE_BYTES,
): Promise<Buffer> {
  if (range.start >= range.end) return Buffer.alloc(0)
  const first = Math.floor(range.start / pieceBytes)
  const count = Math.ceil(range.end / pieceBytes) - first
  const pieces: (Uint8Array | undefined)[] = []
  for (let at = 0; at < count; at++) {
    const kept = await cache.get(nameOf(first + at))
    pieces.push(kept?.length === lengthOf(first + at) ? kept : undefined)
  }
  const from = pieces.indexOf(undefined)
  if (from >= 0) {
    const to = pieces.lastIndexOf(undefined)
    const start = (first + from) * pieceBytes
    const wide = { start, end: (first + to) * pieceBytes + lengthOf(first + to) }
    if (!(await proves(wide))) return Buffer.from(await read(range))
    const bytes = await read(wide)
    for (let at = from; at <= to; at++) {
      const begin = (at - from) * pieceBytes
      const piece = bytes.subarray(begin, begin + lengthOf(first + at))
      if (!pieces[at]) await cache.put(nameOf(first + at), piece)
      pieces[at] = piece
    }
  }
  const whole = joinedPieces(pieces.filter((piece) => piece !== undefined))
  return whole.subarray(range.start - first * pieceBytes, range.end - first * pieceBytes)

  function nameOf(piece: number): string[] {
    return ['piece', ...name, String(piece)]
  }

  function lengthOf(piece: number): number {
    return Math.min(pieceBytes, sizeBytes - piece * pieceBytes)
  }
}

/** Pieces as one; a single one is not copied, so what comes of it is not to be written to. */
export function joinedPieces(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces
  if (!only || pieces.length > 1) return Buffer.concat(pieces)
  return Buffer.from(only.buffer, only.byteOffset, only.byteLength)
}
