import { Readable } from 'node:stream'
import type { Files } from '../env/files.ts'
import type { Body } from './object-store.ts'

/** Whoever hashes or writes a body lets others have their turn after each piece of it. */
const PIECE_BYTES = 1024 * 1024

/** A body of bytes in memory. */
export function bodyOfBytes(bytes: Uint8Array): Body {
  return {
    sizeBytes: bytes.byteLength,
    open: (range) => Readable.from(piecesOf(range ? bytes.subarray(range.start, range.end) : bytes)),
  }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength || at === 0; at += PIECE_BYTES)
    yield bytes.subarray(at, at + PIECE_BYTES)
}

/** A body that is a whole file of the given size. */
export function bodyOfFile(files: Files, path: string, sizeBytes: number): Body {
  return {
    sizeBytes,
    filePath: path,
    open: (range) => files.openRead(path, range),
    readInto: (into, start) => files.readInto(path, into, start),
  }
}
