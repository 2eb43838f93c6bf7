/** A number for each row; 0 where none was set. */
export interface Column {
  get(at: number): number
  set(at: number, value: number): void
}

type Numbers = Int32Array | Uint32Array | Float64Array | Uint8Array

const FIRST_ROWS = 16

/** Grows with the rows that are set. What does not fit the kind of its numbers is cut, as everywhere in typed arrays. */
export function createColumn(kind: new (length: number) => Numbers): Column {
  let numbers = new kind(FIRST_ROWS)
  return {
    get: (at) => (at < numbers.length ? (numbers[at] as number) : 0),
    set(at, value) {
      if (at >= numbers.length) {
        const larger = new kind(Math.max(at + 1, numbers.length * 2))
        larger.set(numbers)
        numbers = larger
      }
      numbers[at] = value
    },
  }
}

/** Lists of rows: each row is in one at most. */
export interface Chains {
  add(list: number, row: number): void
  remove(list: number, row: number): void
  /** The first row of a list; -1 where it is empty. */
  first(list: number): number
  /** The row after this one; -1 after the last. */
  after(row: number): number
}

export function createChains(): Chains {
  /** Rows and one more: 0 is none. */
  const first = createColumn(Int32Array)
  const next = createColumn(Int32Array)
  const previous = createColumn(Int32Array)
  return {
    add(list, row) {
      const after = first.get(list)
      next.set(row, after)
      previous.set(row, 0)
      if (after > 0) previous.set(after - 1, row + 1)
      first.set(list, row + 1)
    },
    remove(list, row) {
      const [before, after] = [previous.get(row), next.get(row)]
      if (before > 0) next.set(before - 1, after)
      else first.set(list, after)
      if (after > 0) previous.set(after - 1, before)
    },
    first: (list) => first.get(list) - 1,
    after: (row) => next.get(row) - 1,
  }
}
