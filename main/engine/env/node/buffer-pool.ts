/** Large buffers that are used again, for work that needs one after another. */
export interface BufferPool {
  /** A buffer of this size with anything in it. */
  take(sizeBytes: number): Buffer
  /** Takes a buffer back of which nobody else has a view any more. */
  giveBack(buffer: Buffer): void
}

/** Sizes differ from one buffer to the next: the memory behind them is a multiple of this, of which the system backs what was written to. */
const STEP_BYTES = 32 * 1024 * 1024
/** Smaller ones are not kept. */
const SMALL_BYTES = 4 * 1024 * 1024

/**
 * Makes a pool. What is not in use may be collected at any time, so an idle pool holds no memory. Freed and taken anew from the C library instead, buffers of
 * some 16 MB leave holes in its heap that stay with the process.
 */
export function createBufferPool(): BufferPool {
  let idle: WeakRef<ArrayBufferLike>[] = []
  return {
    take(sizeBytes) {
      if (sizeBytes < SMALL_BYTES) return Buffer.allocUnsafe(sizeBytes)
      const neededBytes = Math.ceil(sizeBytes / STEP_BYTES) * STEP_BYTES
      for (const ref of idle) {
        const memory = ref.deref()
        if (memory && memory.byteLength !== neededBytes) continue
        idle = idle.filter((other) => other !== ref)
        if (memory) return Buffer.from(memory, 0, sizeBytes)
      }
      return Buffer.from(Buffer.allocUnsafeSlow(neededBytes).buffer, 0, sizeBytes)
    },
    giveBack({ buffer }) {
      if (buffer.byteLength >= STEP_BYTES) idle.push(new WeakRef(buffer))
    },
  }
}
