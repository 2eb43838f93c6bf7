import { hash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from '../../env/node/sync-files.ts'
import { workerData } from '../../env/node/threads.ts'
import { asEverstowError, fromSystemError } from '../../model/errors.ts'
import { createChunkHasher } from '../../repository/crypto/chunk-id.ts'
import { restoreRepoKeys } from '../../repository/crypto/repo-keys.ts'
import { openBlock, openPack } from '../../repository/format/pack-reader.ts'
import { attachChunkIndex } from '../../repository/index/chunk-index.ts'
import { createChunkOpener } from '../../repository/read/open-chunks.ts'
import { serveThread } from '../../repository/upkeep/serve-thread.ts'
import type { PackCheckReply, PackCheckStart, PackCheckWork } from './pack-check-messages.ts'

/** Checks whole packs: their hash, and block by block what is in them. */
const start = workerData as PackCheckStart
const keys = restoreRepoKeys(start.keys)
const index = attachChunkIndex(start.index)
const { blocks } = index
const opener = createChunkOpener(keys, index)
const hasher = createChunkHasher(keys)
const CHUNK_ROW_BYTES = 36
let buffer = Buffer.alloc(0)

/** The file as a whole, in memory that is used again; undefined where there is none. */
function readWhole(path: string): Uint8Array | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fromSystemError(error) ?? error
  }
  try {
    const { size } = fstatSync(file)
    if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(Math.ceil(size / 2 ** 20) * 2 ** 20)
    let end = 0
    for (let count = 1; count > 0 && end < size; end += count)
      count = readSync(file, buffer, end, size - end, end)
    return buffer.subarray(0, end)
  } catch (error) {
    throw fromSystemError(error) ?? error
  } finally {
    closeSync(file)
  }
}

/** Whether every block of a pack holds the chunks that its own table says, and the index knows each of them. */
function isContentGood(bytes: Uint8Array, packNumber: number): boolean {
  const { header, table } = openPack(keys, bytes)
  const cursor = table.cursor()
  while (cursor.next()) {
    const { ordinal, offset, storedLength, plainLength, chunkTable } = cursor
    const plain = openBlock(keys, header, ordinal, bytes.subarray(offset, offset + storedLength), plainLength)
    let at = 0
    for (let row = 0; row < chunkTable.length; row += CHUNK_ROW_BYTES) {
      const length = new DataView(chunkTable.buffer, chunkTable.byteOffset + row + 32, 4).getUint32(0, true)
      const id = hasher.idOf(plain.subarray(at, at + length))
      if (Buffer.compare(id, chunkTable.subarray(row, row + 32)) !== 0) return false
      const slot = index.find(id)
      const block = slot < 0 ? -1 : index.blockOf(slot)
      if (block < 0) return false
      const isHere = blocks.packOf(block) === packNumber && blocks.offsetOf(block) === offset
      if (isHere && (index.offsetOf(slot) !== at || index.lengthOf(slot) !== length)) return false
      at += length
    }
  }
  return true
}

/** The blocks that cannot be read where the index says, or hold something else. */
function badBlocksOf(bytes: Uint8Array, pack: number): number[] {
  const bad: number[] = []
  for (const [block, slots] of contentsOf(pack)) {
    const from = blocks.offsetOf(block)
    try {
      const plain = opener.block(block, bytes.subarray(from, from + blocks.storedBytesOf(block)))
      for (const slot of slots) opener.chunk(slot, plain)
    } catch (error) {
      if (asEverstowError(error).code !== 'data-damaged') throw error
      bad.push(block)
    }
  }
  return bad
}

/** The blocks of a pack with the slots that the index reads from them. It looks at the whole index, which damage is rare enough for. */
function contentsOf(pack: number): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (let block = 0; block < blocks.count; block++) if (blocks.packOf(block) === pack) found.set(block, [])
  for (let slot = 0; slot < index.slots; slot++) found.get(index.blockOf(slot))?.push(slot)
  return found
}

function check(work: PackCheckWork): PackCheckReply {
  const { pack, packId, key } = work
  const { source } = start
  const bytes = work.bytes ?? (source.kind === 'folder' ? readWhole(`${source.folder}/${key}`) : undefined)
  if (!bytes) return { pack, bytes: 0, state: 'missing', badBlocks: undefined }
  const isGood = hash('sha256', bytes, 'hex') === packId && (!start.contents || isContentGood(bytes, pack))
  if (isGood) return { pack, bytes: bytes.length, state: 'good', badBlocks: [] }
  return { pack, bytes: bytes.length, state: 'damaged', badBlocks: badBlocksOf(bytes, pack) }
}

serveThread<PackCheckWork, PackCheckReply>({ run: check })
