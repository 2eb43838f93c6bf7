/** Counters and flags that all threads of a restore share. */
export interface RestoreCounters {
  readonly buffer: SharedArrayBuffer
  addFile(): void
  addBytes(count: number): void
  addRead(count: number): void
  /** Content on the disk; holes are not. */
  readonly files: number
  readonly bytes: number
  readonly bytesRead: number
  /** Asks all threads to stop; each looks between two steps. */
  stop(): void
  readonly isStopped: boolean
}

/** Counters, new or (with their buffer) those of another thread. */
export function restoreCounters(buffer = new SharedArrayBuffer(4 * 8)): RestoreCounters {
  const counts = new BigInt64Array(buffer)
  const get = (at: number) => Number(Atomics.load(counts, at))
  return {
    buffer,
    addFile: () => Atomics.add(counts, 0, 1n),
    addBytes: (count) => Atomics.add(counts, 1, BigInt(count)),
    addRead: (count) => Atomics.add(counts, 2, BigInt(count)),
    get files() {
      return get(0)
    },
    get bytes() {
      return get(1)
    },
    get bytesRead() {
      return get(2)
    },
    stop: () => Atomics.store(counts, 3, 1n),
    get isStopped() {
      return get(3) !== 0
    },
  }
}
