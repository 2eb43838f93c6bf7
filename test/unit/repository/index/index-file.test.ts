import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeRandom } from '../../../../main/engine/env/node/node-random.ts'
import { type ChunkIndex, createChunkIndex } from '../../../../main/engine/repository/index/chunk-index.ts'
import { loadIndex, saveIndex } from '../../../../main/engine/repository/index/index-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstow-index-'))
  path = join(folder, 'chunks.index')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const idOf = (number: number) => new Uint8Array(createHash('sha256').update(`chunk ${number}`).digest())
const save = (index: ChunkIndex, stateKey = 'log 12 abc') =>
  saveIndex(index, path, { stateKey, random: nodeRandom })

/** Chunks 0 … count − 1, four to a block, a hundred blocks to a pack. */
function indexOf(count: number): ChunkIndex {
  const index = createChunkIndex(count)
  for (let number = 0; number < count; number++) {
    if (number % 400 === 0)
      index.packs.put(idOf(-number - 1), {
        beganAt: number,
        epoch: 2,
        kind: 'data',
        sizeBytes: 5,
        salt: idOf(number),
      })
    if (number % 4 === 0) index.blocks.append(Math.floor(number / 400), number, 16, 17)
    index.setLocation(index.claim(idOf(number)), Math.floor(number / 4), number % 4, number + 1)
  }
  return index
}

function expectChunks(index: ChunkIndex, count: number, from = 0): void {
  let wrong = 0
  for (let number = from; number < count; number++) {
    const slot = index.find(idOf(number))
    const block = slot < 0 ? -1 : index.blockOf(slot)
    const isRight =
      block === Math.floor(number / 4) &&
      index.offsetOf(slot) === number % 4 &&
      index.lengthOf(slot) === number + 1 &&
      index.blocks.packOf(block) === Math.floor(number / 400) &&
      Buffer.from(index.idAt(slot)).equals(idOf(number))
    if (!isRight) wrong++
  }
  expect(wrong).toBe(0)
  expect(index.find(idOf(count + 1))).toBe(-1)
}

test('what is saved is loaded, and grows on', () => {
  save(indexOf(30_000), 'log 000000000012 – ü')
  const loaded = loadIndex(path, 10)
  expect(loaded?.stateKey).toBe('log 000000000012 – ü')
  const index = loaded?.index as ChunkIndex
  expect([index.slots, index.blocks.count, index.packs.numbers]).toEqual([30_000, 7_500, 75])
  expectChunks(index, 30_000)
  expect(index.packs.find(idOf(-401))).toBe(1)
  expect([index.packs.beganAt(1), index.packs.epochOf(1), index.packs.stateOf(1)]).toEqual([400, 2, 'live'])
  expect(index.packs.saltOf(1)).toEqual(idOf(400))

  for (let number = 50_000; number < 120_000; number++)
    expect(index.claim(idOf(number))).toBe(number - 20_000)
  expect(index.claim(idOf(7))).toBe(~index.find(idOf(7)))
  expect(index.blocks.append(1, 2, 3, 4)).toBe(7_500)
  expect(
    index.packs.put(idOf(-7), { beganAt: 1, epoch: 1, kind: 'trees', sizeBytes: 1, salt: idOf(1) }),
  ).toBe(75)
})

test('an empty index is an index', () => {
  save(createChunkIndex(0), '')
  const loaded = loadIndex(path)
  expect([loaded?.stateKey, loaded?.index.slots, loaded?.index.blocks.count]).toEqual(['', 0, 0])
  expect(loaded?.index.claim(idOf(1))).toBe(0)
})

test('chunks that were claimed and never stored are left out, and the session is forgotten', () => {
  const index = indexOf(1000)
  for (let number = 5000; number < 6000; number++) index.claim(idOf(number))
  const late = index.claim(idOf(1000))
  index.setLocation(late, 250, 0, 1001)
  index.blocks.append(2, 1000, 16, 17)
  for (const number of [3, 4]) index.markUsedBySession(index.find(idOf(number)))
  index.markOwn(index.find(idOf(4)))
  index.setLost(index.find(idOf(4)), true)
  save(index)
  // Saving does not touch what is in memory.
  expect([index.isOwn(index.find(idOf(4))), index.find(idOf(5500))]).toEqual([true, 1500])

  const again = loadIndex(path)?.index as ChunkIndex
  expect(again.slots).toBe(1001)
  expectChunks(again, 1001)
  expect(again.find(idOf(5500))).toBe(-1)
  const [three, four] = [again.find(idOf(3)), again.find(idOf(4))]
  expect([again.isUsedBySession(three), again.isOwn(four), again.isLost(three), again.isLost(four)]).toEqual([
    false,
    false,
    false,
    true,
  ])
  expect(again.claim(idOf(5500))).toBe(1001)
})

test('a file that is not there, is no file, or is something else is no index', () => {
  expect(loadIndex(path)).toBeUndefined()
  mkdirSync(path)
  expect(loadIndex(path)).toBeUndefined()
  rmSync(path, { recursive: true })
  for (const other of ['', 'x', '{"chunks":[]}', 'x'.repeat(10_000)]) {
    writeFileSync(path, other)
    expect(loadIndex(path)).toBeUndefined()
  }
})

test('no byte can be changed, no end cut off and nothing added unseen', () => {
  save(indexOf(5))
  const sound = readFileSync(path)
  expect(loadIndex(path)?.index.slots).toBe(5)
  const isIndex = (bytes: Uint8Array) => {
    writeFileSync(path, bytes)
    return loadIndex(path) !== undefined
  }
  const unseen: string[] = []
  for (let at = 0; at < sound.length; at++) {
    const flipped = Buffer.from(sound)
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
    if (isIndex(flipped)) unseen.push(`changed at ${at}`)
    if (isIndex(sound.subarray(0, at))) unseen.push(`cut at ${at}`)
  }
  if (isIndex(Buffer.concat([sound, Buffer.alloc(1)]))) unseen.push('one byte more')
  expect(unseen).toEqual([])
  expect(isIndex(sound)).toBe(true)
})

test('counts that would ask for all memory are not believed', () => {
  save(indexOf(5))
  const bytes = readFileSync(path)
  for (const word of [2, 3, 4]) {
    const damaged = Buffer.from(bytes)
    damaged.writeUInt32LE(0xffffffff, word * 4)
    writeFileSync(path, damaged)
    expect(loadIndex(path)).toBeUndefined()
  }
})

test('saving replaces the file as a whole and leaves nothing beside it', () => {
  save(indexOf(5), 'one')
  save(indexOf(6), 'two')
  expect(loadIndex(path)?.stateKey).toBe('two')
  expect(readdirSync(folder)).toEqual(['chunks.index'])
})

test('saving that fails leaves the old file, and says why', () => {
  save(indexOf(5), 'one')
  const missing = join(folder, 'nowhere', 'chunks.index')
  expect(() => saveIndex(indexOf(5), missing, { stateKey: '', random: nodeRandom })).toThrow()
  // A folder cannot be replaced by a file.
  mkdirSync(join(folder, 'taken'))
  writeFileSync(join(folder, 'taken', 'x'), '')
  expect(() => saveIndex(indexOf(5), join(folder, 'taken'), { stateKey: '', random: nodeRandom })).toThrow()
  expect(readdirSync(folder).sort()).toEqual(['chunks.index', 'taken'])
  expect(loadIndex(path)?.stateKey).toBe('one')
})
