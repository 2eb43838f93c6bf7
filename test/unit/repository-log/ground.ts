import { createFakeRandom, type FakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { createMemorySecrets } from '../../../main/engine/env/fake/memory-secrets.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { createRepoKeys, type RepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import {
  createRepoDescription,
  type RepoDescription,
} from '../../../main/engine/repository/format/repo-json.ts'
import { createDevice, type DeviceIdentity } from '../../../main/engine/repository/keys/device-identity.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import {
  type CreateOptions,
  createRepositoryAt,
} from '../../../main/engine/repository/log/create-repository.ts'
import { type OpenLogOptions, openLog } from '../../../main/engine/repository/log/open-log.ts'
import { forgetfulHeads } from '../../../main/engine/repository/log/remembered-heads.ts'
import { createMemoryBucket, type MemoryBucket } from '../../../main/engine/storage/memory/bucket.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'

/** A repository in the making, with everything that one seed decides. */
export interface Ground {
  readonly random: FakeRandom
  readonly keys: RepoKeys
  readonly description: RepoDescription
  readonly bucket: MemoryBucket
  readonly store: ObjectStore
  device(name: string): Promise<DeviceIdentity>
  /** Opens the log as a computer that knows nothing, unless told otherwise. */
  open(device: DeviceIdentity, options?: Partial<OpenLogOptions>, from?: ObjectStore): Promise<CommitLog>
  create(
    device: DeviceIdentity,
    options?: Partial<CreateOptions>,
    at?: ObjectStore,
  ): Promise<{ readonly destId: string; readonly created: boolean }>
  /** Another place, empty. */
  place(): { readonly bucket: MemoryBucket; readonly store: ObjectStore }
}

export function createGround(seed: number | string = 1): Ground {
  const random = createFakeRandom(seed)
  const description = createRepoDescription(random, Date.UTC(2026, 0, 5))
  const keys = createRepoKeys(Buffer.from(description.id, 'hex'), {
    epochs: [{ epoch: 1, key: random.bytes(32) }],
  })
  const env = { clock: nodeClock, random, log: silentLog }
  const bucket = createMemoryBucket()
  const store = createMemoryStore({ bucket }, env)
  const secrets = createMemorySecrets()
  return {
    random,
    keys,
    description,
    bucket,
    store,
    device: (name) => createDevice(secrets, random, name),
    open: (device, options = {}, from = store) =>
      openLog(from, {
        ...env,
        keys,
        device,
        place: { id: 'p_1', name: 'disk' },
        remembered: forgetfulHeads(),
        ...options,
      }),
    create: (device, options = {}, at = store) =>
      createRepositoryAt(at, { ...env, keys, description, device, slots: [], ...options }),
    place() {
      const other = createMemoryBucket()
      return { bucket: other, store: createMemoryStore({ bucket: other }, env) }
    },
  }
}

/** A hash nobody made: an id of a pack, a segment, a snapshot or a chunk. */
export function hashOf(random: FakeRandom): string {
  return Buffer.from(random.bytes(32)).toString('hex')
}

/** A session that adds one snapshot and says nothing of its packs. */
export async function commitSnapshot(log: CommitLog, snap: string, segment: string): Promise<number> {
  const b = await log.beginSession('backup')
  const body = { b, snaps: [snap], idx: [segment], uses: { packs: [], snaps: [] } }
  await log.commitSession({ b, body, recheck: async () => 'ok' })
  return b
}
