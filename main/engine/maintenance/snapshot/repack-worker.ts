import { nodeRandom } from '../../env/node/node-random.ts'
import { parentPort, workerData } from '../../env/node/threads.ts'
import { asEverstowError } from '../../model/errors.ts'
import { restoreRepoKeys } from '../../repository/crypto/repo-keys.ts'
import { attachChunkIndex } from '../../repository/index/chunk-index.ts'
import { createChunkOpener } from '../../repository/read/open-chunks.ts'
import { folderRangeReader } from '../../repository/read/range-reader.ts'
import { createPackFiles } from '../../repository/upkeep/pack-files.ts'
import { toThreadFailure } from '../../sources/files/thread-failure.ts'
import type { FromRepacker, RepackStart, ToRepacker } from './repack-messages.ts'

/** Copies chunks out of packs into new ones, each proven by its id on the way. */
const start = workerData as RepackStart
const keys = restoreRepoKeys(start.keys)
const index = attachChunkIndex(start.index)
const { blocks, packs } = index
const opener = createChunkOpener(keys, index)
const reader = start.source.kind === 'folder' ? folderRangeReader(start.source.folder, packs) : undefined
const tell = (message: FromRepacker) => parentPort?.postMessage(message)
const files = createPackFiles({
  keys,
  random: nodeRandom,
  folder: start.folder,
  onPack: (file) => tell({ type: 'packed', file }),
})

function copy(pack: number, slots: Int32Array, whole: Uint8Array | undefined): void {
  let block = -1
  let plain = new Uint8Array(0)
  const kind = packs.kindOf(pack)
  for (const slot of slots) {
    if (index.blockOf(slot) !== block) {
      block = index.blockOf(slot)
      const from = blocks.offsetOf(block)
      const to = from + blocks.storedBytesOf(block)
      // A folder answers at once.
      const sealed = whole ? whole.subarray(from, to) : (reader!.read(pack, from, to) as Uint8Array)
      plain = Uint8Array.from(opener.block(block, sealed))
    }
    files.add(kind, index.idAt(slot), opener.chunk(slot, plain))
  }
}

parentPort?.on('message', (message: ToRepacker) => {
  try {
    if (message.type === 'finish') {
      files.finish()
      reader?.close()
      tell({ type: 'finished' })
      parentPort?.close()
      return
    }
    const { pack, slots, bytes } = message
    try {
      copy(pack, slots, bytes)
      tell({ type: 'copied', pack })
    } catch (error) {
      const { code } = asEverstowError(error)
      if (code !== 'data-damaged' && code !== 'object-missing') throw error
      tell({ type: 'copied', pack, failure: toThreadFailure(error) })
    }
  } catch (error) {
    files.abort()
    tell({ type: 'failed', failure: toThreadFailure(error) })
    parentPort?.close()
  }
})
