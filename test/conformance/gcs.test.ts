import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { createGcsStore, gcsConfigOf } from '../../main/engine/storage/gcs/index.ts'
import { retrying } from '../../main/engine/storage/retrying.ts'
import { startGcsServer } from '../servers/gcs/index.ts'
import { describeObjectStore } from './suite.ts'
import { hurriedClock, MANY_TRIES, MIB, SEED } from './under-test.ts'
import { addWireFaults } from './wire-faults.ts'

const BUCKET = 'conformance'

async function start(prefix: string) {
  const server = await startGcsServer({ buckets: [BUCKET], pageLimit: 60, seed: Number(SEED) })
  const config = {
    ...gcsConfigOf({ bucket: BUCKET, prefix, endpoint: server.endpoint }),
    partSizeBytes: 2 * MIB,
    stallTimeoutMs: 120_000,
  }
  const credentials = { serviceAccountJson: new Secret(JSON.stringify(server.serviceAccount)) }
  const open = () => createGcsStore(config, credentials, { clock: nodeClock, random: nodeRandom })
  return { server, open }
}

describeObjectStore('gcs', async () => {
  const { server, open } = await start('some/prefix')
  return { store: await open(), reopen: open, resumesAboveBytes: 2 * MIB, cleanup: () => server.close() }
})

describeObjectStore(
  `gcs that fails, retrying (SEED=${SEED})`,
  async () => {
    const { server, open } = await start('')
    const random = createFakeRandom(SEED)
    const options = { clock: hurriedClock, random, log: silentLog, maxTries: MANY_TRIES }
    const reopen = async () => retrying(await open(), options)
    const store = await reopen()
    addWireFaults(server.faults)
    return { store, reopen, disturbed: true, resumesAboveBytes: 2 * MIB, cleanup: () => server.close() }
  },
  { histories: 15 },
)
