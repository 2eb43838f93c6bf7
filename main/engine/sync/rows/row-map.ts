import { createColumn } from './columns.ts'
import type { CountedTexts } from './counted-texts.ts'

/** What a map keeps of each thing, in columns. */
export interface Rows<One> {
  /** Of a row that is new, or has another thing. */
  write(row: number, one: One): void
  read(row: number): One
  /** Gives back what it counts. */
  erase(row: number): void
}

/** A map whose things lie in columns: each is made when it is asked for. Its order is that of the numbers of its keys. */
export interface RowMap<One> extends ReadonlyMap<string, One> {
  set(key: string, one: One): void
  delete(key: string): void
  clear(): void
  /** Of a key; -1 where it is not there. */
  rowOf(key: string): number
}

/** `keys` may serve other maps, too: they then have the same rows. */
export function createRowMap<One>(keys: CountedTexts, rows: Rows<One>): RowMap<One> {
  const isThere = createColumn(Uint8Array)
  let size = 0

  const rowOf = (key: string): number => {
    const row = keys.find(key)
    return row >= 0 && isThere.get(row) === 1 ? row : -1
  }
  const remove = (row: number): void => {
    rows.erase(row)
    isThere.set(row, 0)
    size--
    keys.drop(row)
  }
  function* each<Part>(part: (row: number) => Part): Generator<Part, undefined> {
    for (let row = 0; row < keys.limit; row++) if (isThere.get(row) === 1) yield part(row)
    return undefined
  }
  const entries = () => each((row): [string, One] => [keys.at(row), rows.read(row)])
  const map: RowMap<One> = {
    get size() {
      return size
    },
    rowOf,
    has: (key) => rowOf(key) >= 0,
    get(key) {
      const row = rowOf(key)
      return row < 0 ? undefined : rows.read(row)
    },
    set(key, one) {
      const known = rowOf(key)
      const row = known < 0 ? keys.keep(key) : known
      rows.write(row, one)
      if (known >= 0) return
      isThere.set(row, 1)
      size++
    },
    delete(key) {
      const row = rowOf(key)
      if (row >= 0) remove(row)
    },
    clear() {
      for (let row = 0; size > 0; row++) if (isThere.get(row) === 1) remove(row)
    },
    keys: () => each(keys.at),
    values: () => each(rows.read),
    entries,
    [Symbol.iterator]: entries,
    forEach(act) {
      for (const [key, one] of entries()) act(one, key, map)
    },
  }
  return map
}
