import { EverstowError } from '../../model/errors.ts'

const WORD_BYTES = 4

/** Rows of equal width, as 32-bit words in shared memory that grows in place: what every thread holds stays valid. */
export interface GrowableRows {
  readonly buffer: SharedArrayBuffer
  readonly rowWords: number
}

/**
 * Room for `rows` rows, growable up to `mostRows`. Address space is reserved, memory is not: pages cost when they are written to.
 * Where so much cannot be reserved (a limit on the process), an eighth of it is tried, down to what is needed now: others need
 * address space, too.
 */
export function createRows(rowWords: number, rows: number, mostRows: number): GrowableRows {
  const bytes = rows * rowWords * WORD_BYTES
  for (let most = mostRows; ; most = Math.max(rows, Math.floor(most / 8))) {
    try {
      const buffer = new SharedArrayBuffer(bytes, { maxByteLength: most * rowWords * WORD_BYTES })
      return { buffer, rowWords }
    } catch (error) {
      if (!(error instanceof RangeError) || most <= rows) throw error
    }
  }
}

/** How many rows there is memory for now. */
export function rowCapacity({ buffer, rowWords }: GrowableRows): number {
  return Math.floor(buffer.byteLength / (rowWords * WORD_BYTES))
}

/**
 * Makes room for at least `rows` rows. Any thread may call it at any time: growing is atomic, and one that comes too late with
 * less finds its room made.
 */
export function growRows({ buffer, rowWords }: GrowableRows, rows: number): void {
  const bytes = rows * rowWords * WORD_BYTES
  while (buffer.byteLength < bytes) {
    try {
      buffer.grow(bytes)
    } catch (error) {
      if (buffer.byteLength >= bytes) return
      throw new EverstowError('internal', {
        message: 'the index cannot grow any further',
        data: { rows },
        cause: error,
      })
    }
  }
}

/** All rows that there is memory for, as words. Of fixed length: make it anew after growing. */
export function rowWords({ buffer, rowWords: width }: GrowableRows): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(buffer, 0, rowCapacity({ buffer, rowWords: width }) * width)
}
