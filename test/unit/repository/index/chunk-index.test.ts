import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  attachChunkIndex,
  type ChunkIndex,
  createChunkIndex,
} from '../../../../main/engine/repository/index/chunk-index.ts'
import {
  createRows,
  growRows,
  rowCapacity,
  rowWords,
} from '../../../../main/engine/repository/index/growable-rows.ts'
import { createIdTable } from '../../../../main/engine/repository/index/id-table.ts'

const idOf = (number: number) => new Uint8Array(createHash('sha256').update(`chunk ${number}`).digest())

test('a chunk is claimed once, then found', () => {
  const index = createChunkIndex(10)
  expect(index.find(idOf(1))).toBe(-1)
  const slot = index.claim(idOf(1))
  expect(slot).toBeGreaterThanOrEqual(0)
  expect(index.claim(idOf(1))).toBe(~slot)
  expect(index.find(idOf(1))).toBe(slot)
  expect(index.find(idOf(2))).toBe(-1)
  expect(index.idAt(slot)).toEqual(idOf(1))
  expect([index.slots, index.isPresent(slot)]).toEqual([1, true])
})

test('an id is read at its offset, however it is aligned, and must be whole', () => {
  const index = createChunkIndex(10)
  const slot = index.claim(idOf(1))
  for (let offset = 0; offset < 9; offset++) {
    const bytes = new Uint8Array(50).fill(255)
    bytes.set(idOf(1), offset)
    expect(index.find(bytes, offset)).toBe(slot)
  }
  expect(() => index.find(idOf(1), 1)).toThrow(/32 bytes/)
  expect(() => index.claim(idOf(1).subarray(1))).toThrow(/32 bytes/)
  expect(() => index.claim(idOf(1), -1)).toThrow(/32 bytes/)
})

test('ids that differ in one bit, wherever it is, are different chunks', () => {
  const index = createChunkIndex(10)
  const slots = new Set([index.claim(idOf(1))])
  for (let bit = 0; bit < 256; bit++) {
    const id = idOf(1)
    id[bit >> 3] = (id[bit >> 3] as number) ^ (1 << (bit & 7))
    const slot = index.claim(id)
    expect(slot).toBeGreaterThanOrEqual(0)
    slots.add(slot)
    expect(index.idAt(slot)).toEqual(id)
  }
  expect(slots.size).toBe(257)
})

test('ids that share a bucket and its mark are told apart', () => {
  const index = createChunkIndex(10)
  const ids = Array.from({ length: 500 }, (_, number) => {
    const id = new Uint8Array(32).fill(255)
    new DataView(id.buffer).setUint32(28, number)
    return id
  })
  const slots = ids.map((id) => index.claim(id))
  expect(new Set(slots).size).toBe(500)
  expect(ids.map((id) => index.find(id))).toEqual(slots)
  expect(index.find(new Uint8Array(32).fill(255))).toBe(-1)
  // The empty id is an id.
  expect(index.find(new Uint8Array(32))).toBe(-1)
  const zero = index.claim(new Uint8Array(32))
  expect(index.find(new Uint8Array(32))).toBe(zero)
})

test('a chunk has no place until it is told one', () => {
  const index = createChunkIndex(10)
  const slot = index.claim(idOf(1))
  expect(index.blockOf(slot)).toBe(-1)
  index.setLocation(slot, 0, 5, 7)
  expect([index.blockOf(slot), index.offsetOf(slot), index.lengthOf(slot)]).toEqual([0, 5, 7])
  index.setLocation(slot, 4_000_000_000, 4_294_967_295, 4_194_304)
  expect([index.blockOf(slot), index.offsetOf(slot), index.lengthOf(slot)]).toEqual([
    4_000_000_000, 4_294_967_295, 4_194_304,
  ])
})

test('flags are of one chunk, tell who was first, and end with the session', () => {
  const index = createChunkIndex(10)
  const [one, two] = [index.claim(idOf(1)), index.claim(idOf(2))]
  const flags = (slot: number) => [index.isLost(slot), index.isUsedBySession(slot), index.isOwn(slot)]
  expect(flags(one)).toEqual([false, false, false])
  expect([index.markUsedBySession(one), index.markUsedBySession(one)]).toEqual([true, false])
  expect(flags(one)).toEqual([false, true, false])
  expect([index.markOwn(one), index.markOwn(one)]).toEqual([true, false])
  index.setLost(one, true)
  expect(flags(one)).toEqual([true, true, true])
  expect(flags(two)).toEqual([false, false, false])
  index.endSession()
  expect(flags(one)).toEqual([true, false, false])
  index.setLost(one, false)
  expect(flags(one)).toEqual([false, false, false])
  expect(index.isPresent(one)).toBe(true)
})

/** Everything an index says about a chunk, or nothing. */
function told(index: ChunkIndex, number: number) {
  const slot = index.find(idOf(number))
  return slot < 0 ? undefined : [index.blockOf(slot), index.offsetOf(slot), index.isLost(slot)]
}

