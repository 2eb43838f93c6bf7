import { createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** Bytes the server holds: in memory when small, in a temporary file when large. */
export interface Blob {
  readonly sizeBytes: number
  /** Bytes [start, end). */
  open(start: number, end: number): Readable
  dispose(): Promise<void>
}

export interface BlobStore {
  /** Takes a whole stream; nothing is kept when it fails. */
  write(source: AsyncIterable<Buffer>): Promise<Blob>
  close(): void
}

/** Bodies above `spillBytes` go to a folder of their own that `close` removes. */
export function createBlobStore(spillBytes: number): BlobStore {
  const folder = mkdtempSync(join(tmpdir(), 'everstow-s3-server-'))
  let count = 0
  return {
    async write(source) {
      const held: Buffer[] = []
      let sizeBytes = 0
      const iterator = source[Symbol.asyncIterator]()
      while (sizeBytes <= spillBytes) {
        const next = await iterator.next()
        if (next.done) return memoryBlob(Buffer.concat(held))
        held.push(next.value)
        sizeBytes += next.value.byteLength
      }
      return writeFileBlob(join(folder, String(count++)), held, iterator)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A blob of bytes in memory. */
function memoryBlob(bytes: Buffer): Blob {
  return {
    sizeBytes: bytes.byteLength,
    open: (start, end) => Readable.from([bytes.subarray(start, end)], { objectMode: false }),
    dispose: async () => {},
  }
}

/** Parts in order as one blob, without copying them. */
export function joinBlobs(parts: readonly Blob[]): Blob {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  async function* read(start: number, end: number): AsyncGenerator<Buffer> {
    let offset = 0
    for (const part of parts) {
      const from = Math.max(start - offset, 0)
      const to = Math.min(end - offset, part.sizeBytes)
      if (from < to) yield* part.open(from, to) as AsyncIterable<Buffer>
      offset += part.sizeBytes
    }
  }
  return {
    sizeBytes,
    open: (start, end) => Readable.from(read(start, end), { objectMode: false }),
    dispose: async () => {
      await Promise.all(parts.map((part) => part.dispose()))
    },
  }
}

async function writeFileBlob(
  path: string,
  held: readonly Buffer[],
  rest: AsyncIterator<Buffer>,
): Promise<Blob> {
  const file = await open(path, 'wx', 0o600)
  let sizeBytes = 0
  try {
    for (const chunk of held) sizeBytes += (await file.write(chunk)).bytesWritten
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      sizeBytes += (await file.write(next.value)).bytesWritten
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return {
    sizeBytes,
    open(start, end) {
      if (start >= end) return Readable.from([], { objectMode: false })
      // Opened at once, so that a download goes on when the object is replaced meanwhile.
      const fd = openSync(path, 'r')
      return createReadStream(path, { fd, start, end: end - 1 })
    },
    // `close` may have been quicker.
    dispose: () => rm(path, { force: true }),
  }
}
