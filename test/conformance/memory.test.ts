import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { faulty } from '../../main/engine/storage/faulty.ts'
import { createMemoryBucket } from '../../main/engine/storage/memory/bucket.ts'
import { createMemoryStore } from '../../main/engine/storage/memory/memory-store.ts'
import { retrying } from '../../main/engine/storage/retrying.ts'
import { describeObjectStore } from './suite.ts'
import { hurriedClock, MIB, SEED } from './under-test.ts'

describeObjectStore(
  'memory',
  async () => {
    const bucket = createMemoryBucket()
    const env = { clock: nodeClock, random: createFakeRandom(SEED) }
    const open = () => createMemoryStore({ bucket, prefix: 'some/prefix', partBytes: 2 * MIB }, env)
    return { store: open(), reopen: async () => open(), resumesAboveBytes: 2 * MIB, cleanup: async () => {} }
  },
  { histories: 200 },
)

describeObjectStore(
  `memory that fails, retrying (SEED=${SEED})`,
  async () => {
    const bucket = createMemoryBucket()
    const random = createFakeRandom(SEED)
    const rates = { before: 0.08, after: 0.05, cut: 0.08, short: 0.05, slow: 0.02 }
    const open = () => {
      const bare = createMemoryStore({ bucket, partBytes: 2 * MIB }, { clock: hurriedClock, random })
      const { store } = faulty(bare, { rates }, { clock: hurriedClock, random })
      return retrying(store, { clock: hurriedClock, random, log: silentLog, maxTries: 15 })
    }
    return {
      store: open(),
      disturbed: true,
      reopen: async () => open(),
      resumesAboveBytes: 2 * MIB,
      cleanup: async () => {},
    }
  },
  { histories: 200 },
)
