import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { retrying } from '../../main/engine/storage/retrying.ts'
import { createS3Store, s3ConfigOf } from '../../main/engine/storage/s3/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { describeObjectStore } from './suite.ts'
import { hurriedClock, MANY_TRIES, MIB, SEED } from './under-test.ts'
import { addWireFaults } from './wire-faults.ts'

const credentials = {
  accessKeyId: new Secret(TEST_CREDENTIAL.accessKeyId),
  secretAccessKey: new Secret(TEST_CREDENTIAL.secretAccessKey),
}

/** The service takes no smaller parts than 5 MiB; bodies up to one and a half go in one request. */
const PART_BYTES = 5 * MIB
const resumesAboveBytes = PART_BYTES * 2

async function start(prefix: string) {
  const server = await startS3Server({ seed: Number(SEED) })
  const config = {
    ...s3ConfigOf({
      type: 's3',
      bucket: TEST_BUCKET,
      prefix,
      endpoint: server.url,
      region: 'us-east-1',
    }),
    partBytes: PART_BYTES,
    stallTimeoutMs: 120_000,
  }
  // Parts are tried again inside the backend, on the same clock.

  const open = async () =>
    createS3Store(config, credentials, { clock: hurriedClock, random: nodeRandom, log: silentLog })
  return { server, open }
}

describeObjectStore('s3', async () => {
  const { server, open } = await start('some/prefix')
  return { store: await open(), reopen: open, resumesAboveBytes, cleanup: () => server.close() }
})

describeObjectStore(
  `s3 that fails, retrying (SEED=${SEED})`,
  async () => {
    const { server, open } = await start('')
    const random = createFakeRandom(SEED)
    const options = { clock: hurriedClock, random, log: silentLog, maxTries: MANY_TRIES }
    const reopen = async () => retrying(await open(), options)
    const store = await reopen()
    addWireFaults(server.faults)
    return { store, reopen, disturbed: true, resumesAboveBytes, cleanup: () => server.close() }
  },
  { histories: 15 },
)
