import { createHash, type Hash } from 'node:crypto'
import { freeBuffer } from '../../env/node/free-buffer.ts'
import { threadStart } from '../../env/node/start-threads.ts'
import { asEverstowError } from '../../model/errors.ts'
import { createChunkHasher } from '../../repository/crypto/chunk-id.ts'
import { restoreRepoKeys } from '../../repository/crypto/repo-keys.ts'
import { CHUNK_ROW_BYTES } from '../../repository/format/block-table.ts'
import { PACK_HEADER_BYTES, TRAILER_LENGTH_BYTES } from '../../repository/format/pack-layout.ts'
import { openBlock, openTrailer, readPackHeader, trailerRange } from '../../repository/format/pack-reader.ts'
import { attachChunkIndex } from '../../repository/index/chunk-index.ts'
import { createChunkOpener } from '../../repository/read/open-chunks.ts'
import { serveThread } from '../../repository/upkeep/serve-thread.ts'
import { createPackOpener, type PackBytes, packInMemory } from './pack-bytes.ts'
import type { PackCheckReply, PackCheckStart, PackCheckWork } from './pack-check-messages.ts'

/** Checks whole packs: their hash, and block by block what is in them. */
const start = await threadStart<PackCheckStart>()
const keys = restoreRepoKeys(start.keys)
const index = attachChunkIndex(start.index)
const { blocks } = index
const opener = createChunkOpener(keys, index)
const hasher = createChunkHasher(keys)
const openPackFile = createPackOpener()
/** As much as is read at a time where only the hash is wanted. */
const PIECE_BYTES = 1024 * 1024

/** Adds the bytes from `from` on to a hash; together with what is there already it is then the hash of the pack. */
function addRest(digest: Hash, pack: PackBytes, from: number): string {
  for (let at = from; at < pack.sizeBytes; at += PIECE_BYTES)
    digest.update(pack.read(at, Math.min(at + PIECE_BYTES, pack.sizeBytes)))
  return digest.digest('hex')
}

/** Whether the chunks that a row of the pack's own table promises lie in a block, and where the index looks for those it reads from here. */
function areChunksGood(
  plain: Uint8Array,
  chunkTable: Uint8Array,
  packNumber: number,
  offset: number,
): boolean {
  const rows = new DataView(chunkTable.buffer, chunkTable.byteOffset, chunkTable.byteLength)
  let at = 0
  for (let row = 0; row < chunkTable.length; row += CHUNK_ROW_BYTES) {
    const length = rows.getUint32(row + 32, true)
    const id = hasher.idOf(plain.subarray(at, at + length))
    if (Buffer.compare(id, chunkTable.subarray(row, row + 32)) !== 0) return false
    const slot = index.find(id)
    const block = slot < 0 ? -1 : index.blockOf(slot)
    if (block < 0) return false
    const isHere = blocks.packOf(block) === packNumber && blocks.offsetOf(block) === offset
    if (isHere && (index.offsetOf(slot) !== at || index.lengthOf(slot) !== length)) return false
    at += length
  }
  return true
}

/**
 * Whether a pack has the hash it is named by, and every block of it holds the chunks that its own table says and the index knows each of them. Each byte is
 * read once, except for those of the trailer.
 */
function isGood(pack: PackBytes, packId: string, packNumber: number): boolean {
  const digest = createHash('sha256')
  if (!start.contents) return addRest(digest, pack, 0) === packId
  const { sizeBytes } = pack
  const trailer = trailerRange(pack.read(sizeBytes - TRAILER_LENGTH_BYTES, sizeBytes), sizeBytes)
  const head = pack.read(0, PACK_HEADER_BYTES)
  digest.update(head)
  const header = readPackHeader(head)
  // Damage can name a key that nobody has.
  if (header.epoch !== index.packs.epochOf(packNumber)) return false
  const table = openTrailer(keys, header, pack.read(trailer.start, trailer.end), sizeBytes)
  const cursor = table.cursor()
  // Blocks lie one after another from the header on: the table was checked for that.
  while (cursor.next()) {
    const { ordinal, offset, storedLength, plainLength, chunkTable } = cursor
    const sealed = pack.read(offset, offset + storedLength)
    digest.update(sealed)
    const plain = openBlock(keys, header, ordinal, sealed, plainLength)
    if (!areChunksGood(plain, chunkTable, packNumber, offset)) return false
    freeBuffer(plain)
  }
  return addRest(digest, pack, table.blocksEnd) === packId
}

/** The blocks that cannot be read where the index says, or hold something else. */
function badBlocksOf(bytes: PackBytes, pack: number): number[] {
  const bad: number[] = []
  for (const [block, slots] of contentsOf(pack)) {
    const from = blocks.offsetOf(block)
    const isBad = isDamaged(() => {
      const plain = opener.block(block, bytes.read(from, from + blocks.storedBytesOf(block)))
      for (const slot of slots) opener.chunk(slot, plain)
      return false
    })
    if (isBad) bad.push(block)
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

/** What a look says; true as well when the bytes it looks at are damaged. */
function isDamaged(look: () => boolean): boolean {
  try {
    return look()
  } catch (error) {
    if (asEverstowError(error).code !== 'data-damaged') throw error
    return true
  }
}

function open({ bytes, key }: PackCheckWork): PackBytes | undefined {
  if (bytes) return packInMemory(bytes)
  return start.source.kind === 'folder' ? openPackFile(`${start.source.folder}/${key}`) : undefined
}

function check(work: PackCheckWork): PackCheckReply {
  const { pack, packId } = work
  const stored = open(work)
  if (!stored) return { pack, bytes: 0, state: 'missing', badBlocks: undefined }
  try {
    const { sizeBytes } = stored
    if (!isDamaged(() => !isGood(stored, packId, pack)))
      return { pack, bytes: sizeBytes, state: 'good', badBlocks: [] }
    return { pack, bytes: sizeBytes, state: 'damaged', badBlocks: badBlocksOf(stored, pack) }
  } finally {
    stored.close()
  }
}

serveThread<PackCheckWork, PackCheckReply>({ run: check })
