import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { faulty } from '../../main/engine/storage/faulty.ts'
import { createLocalStore } from '../../main/engine/storage/local/local-store.ts'
import { openDestination } from '../../main/engine/storage/open-store.ts'
import { retrying } from '../../main/engine/storage/retrying.ts'
import { describeObjectStore } from './suite.ts'
import { hurriedClock, MIB, SEED } from './under-test.ts'

const env = { clock: nodeClock, random: nodeRandom, log: silentLog }

async function makeFolder(): Promise<{ path: string; cleanup: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'everstow-local-'))
  const cleanup = async () => {
    const left = await readdir(join(path, '.everstow', 'tmp'))
    await rm(path, { recursive: true })
    if (left.length > 0) throw new Error(`temporary files left behind: ${left}`)
  }
  return { path, cleanup }
}

describeObjectStore('local', async () => {
  const { path, cleanup } = await makeFolder()
  const store = await createLocalStore({ path, create: true }, env)
  return { store, reopen: () => createLocalStore({ path }, env), cleanup }
})

describeObjectStore(
  'a local destination with a prefix, in all its wrappers',
  async () => {
    const { path, cleanup } = await makeFolder()
    const limit = 500 * MIB
    const destination = { id: 'p_1', name: 'disk', type: 'local', path, prefix: 'some/prefix' } as const
    const limited = { ...destination, uploadLimit: limit, downloadLimit: limit }
    const { store } = await openDestination(limited, {}, env, { create: true })
    return { store, cleanup }
  },
  { histories: 10 },
)

describeObjectStore(`local that fails, retrying (SEED=${SEED})`, async () => {
  const { path, cleanup } = await makeFolder()
  const random = createFakeRandom(SEED)
  const rates = { before: 0.06, after: 0.04, cut: 0.06, short: 0.04 }
  const bare = await createLocalStore({ path, create: true }, env)
  const { store } = faulty(bare, { rates }, { clock: hurriedClock, random })
  return {
    store: retrying(store, { clock: hurriedClock, random, log: silentLog, maxTries: 15 }),
    disturbed: true,
    cleanup,
  }
})
