import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { azureConfigOf, createAzureStore } from '../../main/engine/storage/azure/index.ts'
import { retrying } from '../../main/engine/storage/retrying.ts'
import { startAzurite, startFaultProxy } from '../servers/azurite/index.ts'
import { describeObjectStore } from './suite.ts'
import { hurriedClock, MANY_TRIES, MIB, SEED } from './under-test.ts'
import { addWireFaults } from './wire-faults.ts'

const CONTAINER = 'conformance'

async function start(prefix: string) {
  const azurite = await startAzurite()
  await azurite.createContainer(CONTAINER)
  const proxy = await startFaultProxy(azurite.endpoint, Number(SEED))
  const config = {
    ...azureConfigOf({ bucket: CONTAINER, prefix, account: azurite.account, endpoint: proxy.endpoint }),
    partSizeBytes: 2 * MIB,
    stallTimeoutMs: 120_000,
  }
  const credentials = { accountKey: new Secret(azurite.key) }
  const open = () => createAzureStore(config, credentials, { clock: nodeClock, random: nodeRandom })
  const cleanup = async () => {
    await proxy.close()
    await azurite.stop()
  }
  return { proxy, open, cleanup }
}

describeObjectStore(
  'azure',
  async () => {
    const { open, cleanup } = await start('some/prefix')
    return { store: await open(), reopen: open, resumesAboveBytes: 2 * MIB, sortsByUtf16: true, cleanup }
  },
  { histories: 10 },
)

describeObjectStore(
  `azure that fails, retrying (SEED=${SEED})`,
  async () => {
    const { proxy, open, cleanup } = await start('')
    const random = createFakeRandom(SEED)
    const options = { clock: hurriedClock, random, log: silentLog, maxTries: MANY_TRIES }
    const reopen = async () => retrying(await open(), options)
    const store = await reopen()
    addWireFaults(proxy.faults)
    return { store, reopen, disturbed: true, resumesAboveBytes: 2 * MIB, sortsByUtf16: true, cleanup }
  },
  { histories: 8 },
)
