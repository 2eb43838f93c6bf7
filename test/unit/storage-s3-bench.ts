import { createHash } from 'node:crypto'
import type { Clock } from '../../main/engine/env/clock.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import type { Credentials } from '../../main/engine/storage/credentials.ts'
import type { ObjectStore, UploadJournal } from '../../main/engine/storage/object-store.ts'
import { createS3Store, type S3Config, s3ConfigOf } from '../../main/engine/storage/s3/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'

/** What the tests of the S3 store share: stores on the test server, bytes, digests and journals. */
export const KIB = 1024
export const PART_BYTES = 64 * KIB

/** Sleeps a hundred times shorter, so that back-off does not make the tests wait. */
export const hurriedClock: Clock = {
  ...nodeClock,
  sleep: (ms, signal) => nodeClock.sleep(ms / 100, signal),
}

/** For a store that is to give up soon; others are not to take a busy machine for a silent place. */
export const IMPATIENT = { stallTimeoutMs: 1_000 } as const

/** The key pair that the server knows. */
export function testKeys(): Credentials {
  return {
    accessKeyId: new Secret(TEST_CREDENTIAL.accessKeyId),
    secretAccessKey: new Secret(TEST_CREDENTIAL.secretAccessKey),
  }
}

/** A store on the server's first bucket with small parts. */
export function openS3Store(
  endpoint: string,
  change: Partial<S3Config> = {},
  credentials: Credentials = testKeys(),
  clock: Clock = hurriedClock,
): ObjectStore {
  const config = s3ConfigOf({ type: 's3', bucket: TEST_BUCKET, prefix: 'backups', endpoint })
  return createS3Store(
    { ...config, partBytes: PART_BYTES, stallTimeoutMs: 120_000, ...change },
    credentials,
    {
      clock,
      random: nodeRandom,
      log: silentLog,
    },
  )
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

/** A journal that shows what it holds. */
export function memoryJournal(): UploadJournal & { token: string | undefined } {
  return {
    token: undefined,
    async load() {
      return this.token
    },
    async save(token) {
      this.token = token
    },
    async clear() {
      this.token = undefined
    },
  }
}
