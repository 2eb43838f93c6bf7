// A backup in a process of its own, to be killed: says `pack` for every pack that is durable.
import { runPipeline } from '../../../main/engine/backup/snapshot/run-pipeline.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeFiles } from '../../../main/engine/env/node/node-files.ts'
import { createRepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import { createChunkIndex } from '../../../main/engine/repository/index/chunk-index.ts'

const [source, sessionFolder, packBytes] = process.argv.slice(2) as [string, string, string]
const keys = createRepoKeys(Buffer.alloc(16, 7), { epochs: [{ epoch: 1, key: Buffer.alloc(32, 9) }] })

await runPipeline(
  {
    sources: [source],
    keys: keys.cloneable,
    index: createChunkIndex(1000).handles(),
    sessionFolder,
    packBytes: Number(packBytes),
    workers: 2,
    onPack: () => process.stdout.write('pack\n'),
  },
  { clock: nodeClock, files: nodeFiles },
)