test('says what a Map would say, through two attachments that take turns and grow past each other', () => {
  const first = createChunkIndex(1)
  const second = attachChunkIndex(structuredClone(first.handles()))
  const model = new Map<number, unknown[]>()
  let state = 7
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let step = 0; step < 60_000; step++) {
    const [index, other] = draw(2) === 0 ? [first, second] : [second, first]
    const number = draw(20_000)
    const claimed = index.claim(idOf(number))
    expect(claimed < 0).toBe(model.has(number))
    if (claimed >= 0) {
      const [block, offset, lost] = [draw(1000), draw(1000), draw(2) === 0]
      index.setLocation(claimed, block, offset, 1)
      index.setLost(claimed, lost)
      model.set(number, [block, offset, lost])
    }
    const asked = draw(20_000)
    expect(told(other, asked)).toEqual(model.get(asked))
  }
  expect(first.slots).toBe(model.size)
})

test('who only looks sees what others add after growing', () => {
  const ours = createChunkIndex(1)
  const theirs = attachChunkIndex(structuredClone(ours.handles()))
  for (let number = 0; number < 10_000; number++) {
    const slot = ours.claim(idOf(number))
    expect(theirs.find(idOf(number))).toBe(slot)
  }
})

test('a table that is full says so and still answers', () => {
  const table = createIdTable(0, 1, 3000)
  for (let number = 0; number < 3000; number++) expect(table.claim(idOf(number))).toBe(number)
  expect(() => table.claim(idOf(3000))).toThrow(/full/)
  expect(() => table.claim(idOf(3001))).toThrow(/full/)
  expect([table.claim(idOf(5)), table.find(idOf(2999)), table.find(idOf(3000)), table.slots]).toEqual([
    ~5,
    2999,
    -1,
    3000,
  ])
})

test('memory that cannot be reserved is asked for in smaller parts', () => {
  const rows = createRows(2, 100, 2 ** 47)
  growRows(rows, 5_000)
  growRows(rows, 1_000)
  expect(rowCapacity(rows)).toBe(5_000)
  expect(rowWords(rows).length).toBe(10_000)
  expect(() => growRows(rows, 2 ** 47)).toThrow(/cannot grow/)
})

describe('blocks', () => {
  test('keep what they are told, beyond the first growths', () => {
    const { blocks } = createChunkIndex(1)
    for (let number = 0; number < 20_000; number++)
      expect(blocks.append(number % 7, number, number + 16, number + 1)).toBe(number)
    expect(blocks.count).toBe(20_000)
    for (let block = 0; block < 20_000; block++)
      expect([
        blocks.packOf(block),
        blocks.offsetOf(block),
        blocks.storedBytesOf(block),
        blocks.plainBytesOf(block),
      ]).toEqual([block % 7, block, block + 16, block + 1])
  })

  test('of another attachment are seen, even those beyond what this one knew', () => {
    const ours = createChunkIndex(1)
    const theirs = attachChunkIndex(structuredClone(ours.handles()))
    for (let number = 0; number < 10_000; number++) theirs.blocks.append(1, number, 2, 3)
    expect([ours.blocks.count, ours.blocks.offsetOf(9_999)]).toEqual([10_000, 9_999])
  })
})

describe('packs', () => {
  const facts = (number: number) => ({
    beganAt: number,
    epoch: 1 + (number % 3),
    kind: number % 2 === 0 ? ('data' as const) : ('trees' as const),
    sizeBytes: 16_000_000 + number,
    // Not at the start of its memory.
    salt: Buffer.concat([Buffer.from('x'), idOf(number + 1000)]).subarray(1),
  })

  test('keep what they are told, and are found by id', () => {
    const { packs } = createChunkIndex(1)
    for (let number = 0; number < 10_000; number++)
      expect(packs.put(idOf(number), facts(number))).toBe(number)
    for (const pack of [0, 1, 4_999, 9_999]) {
      const { salt, ...rest } = facts(pack)
      expect({
        beganAt: packs.beganAt(pack),
        epoch: packs.epochOf(pack),
        kind: packs.kindOf(pack),
        sizeBytes: packs.sizeBytesOf(pack),
      }).toEqual(rest)
      expect(packs.saltOf(pack)).toEqual(new Uint8Array(salt))
      expect(packs.idOf(pack)).toEqual(idOf(pack))
      expect(packs.find(idOf(pack))).toBe(pack)
      expect([packs.stateOf(pack), packs.isPresent(pack)]).toEqual(['live', true])
    }
    expect([packs.numbers, packs.find(idOf(10_000))]).toEqual([10_000, -1])
  })

  test('change their state, and live again when they are put again', () => {
    const { packs } = createChunkIndex(1)
    const [one, two] = [packs.put(idOf(1), facts(1)), packs.put(idOf(2), facts(2))]
    packs.setState(one, 'swept')
    expect([packs.stateOf(one), packs.stateOf(two)]).toEqual(['swept', 'live'])
    packs.setState(one, 'gone')
    expect(packs.stateOf(one)).toBe('gone')
    expect(packs.put(idOf(1), facts(9))).toBe(one)
    expect([packs.stateOf(one), packs.beganAt(one), packs.numbers]).toEqual(['live', 9, 2])
  })
})
