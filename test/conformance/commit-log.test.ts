import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeClock } from '../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { createRepositoryAt } from '../../main/engine/repository/log/create-repository.ts'
import { openLog } from '../../main/engine/repository/log/open-log.ts'
import { forgetfulHeads } from '../../main/engine/repository/log/remembered-heads.ts'
import { azureConfigOf } from '../../main/engine/storage/azure/config.ts'
import { createAzureStore } from '../../main/engine/storage/azure/index.ts'
import { createGcsStore, gcsConfigOf } from '../../main/engine/storage/gcs/index.ts'
import { createLocalStore } from '../../main/engine/storage/local/local-store.ts'
import type { ObjectStore } from '../../main/engine/storage/object-store.ts'
import { retrying } from '../../main/engine/storage/retrying.ts'
import { createS3Store, s3ConfigOf } from '../../main/engine/storage/s3/index.ts'
import { startAzurite } from '../servers/azurite/index.ts'
import { startGcsServer } from '../servers/gcs/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { createGround } from '../unit/repository-log/ground.ts'

const APPENDERS = 16
const RECORDS_EACH = 20
const env = { clock: nodeClock, random: nodeRandom, log: silentLog }

interface Place {
  /** A store object of its own for each computer. */
  open(): Promise<ObjectStore>
  cleanup(): Promise<void>
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  async local() {
    const path = await mkdtemp(join(tmpdir(), 'everstow-log-'))
    return {
      open: () => createLocalStore({ path, create: true }, env),
      cleanup: () => rm(path, { recursive: true }),
    }
  },
  async s3() {
    const server = await startS3Server({ seed: 1 })
    const config = s3ConfigOf({
      type: 's3',
      bucket: TEST_BUCKET,
      prefix: 'backups',
      endpoint: server.url,
      region: 'us-east-1',
    })
    const credentials = {
      accessKeyId: new Secret(TEST_CREDENTIAL.accessKeyId),
      secretAccessKey: new Secret(TEST_CREDENTIAL.secretAccessKey),
    }
    return {
      open: async () => createS3Store(config, credentials, env),
      cleanup: () => server.close(),
    }
  },
  async gcs() {
    const server = await startGcsServer({ buckets: ['log'], seed: 1 })
    const config = gcsConfigOf({ bucket: 'log', prefix: 'backups', endpoint: server.endpoint })
    const credentials = { serviceAccountJson: new Secret(JSON.stringify(server.serviceAccount)) }
    return { open: async () => createGcsStore(config, credentials, env), cleanup: () => server.close() }
  },
  async azure() {
    const azurite = await startAzurite()
    await azurite.createContainer('log')
    const { account, endpoint } = azurite
    const config = azureConfigOf({ bucket: 'log', prefix: 'backups', account, endpoint })
    const credentials = { accountKey: new Secret(azurite.key) }
    return { open: async () => createAzureStore(config, credentials, env), cleanup: () => azurite.stop() }
  },
}

describe.each(Object.keys(PLACES))('the commit log on %s', (name) => {
  test(`${APPENDERS} computers append ${RECORDS_EACH} records each: one winner a slot, none lost`, {
    timeout: 300_000,
  }, async () => {
    const place = await PLACES[name]?.()
    if (!place) throw new Error(name)
    try {
      const ground = createGround(name)
      const { keys, description } = ground
      const devices = await Promise.all(
        Array.from({ length: APPENDERS }, (_, at) => ground.device(`computer ${at}`)),
      )
      const [creator] = devices
      if (!creator) throw new Error('no device')
      await createRepositoryAt(await place.open(), {
        ...env,
        keys,
        description,
        device: creator,
        slots: [],
      })
      const open = async (device: typeof creator) =>
        openLog(retrying(await place.open(), env), {
          ...env,
          keys,
          device,
          place: { id: 'p_1', name },
          remembered: forgetfulHeads(),
        })
      const logs = await Promise.all(devices.map(open))
      const told = await Promise.all(
        logs.map(async (log) => {
          const positions: number[] = []
          for (let at = 0; at < RECORDS_EACH; at++) positions.push(await log.beginSession('backup'))
          return positions
        }),
      )

      const state = (await open(creator)).state
      expect(state.alarms).toEqual([])
      expect(state.devices.size).toBe(APPENDERS)
      // Genesis, one introduction for everyone else, and the records.
      expect(state.pos).toBe(APPENDERS - 1 + APPENDERS * RECORDS_EACH)
      const all = told.flat()
      expect(new Set(all).size).toBe(APPENDERS * RECORDS_EACH)
      told.forEach((positions, at) => {
        expect(positions).toEqual(positions.toSorted((one, other) => one - other))
        for (const pos of positions) expect(state.sessions.get(pos)?.device).toBe(devices[at]?.id)
      })
    } finally {
      await place.cleanup()
    }
  })
})
