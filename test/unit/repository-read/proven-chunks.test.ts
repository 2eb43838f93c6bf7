import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createChunkHasher } from '../../../main/engine/repository/crypto/chunk-id.ts'
import { createRepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import { createPackWriter } from '../../../main/engine/repository/format/pack-writer.ts'
import { decodeSegment, encodeSegment } from '../../../main/engine/repository/format/segment.ts'
import { createChunkIndex } from '../../../main/engine/repository/index/chunk-index.ts'
import { addSegment } from '../../../main/engine/repository/read/add-segment.ts'
import { createChunkOpener } from '../../../main/engine/repository/read/open-chunks.ts'

const keys = createRepoKeys(randomBytes(16), { epochs: [{ epoch: 1, key: randomBytes(32) }] })

/** A pack of one chunk under the given id, and the index that finds it. */
function packOf(content: Buffer, id: Uint8Array) {
  const parts: Buffer[] = []
  const write = (bytes: Uint8Array) => void parts.push(Buffer.from(bytes))
  const writer = createPackWriter({ keys, kind: 'data', level: 3, salt: randomBytes(32), write })
  const length = Buffer.alloc(4)
  length.writeUInt32LE(content.length)
  const { offset, storedLength } = writer.addBlock(content, Buffer.concat([id, length]), false)
  const { entry } = writer.finish()
  const index = createChunkIndex(0)
  addSegment(index, decodeSegment(encodeSegment([entry])), 1, () => true)
  const sealed = Buffer.concat(parts).subarray(offset, offset + storedLength)
  return { index, slot: index.find(id), sealed }
}

test('a chunk is what its id says, also where every seal is good', () => {
  const content = randomBytes(1_000)
  const id = createChunkHasher(keys).idOf(content).slice()
  const good = packOf(content, id)
  const opener = createChunkOpener(keys, good.index)
  const plain = opener.block(good.index.blockOf(good.slot), good.sealed)
  expect(Buffer.from(opener.chunk(good.slot, plain)).equals(content)).toBe(true)

  const swapped = packOf(randomBytes(1_000), id)
  const deceived = createChunkOpener(keys, swapped.index)
  const other = deceived.block(swapped.index.blockOf(swapped.slot), swapped.sealed)
  expect(() => deceived.chunk(swapped.slot, other)).toThrow(
    expect.objectContaining({ code: 'data-damaged', data: expect.objectContaining({ reason: 'chunk-id' }) }),
  )
})
