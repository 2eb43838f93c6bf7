import { freeBuffer } from '../../env/node/free-buffer.ts'
import { nodeRandom } from '../../env/node/node-random.ts'
import { threadStart } from '../../env/node/start-threads.ts'
import { asEverstowError } from '../../model/errors.ts'
import { restoreRepoKeys } from '../../repository/crypto/repo-keys.ts'
import { attachChunkIndex } from '../../repository/index/chunk-index.ts'
import { createChunkOpener } from '../../repository/read/open-chunks.ts'
import { folderRangeReader } from '../../repository/read/range-reader.ts'
import { createPackFiles, type PackFile } from '../../repository/upkeep/pack-files.ts'
import { serveThread } from '../../repository/upkeep/serve-thread.ts'
import type { RepackReply, RepackStart, RepackWork } from './repack-messages.ts'

/** Copies chunks out of packs into new ones, each proven by its id on the way. */
const start = await threadStart<RepackStart>()
const keys = restoreRepoKeys(start.keys)
const index = attachChunkIndex(start.index)
const { blocks, packs } = index
const opener = createChunkOpener(keys, index)
const reader = start.source.kind === 'folder' ? folderRangeReader(start.source.folder, packs) : undefined
let onPack = (_file: PackFile): void => {}
const files = createPackFiles({
  keys,
  random: nodeRandom,
  folder: start.folder,
  onPack: (file) => onPack(file),
})

function copy({ pack, slots, bytes }: RepackWork): void {
  let block = -1
  let plain: Uint8Array = new Uint8Array(0)
  const kind = packs.kindOf(pack)
  for (const slot of slots) {
    if (index.blockOf(slot) !== block) {
      block = index.blockOf(slot)
      const from = blocks.offsetOf(block)
      const to = from + blocks.storedBytesOf(block)
      // A folder answers at once.
      const sealed = bytes ? bytes.subarray(from, to) : (reader!.read(pack, from, to) as Uint8Array)
      freeBuffer(plain)
      plain = opener.block(block, sealed)
    }
    files.add(kind, index.idAt(slot), opener.chunk(slot, plain))
  }
  freeBuffer(plain)
}

serveThread<RepackWork, RepackReply>({
  run(work, tell) {
    onPack = (file) => tell({ type: 'packed', file })
    const { pack } = work
    try {
      copy(work)
      return { type: 'copied', pack, isDamaged: false }
    } catch (error) {
      const { code } = asEverstowError(error)
      if (code !== 'data-damaged' && code !== 'object-missing') throw error
      return { type: 'copied', pack, isDamaged: true }
    }
  },
  finish(tell) {
    onPack = (file) => tell({ type: 'packed', file })
    files.finish()
    reader?.close()
  },
  abort: () => files.abort(),
})
