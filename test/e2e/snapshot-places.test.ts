import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../main/app/create-app.ts'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import { describeTree, makeNastyTree } from '../ground/nasty-tree.ts'
import { startGcsServer } from '../servers/gcs/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'

/** A folder nobody could think of, kept in three places; then everything but one place is lost. */

const base = mkdtempSync(join(tmpdir(), 'everstow-places-'))
const source = join(base, 'source')
const local = join(base, 'disk')
const servers: { close(): Promise<void> }[] = []
let s3: Awaited<ReturnType<typeof startS3Server>>
let gcs: Awaited<ReturnType<typeof startGcsServer>>

beforeAll(async () => {
  makeNastyTree(source)
  s3 = await startS3Server({ seed: 7 })
  gcs = await startGcsServer({ buckets: ['everstow'], seed: 7 })
  servers.push(s3, gcs)
})

afterAll(async () => {
  for (const server of servers) await server.close()
  chmodTree(base)
  rmSync(base, { recursive: true, force: true })
})

function chmodTree(folder: string): void {
  for (const closed of ['source/closed']) {
    try {
      chmodSync(join(folder, closed), 0o700)
    } catch {
      // It was never made.
    }
  }
}

/** An application on a home of its own, as another computer would have. */
async function computer(name: string) {
  const app = await createApp({
    home: join(base, name),
    host: 'library',
    hostCan: {},
    version: '0.0.0-test',
    platform: process.platform,
    locale: 'en',
    userHome: base,
    keychain: 'off',
    logDestination: 'none',
    stays: false,
  })
  const client = connectInProcess(app.server, 'admin')
  const run = async (started: Promise<{ runId: string }>) => {
    const ended = await client.call('run.wait', { id: (await started).runId })
    expect(ended.error).toBeUndefined()
    return ended
  }
  return { app, client, run, stop: () => app.stop() }
}

async function addPlaces(client: InProcessClient) {
  const disk = await client.call('place.add', { name: 'disk', type: 'local', path: local })
  const cloud = await client.call('place.add', {
    name: 'cloud',
    type: 's3',
    bucket: TEST_BUCKET,
    endpoint: s3.url,
    region: s3.region,
    secrets: {
      accessKeyId: TEST_CREDENTIAL.accessKeyId,
      secretAccessKey: TEST_CREDENTIAL.secretAccessKey,
    },
  })
  const google = await client.call('place.add', {
    name: 'google',
    type: 'gcs',
    bucket: 'everstow',
    endpoint: gcs.endpoint,
    secrets: { serviceAccountJson: JSON.stringify(gcs.serviceAccount) },
  })
  return { disk, cloud, google }
}

describe('three places', () => {
  let words = ''
  let wanted: string[]
  let backupId = ''

  test('one scan makes three copies, each of which restores', async () => {
    const { client, run, stop } = await computer('first')
    const places = await addPlaces(client)
    await client.call('plan.add', {
      name: 'everything',
      sources: [source],
      placeIds: [places.disk.id, places.cloud.id, places.google.id],
      format: 'snapshot',
      schedule: 'manual',
    })
    const first = await run(client.call('backup.start', { plan: 'everything' }))
    expect(first.backup?.copies.map(({ state }) => state)).toEqual(['synced', 'synced', 'synced'])
    backupId = first.backup?.id ?? ''
    wanted = describeTree(source, { holes: true })
    for (const place of Object.values(places)) {
      const into = join(base, `from-${place.name}`)
      await run(client.call('restore.start', { backupId, into, placeId: place.id }))
      expect(describeTree(join(into, 'source'), { holes: true, like: source })).toEqual(wanted)
      chmodSync(join(into, 'source/closed'), 0o700)
    }
    const kit = await client.call('key.makeKit', {})
    words = kit.words.join(' ')
    expect(await client.call('key.confirmKit', { words })).toEqual({ confirmed: true })
    await stop()
  })

  test('a second backup adds what changed, in every place', async () => {
    const { client, run, stop } = await computer('first')
    writeFileSync(join(source, 'new file'), 'brought later')
    const before = s3.objects(TEST_BUCKET).size
    const second = await run(client.call('backup.start', { plan: 'everything' }))
    backupId = second.backup?.id ?? ''
    expect(second.backup?.sizeBytes).toBeLessThan(300_000)
    expect(s3.objects(TEST_BUCKET).size).toBeGreaterThan(before)
    const diff = await client.call('backup.diff', { from: (await twoIds(client))[1], to: backupId })
    expect(diff.entries.filter(({ kind }) => kind === 'file').map(({ path }) => path)).toEqual([
      'source/new file',
    ])
    wanted = describeTree(source, { holes: true })

    // What is only remembered may go: the next backup finds out from a place what it saw last.
    rmSync(join(base, 'first', 'cache'), { recursive: true })
    const again = await run(client.call('backup.start', { plan: 'everything' }))
    expect(again.backup).toMatchObject({ sizeBytes: 0, files: second.backup?.files })
    await stop()
  })

  test('with only the cloud and the kit left, a new computer gets everything back', async () => {
    rmSync(join(base, 'first'), { recursive: true })
    rmSync(local, { recursive: true })
    await gcs.close()
    servers.splice(servers.indexOf(gcs), 1)

    const { client, run, stop } = await computer('second')
    const cloud = await client.call('place.add', {
      name: 'what is left',
      type: 's3',
      bucket: TEST_BUCKET,
      endpoint: s3.url,
      region: s3.region,
      secrets: {
        accessKeyId: TEST_CREDENTIAL.accessKeyId,
        secretAccessKey: TEST_CREDENTIAL.secretAccessKey,
      },
    })
    await expect(
      client.call('repository.adopt', { placeId: cloud.id, passphrase: 'not this one' }),
    ).rejects.toMatchObject({ code: 'passphrase-wrong' })
    const adopted = await client.call('repository.adopt', { placeId: cloud.id, words })
    expect(adopted.backups).toBe(3)
    const into = join(base, 'from-nothing')
    await run(client.call('restore.start', { backupId, into }))
    expect(describeTree(join(into, 'source'), { holes: true, like: source })).toEqual(wanted)
    chmodSync(join(into, 'source/closed'), 0o700)

    // It goes on as one more writer of the same repository.
    const changed = join(base, 'other')
    mkdirSync(changed)
    cpSync(join(source, 'medium'), join(changed, 'copy'))
    const third = await run(client.call('backup.start', { paths: [changed], format: 'snapshot' }))
    expect(third.backup?.sizeBytes).toBeLessThan(10_000)
    await stop()
  })
})

async function twoIds(client: InProcessClient): Promise<[string, string]> {
  const { backups } = await client.call('backup.list', { limit: 2 })
  return [backups[0]?.id ?? '', backups[1]?.id ?? '']
}
