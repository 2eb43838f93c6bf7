import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** Of what is alive; usually it may double and more before it is collected. */
const GROWTH_PERCENT = 20

/** For less, collecting more often would cost more than it gives. */
const MANY = 100_000

let isSet = false

/**
 * With so many things in memory the heap of the main thread is from here on collected before it has grown by more than a fifth. For work that holds hundreds of megabytes for
 * minutes: left alone, as much garbage lies beside it. An engine that does not know the setting goes on as before.
 */
export function keepHeapSmall(things: number): void {
  if (isSet || things < MANY) return
  isSet = true
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
}

/** How much of the memory that the calling thread may fill is full, from 0 to 1. Where it comes near 1, the system may end the whole process. */
export function heapFill(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics()
  return used_heap_size / heap_size_limit
}
