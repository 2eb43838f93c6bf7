import { fsync, write } from 'node:fs'
import { promisify } from 'node:util'

/** Calls on open files that take long and wait in the system's threads, for whoever has a file by its number. */

const writeOnce = promisify(write)
const flush = promisify(fsync)

/** Writes at a place in the file; how many bytes of it were written. */
export async function writeTo(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  const { bytesWritten } = await writeOnce(fd, bytes, 0, bytes.length, position)
  return bytesWritten
}

/** Resolves when the content of the file is on the disk. */
export const flushFile = (fd: number): Promise<void> => flush(fd)
