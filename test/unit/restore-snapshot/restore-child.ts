// Restores a snapshot in a process of its own, so that it can be killed: place, keys, snapshot, cache, target.

import { createFakeEnv } from '../../../main/engine/env/fake/create-fake-env.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import { createRepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import { createDevice } from '../../../main/engine/repository/keys/device-identity.ts'
import { openLog } from '../../../main/engine/repository/log/open-log.ts'
import { forgetfulHeads } from '../../../main/engine/repository/log/remembered-heads.ts'
import { restoreSnapshot } from '../../../main/engine/restore/snapshot/restore-snapshot.ts'
import { createLocalStore } from '../../../main/engine/storage/local/local-store.ts'
import { openPlace } from '../../ground/repository-writer.ts'

const [path, repoId, key, snapId, cache, target] = process.argv.slice(2) as string[] as [
  string,
  string,
  string,
  string,
  string,
  string,
]
const env = { clock: nodeClock, random: nodeRandom, log: silentLog }
const store = await createLocalStore({ path }, env)
const keys = createRepoKeys(Buffer.from(repoId, 'hex'), {
  epochs: [{ epoch: 1, key: Buffer.from(key, 'hex') }],
})
const device = await createDevice(createFakeEnv().secrets, nodeRandom, 'child')
const place = { id: 'p_child', name: 'child' }
const log = await openLog(store, { ...env, keys, device, place, remembered: forgetfulHeads() })
const repository = await openPlace({ keys }, { id: place.id, store, log }, cache)
const owner = process.getuid?.() === 0
const report = await restoreSnapshot({
  repository,
  snapId,
  into: target,
  existing: 'replace',
  owner,
  threads: 2,
})
process.stdout.write(`${JSON.stringify(report)}\n`)
