import { createHash } from 'node:crypto'
import { deflateBlock, sampleBuffer } from './deflate-block.ts'
import { runThread } from './run-thread.ts'
import type { DeflateStart } from './thread-messages.ts'

// Compresses blocks as they are filled, in no order of its own: the ring keeps the order.
runThread<DeflateStart>(({ level }, ring) => {
  const sample = sampleBuffer()
  for (let job = ring.takeFilled(); job; job = ring.takeFilled()) {
    const sum = createHash('sha256').update(job.bytes).digest()
    const compressed = deflateBlock(job.bytes, level, sample)
    ring.compress(job.block, compressed, sum)
    letGo(compressed)
  }
})

/**
 * Frees a large result at once. Left to the garbage collector they pile up to a hundred megabytes, because it hardly sees them.
 * Small ones may share their memory with other buffers and stay.
 */
function letGo(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength > Buffer.poolSize)
    bytes.buffer.transfer(0)
}
