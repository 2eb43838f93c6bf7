import { closeSync, fstatSync, openSync, readSync } from '../../env/node/sync-files.ts'
import { fromSystemError } from '../../model/errors.ts'

/** The stored bytes of one pack, read piece by piece: a whole pack would be most of a thread's memory. */
export interface PackBytes {
  readonly sizeBytes: number
  /** Bytes [start, end), fewer where the pack ends before; valid until the next call. */
  read(start: number, end: number): Uint8Array
  close(): void
}

const MIB = 2 ** 20

/** Opens packs in files, into memory that is used again; for one thread and one pack at a time. */
export function createPackOpener(): (path: string) => PackBytes | undefined {
  let buffer = Buffer.alloc(0)

  function readInto(file: number, start: number, end: number): Uint8Array {
    const size = end - start
    if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(Math.ceil(size / MIB) * MIB)
    let at = 0
    for (let count = 1; count > 0 && at < size; at += count)
      count = readSync(file, buffer, at, size - at, start + at)
    return buffer.subarray(0, at)
  }

  /** Undefined where there is no such file. */
  return (path) => {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw fromSystemError(error) ?? error
    }
    const told = <Value>(run: () => Value): Value => {
      try {
        return run()
      } catch (error) {
        throw fromSystemError(error) ?? error
      }
    }
    return {
      sizeBytes: told(() => fstatSync(file).size),
      read: (start, end) => told(() => readInto(file, start, end)),
      close: () => closeSync(file),
    }
  }
}

/** A pack that is in memory as a whole. */
export function packInMemory(bytes: Uint8Array): PackBytes {
  return {
    sizeBytes: bytes.length,
    read: (start, end) => bytes.subarray(start, end),
    close() {},
  }
}
