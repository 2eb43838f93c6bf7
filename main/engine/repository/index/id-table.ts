import { EverstowError } from '../../model/errors.ts'
import { createRows, type GrowableRows, growRows, rowCapacity, rowWords } from './growable-rows.ts'

/** Words of an id, and where the flags stand after it; the owner's words follow. */
export const ID_WORDS = 8
export const FLAGS_WORD = 8
export const FIRST_OWN_WORD = 9

/** Flag of a row that holds an id; a row without it was reserved by a thread that lost the race for its id. */
export const PRESENT = 1

/** Bits of a bucket for the number of a row, plus one; the other 5 are a part of the id. 134 million rows, 128 TiB at 1 MiB a chunk. */
const SLOT_BITS = 27
const SLOT_MASK = 2 ** SLOT_BITS - 1
/** The most rows that any table can have, and how many it reserves address space for when it expects fewer. */
const MOST_ROWS = SLOT_MASK
const USUAL_MOST_ROWS = 2 ** 26

/** Segments double what is there; 20 of them from `LEAST_ROWS` to `MOST_ROWS`. */
const MOST_SEGMENTS = 32
const LEAST_ROWS = 1024
/** Buckets are filled at most to this part. */
const FULLEST = 0.7

/** Words of the shared header, a cache line apart from one another. */
const NEXT_ROW = 0
const SETTLED_FROM = 16
const HEADER_WORDS = SETTLED_FROM + MOST_SEGMENTS * 16

/** How long to wait for another thread to finish a step that takes a microsecond; it was killed if it did not. */
const SETTLE_PATIENCE_MS = 10_000

/** What another thread needs to use the same table. Plain data and shared memory: pass it to a worker as it is. */
export interface IdTableHandles {
  readonly header: SharedArrayBuffer
  readonly rows: GrowableRows
  readonly buckets: GrowableRows
  /** Rows of the first segment; the sizes of all others follow from it. */
  readonly firstRows: number
  readonly mostRows: number
}

/** A segment: rows [from, to) are found through the buckets [bucketsFrom, bucketsFrom + bucketMask]. */
interface Segment {
  readonly to: number
  readonly rows: number
  readonly bucketsFrom: number
  readonly bucketMask: number
}

/**
 * A set of 32-byte ids with a row of words for each, shared by threads without locks; rows are never moved or removed. README.md says
 * how it grows and why a claim has one winner.
 */
export class IdTable {
  readonly handles: IdTableHandles
  readonly #header: Int32Array
  readonly #width: number
  #words: Uint32Array
  #buckets: Uint32Array
  /** The segments that this thread knows the memory of, and how many rows they hold together. */
  readonly #segments: Segment[] = []
  #known = 0
  /** So many segments, from the first, are known to take no more ids. */
  #settled = 0
  readonly #id = new Uint32Array(ID_WORDS)

  constructor(handles: IdTableHandles) {
    this.handles = handles
    this.#header = new Int32Array(handles.header)
    this.#width = handles.rows.rowWords
    this.#words = rowWords(handles.rows)
    this.#buckets = rowWords(handles.buckets)
    this.#learn()
  }

