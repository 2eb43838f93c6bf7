import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from '../../env/node/sync-files.ts'
import { BLOCK_BYTES, type GzipBlock } from '../entry.ts'
import type { BlockRing } from './block-ring.ts'
import { GZIP_HEADER, gzipTrailer } from './gzip-frame.ts'
import { runThread, tell } from './run-thread.ts'
import type { OutputStart, WrittenArchive } from './thread-messages.ts'

// Writes the compressed blocks in order, hashing on the way, and makes the file durable. Whoever started it renames or removes the file.
runThread<OutputStart>(({ path }, ring) => {
  const file = openSync(path, 'w', 0o600)
  try {
    const written = writeArchive(file, ring)
    fsyncSync(file)
    tell({ type: 'written', written })
  } finally {
    closeSync(file)
  }
})

function writeArchive(file: number, ring: BlockRing): WrittenArchive {
  const md5 = createHash('md5')
  const sha256 = createHash('sha256')
  const blocks: GzipBlock[] = []
  const sums: Uint8Array[] = []
  let sizeBytes = 0
  const write = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    md5.update(bytes)
    sha256.update(bytes)
    sizeBytes += bytes.length
    ring.writtenBytes = sizeBytes
  }
  write(GZIP_HEADER)
  for (let block = 0; ; block++) {
    const compressed = ring.takeCompressed(block)
    if (!compressed) break
    blocks.push({ tarOffset: block * BLOCK_BYTES, gzipOffset: sizeBytes })
    sums.push(ring.sumOf(block).slice())
    write(compressed)
    ring.release(block)
  }
  const { crc, bytes } = ring.tarTotals
  write(gzipTrailer(crc, bytes))
  return {
    sizeBytes,
    md5: md5.digest('hex'),
    sha256: sha256.digest('hex'),
    blocks,
    sums: Buffer.concat(sums),
  }
}
