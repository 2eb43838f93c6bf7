/** What each worker counts while it runs. */
const COUNTERS = [
  'files',
  'directories',
  'links',
  'specials',
  'bytes',
  'bytesRead',
  'newBytes',
  'storedBytes',
  'changedFiles',
  'unchangedFiles',
  'databases',
] as const

export type CounterName = (typeof COUNTERS)[number]
export type Counts = Readonly<Record<CounterName, number>>

/**
 * One row of numbers a worker in shared memory: written by that worker alone, read by the main thread at any time, so that progress costs
 * no messages. A number may be read a moment late, never torn by more than one update.
 */
export class Counters {
  readonly buffer: SharedArrayBuffer
  readonly #numbers: Float64Array

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#numbers = new Float64Array(buffer)
  }

  static create(workers: number): Counters {
    return new Counters(new SharedArrayBuffer(workers * COUNTERS.length * 8))
  }

  /** The row of one worker: index it by the position of a name in `COUNTERS`. */
  rowOf(worker: number): CounterRow {
    return new CounterRow(this.#numbers.subarray(worker * COUNTERS.length, (worker + 1) * COUNTERS.length))
  }

  /** All workers together. */
  total(): Counts {
    const sums = COUNTERS.map((_, column) => {
      let sum = 0
      for (let at = column; at < this.#numbers.length; at += COUNTERS.length)
        sum += this.#numbers[at] as number
      return sum
    })
    return Object.fromEntries(COUNTERS.map((name, column) => [name, sums[column]])) as unknown as Counts
  }
}

const COLUMNS = Object.fromEntries(COUNTERS.map((name, column) => [name, column])) as Record<
  CounterName,
  number
>

/** The counters of one worker. */
export class CounterRow {
  readonly #numbers: Float64Array

  constructor(numbers: Float64Array) {
    this.#numbers = numbers
  }

  add(name: CounterName, amount: number): void {
    const column = COLUMNS[name]
    this.#numbers[column] = (this.#numbers[column] as number) + amount
  }
}
