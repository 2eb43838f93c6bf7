import { ftruncateSync, readSync, writeSync } from '../../env/node/sync-files.ts'

const BLOCK_BYTES = 1 << 20

/** What bringing a copy up to its source found: nothing to write, something, or that the time was over first. */
export type BlocksCopied = 'same' | 'changed' | 'late'

/**
 * Makes `copy` what `source` is, writing only where they differ: a second look at a file that hardly changed costs reading alone. `checkpoint` is
 * called for each MiB; it answers whether there is time left, or throws to stop. Throws the system's errors.
 */
export function copyBlocks(source: number, copy: number, checkpoint: () => boolean): BlocksCopied {
  const wanted = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  const there = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let isSame = true
  let position = 0
  for (;;) {
    if (!checkpoint()) return 'late'
    const read = readSync(source, wanted, 0, BLOCK_BYTES, position)
    const found = readSync(copy, there, 0, BLOCK_BYTES, position)
    const block = wanted.subarray(0, read)
    if (!block.equals(there.subarray(0, found))) {
      isSame = false
      for (let done = 0; done < read; ) done += writeSync(copy, block, done, read - done, position + done)
    }
    position += read
    if (read === 0) break
  }
  ftruncateSync(copy, position)
  return isSame ? 'same' : 'changed'
}