  /** One more than the highest slot in use. Some of them may be empty: see `isPresent`. */
  get slots(): number {
    return Math.min(Atomics.load(this.#header, NEXT_ROW), this.handles.mostRows)
  }

  isPresent(slot: number): boolean {
    return (this.flags(slot) & PRESENT) !== 0
  }

  /** The slot of the id at `id[offset, offset + 32)`, or −1. */
  find(id: Uint8Array, offset = 0): number {
    this.#load(id, offset)
    return this.#find(0)
  }

  /** The new slot when this call put the id in; `~slot` (negative) when it was there. Of all threads one wins. */
  claim(id: Uint8Array, offset = 0): number {
    this.#load(id, offset)
    const settledBefore = this.#settled
    const found = this.#find(0)
    if (found >= 0) return ~found

    const slot = Atomics.add(this.#header, NEXT_ROW, 1)
    if (slot >= this.handles.mostRows) throw new EverstowError('internal', { message: 'the index is full' })
    const number = this.#segmentOf(slot)
    // Rows of an earlier segment may have been filled since we looked. They cannot be any more once it is settled.
    this.#settle(number)
    const there = number > settledBefore ? this.#find(settledBefore, number) : -1
    const winner = there >= 0 ? there : this.#insert(slot, this.#segments[number] as Segment)
    Atomics.add(this.#header, SETTLED_FROM + number * 16, 1)
    return winner === slot ? slot : ~winner
  }

  /** A copy of the id in a slot. */
  idAt(slot: number): Uint8Array {
    const id = new Uint8Array(32)
    const words = this.words(slot)
    id.set(new Uint8Array(words.buffer, slot * this.#width * 4, 32))
    return id
  }

  get(slot: number, word: number): number {
    return Atomics.load(this.words(slot), slot * this.#width + word)
  }

  set(slot: number, word: number, value: number): void {
    Atomics.store(this.words(slot), slot * this.#width + word, value)
  }

  flags(slot: number): number {
    return this.get(slot, FLAGS_WORD)
  }

  /** Sets flags; true when this call set one that was not set. */
  raise(slot: number, flags: number): boolean {
    return (Atomics.or(this.words(slot), slot * this.#width + FLAGS_WORD, flags) & flags) !== flags
  }

  lower(slot: number, flags: number): void {
    Atomics.and(this.words(slot), slot * this.#width + FLAGS_WORD, ~flags)
  }

  /** All words of all rows, those of `slot` among them. */
  words(slot: number): Uint32Array {
    if (slot >= this.#known) this.#learn()
    return this.#words
  }

  /**
   * Takes over `count` rows whose words somebody put into the memory of a new table, and makes them findable. With `dropEmpty` the
   * rows behind an empty one move up. For one thread, before any other has the handles.
   */
  adopt(count: number, dropEmpty: boolean): void {
    const { bucketsFrom, bucketMask } = this.#segments[0] as Segment
    const words = this.#words
    const buckets = this.#buckets
    const width = this.#width
    let slot = 0
    for (let row = 0; row < count; row++) {
      const from = row * width
      const isPresent = ((words[from + FLAGS_WORD] as number) & PRESENT) !== 0
      if (!isPresent && dropEmpty) continue
      if (slot < row) words.copyWithin(slot * width, from, from + width)
      if (isPresent) {
        // The rest of `#insert`, without anybody to race with and without equal ids to meet.
        const tag = (words[from + 1] as number) >>> SLOT_BITS
        let at = (words[from] as number) & bucketMask
        while (buckets[bucketsFrom + at] !== 0) at = (at + 1) & bucketMask
        buckets[bucketsFrom + at] = (tag << SLOT_BITS) | (slot + 1)
      }
      slot++
    }
    words.fill(0, slot * width, count * width)
    Atomics.store(this.#header, SETTLED_FROM, slot)
    Atomics.store(this.#header, NEXT_ROW, slot)
  }

  #load(id: Uint8Array, offset: number): void {
    if (offset < 0 || offset + 32 > id.length)
      throw new EverstowError('internal', { message: 'an id has 32 bytes' })
    for (let word = 0, at = offset; word < ID_WORDS; word++, at += 4)
      this.#id[word] =
        (id[at] as number) |
        ((id[at + 1] as number) << 8) |
        ((id[at + 2] as number) << 16) |
        ((id[at + 3] as number) << 24)
  }

  /** Looks in the segments [from, to), newest first. */
  #find(from: number, to = this.#segments.length): number {
    if (to === this.#segments.length && Atomics.load(this.#header, NEXT_ROW) > this.#known) {
      this.#learn()
      to = this.#segments.length
    }
    const id = this.#id
    const words = this.#words
    const buckets = this.#buckets
    const width = this.#width
    const tag = (id[1] as number) >>> SLOT_BITS
    for (let number = to - 1; number >= from; number--) {
      const { bucketsFrom, bucketMask } = this.#segments[number] as Segment
      for (let at = (id[0] as number) & bucketMask; ; at = (at + 1) & bucketMask) {
        // A plain read, cheaper than an atomic one: it may miss what another thread is just putting in, as if asked before.
        const bucket = buckets[bucketsFrom + at] as number
        if (bucket === 0) break
        if (bucket >>> SLOT_BITS !== tag) continue
        // The atomic read makes the row, written before its bucket, visible to the comparison.
        const slot = (Atomics.load(buckets, bucketsFrom + at) & SLOT_MASK) - 1
        if (isAt(words, slot * width, id)) return slot
      }
    }
    return -1
  }

  /** Puts the id into its row and the row into the segment's buckets; the slot that holds the id then. */
  #insert(slot: number, { bucketsFrom, bucketMask }: Segment): number {
    const id = this.#id
    const words = this.#words
    const buckets = this.#buckets
    const base = slot * this.#width
    for (let word = 0; word < ID_WORDS; word++) words[base + word] = id[word] as number
    words[base + FLAGS_WORD] = PRESENT
    const tag = (id[1] as number) >>> SLOT_BITS
    const mine = ((tag << SLOT_BITS) | (slot + 1)) >>> 0
    for (let at = (id[0] as number) & bucketMask; ; at = (at + 1) & bucketMask) {
      const bucket =
        Atomics.load(buckets, bucketsFrom + at) || Atomics.compareExchange(buckets, bucketsFrom + at, 0, mine)
      if (bucket === 0) return slot
      if (bucket >>> SLOT_BITS !== tag) continue
      const other = (bucket & SLOT_MASK) - 1
      if (!isAt(words, other * this.#width, id)) continue
      words[base + FLAGS_WORD] = 0
      return other
    }
  }

  /** Waits until the segments before `number` take no more ids. */
  #settle(number: number): void {
    while (this.#settled < number) {
      const word = SETTLED_FROM + this.#settled * 16
      const { rows } = this.#segments[this.#settled] as Segment
      for (let waitedMs = 0; ; waitedMs++) {
        const done = Atomics.load(this.#header, word)
        if (done === rows) break
        if (waitedMs > SETTLE_PATIENCE_MS)
          throw new EverstowError('internal', { message: 'a thread died while it added to the index' })
        Atomics.wait(this.#header, word, done, 1)
      }
      this.#settled++
    }
  }

  /** The number of the segment that a slot belongs to; makes its memory when nobody has yet. */
  #segmentOf(slot: number): number {
    while (slot >= this.#known) {
      const next = segmentAfter(this.handles, this.#segments.at(-1))
      growRows(this.handles.rows, next.to)
      growRows(this.handles.buckets, next.bucketsFrom + next.bucketMask + 1)
      this.#learn()
    }
    let number = this.#segments.length - 1
    while (number > 0 && slot < (this.#segments[number - 1] as Segment).to) number--
    return number
  }

  /** Takes notice of the memory that any thread has made. */
  #learn(): void {
    const rows = rowCapacity(this.handles.rows)
    const buckets = rowCapacity(this.handles.buckets)
    for (;;) {
      const next = segmentAfter(this.handles, this.#segments.at(-1))
      if (next.rows === 0 || next.to > rows || next.bucketsFrom + next.bucketMask + 1 > buckets) break
      this.#segments.push(next)
      this.#known = next.to
    }
    this.#words = rowWords(this.handles.rows)
    this.#buckets = rowWords(this.handles.buckets)
  }
}

function isAt(words: Uint32Array, base: number, id: Uint32Array): boolean {
  for (let word = 0; word < ID_WORDS; word++) if (words[base + word] !== id[word]) return false
  return true
}

/** A table with room for `expectedIds` before it grows, to `mostRows` at most, and `ownWords` words of the owner's in each row. */
export function createIdTable(
  ownWords: number,
  expectedIds: number,
  mostRows = Math.min(Math.max(2 * expectedIds, USUAL_MOST_ROWS), MOST_ROWS),
): IdTable {
  const firstRows = Math.min(Math.max(Math.ceil(expectedIds), LEAST_ROWS), mostRows)
  const { bucketMask } = segmentAfter({ firstRows, mostRows }, undefined)
  return new IdTable({
    header: new SharedArrayBuffer(HEADER_WORDS * 4),
    rows: createRows(FIRST_OWN_WORD + ownWords, firstRows, mostRows),
    // Filled to `FULLEST` and rounded up to powers of two, segments have fewer than three buckets a row.
    buckets: createRows(1, bucketMask + 1, 3 * mostRows),
    firstRows,
    mostRows,
  })
}

/** Each segment after the first has as many rows as all before it. */
function segmentAfter(
  { firstRows, mostRows }: Pick<IdTableHandles, 'firstRows' | 'mostRows'>,
  last: Segment | undefined,
): Segment {
  const from = last ? last.to : 0
  const rows = Math.min(last ? last.to : firstRows, mostRows - from)
  const bucketsFrom = last ? last.bucketsFrom + last.bucketMask + 1 : 0
  return { to: from + rows, rows, bucketsFrom, bucketMask: 2 ** Math.ceil(Math.log2(rows / FULLEST)) - 1 }
}
