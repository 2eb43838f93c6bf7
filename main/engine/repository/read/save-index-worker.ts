import { nodeRandom } from '../../env/node/node-random.ts'
import { workerData } from '../../env/node/threads.ts'
import { attachChunkIndex, type IndexHandles } from '../index/chunk-index.ts'
import { saveIndex } from '../index/index-file.ts'

/** The program of a thread that writes a large index into its flat file. */
const { handles, path, stateKey } = workerData as {
  readonly handles: IndexHandles
  readonly path: string
  readonly stateKey: string
}
saveIndex(attachChunkIndex(handles), path, { stateKey, random: nodeRandom })
