import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { type FileHandle, open } from '../env/node/file-handles.ts'
import { type BigIntStats, constants } from '../env/node/sync-files.ts'
import { bodyOfBytes } from '../storage/body.ts'
import { throwIfCancelled } from '../storage/cancel.ts'
import type { Body } from '../storage/object-store.ts'
import { type LocalFile, stampOf } from './walk-folder.ts'

/** A file up to this size is read once and held; a larger one is read again while it is sent. */
const HELD_BYTES = 4 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
/** What was changed less long ago may change again without a trace in its times. */
const YOUNG_MS = 2_000

/** A file whose content is known, and that stays open. */
export interface OpenedFile {
  readonly stats: BigIntStats
  readonly sha256: string
  readonly body: Body
  /** What to remember of it: nothing where it was changed just now. */
  readonly stamp: string
  /** Whether it is still as it was opened. */
  isUnchanged(): Promise<boolean>
}

/**
 * Opens a file that was seen and computes its SHA-256, follows no link and waits for no pipe. `undefined` where it was written to since it was seen, or while it was
 * read. Throws the system's error.
 */
export async function withStableFile<Result>(
  file: LocalFile,
  nowMs: () => number,
  signal: AbortSignal,
  use: (opened: OpenedFile) => Promise<Result>,
): Promise<Result | undefined> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const handle = await open(file.place, flags)
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile() || stampOf(stats) !== file.stamp) return undefined
    const isUnchanged = async () => stampOf(await handle.stat({ bigint: true })) === file.stamp
    const { sha256, body } = await readWhole(handle, Number(stats.size), signal)
    if (!(await isUnchanged())) return undefined
    const isYoung = Math.abs(nowMs() - Number(stats.ctimeNs / 1_000_000n)) < YOUNG_MS
    return await use({ stats, sha256, body, stamp: isYoung ? '' : file.stamp, isUnchanged })
  } finally {
    await handle.close()
  }
}

async function readWhole(
  handle: FileHandle,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly body: Body }> {
  const hash = createHash('sha256')
  const held: Buffer[] = []
  const isHeld = sizeBytes <= HELD_BYTES
  for await (const chunk of chunksOf(handle, 0, sizeBytes)) {
    throwIfCancelled(signal)
    hash.update(chunk)
    if (isHeld) held.push(chunk)
  }
  const sha256 = hash.digest('hex')
  if (isHeld) return { sha256, body: bodyOfBytes(Buffer.concat(held)) }
  // No `filePath`: a place must not keep a second name of a file that its owner goes on writing to.
  return {
    sha256,
    body: {
      sizeBytes,
      open: ({ start, end } = { start: 0, end: sizeBytes }) =>
        Readable.from(chunksOf(handle, start, end), { objectMode: false }),
      readInto: async (into, start) =>
        (await handle.read(into, 0, Math.min(into.byteLength, Math.max(0, sizeBytes - start)), start))
          .bytesRead,
    },
  }
}

async function* chunksOf(handle: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}
