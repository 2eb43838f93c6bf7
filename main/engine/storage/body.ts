import { Readable } from 'node:stream'
import type { Files } from '../env/files.ts'
import type { Body } from './object-store.ts'

/** A body of bytes in memory. */
export function bodyOfBytes(bytes: Uint8Array): Body {
  return {
    sizeBytes: bytes.byteLength,
    open: (range) => Readable.from(range ? [bytes.subarray(range.start, range.end)] : [bytes]),
  }
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
