import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, type AppOptions, createApp } from '../../main/app/create-app.ts'
import { connectInProcess, type InProcessClient } from '../../main/app/in-process-client.ts'
import { Secret } from '../../main/engine/engine.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { beCalled, liveAt, liveNow } from './past.ts'
import { createPerson, garden } from './person.ts'

const DAY = 86_400_000
const DAYS = 44
const TRIES = 200

/** Seals what is secret, so that the window need not warn of it. */
export const PASSPHRASE = new Secret('a passphrase for pictures')

/** Folders of one set of pictures. */
export interface Ground {
  /** Everything lies below. */
  readonly base: string
  readonly person: string
  readonly laptop: string
}

/** Where everything lies below `base`. */
export function groundAt(base: string): Ground {
  return { base, person: join(base, 'home', 'me'), laptop: join(base, 'data', 'laptop') }
}

/** The application on a data folder, with nothing that runs by itself. */
async function startApp(home: string, userHome: string): Promise<{ app: App; client: InProcessClient }> {
  const options: AppOptions = {
    home,
    host: 'library',
    hostCan: {},
    version: '0.1.0',
    platform: process.platform,
    locale: 'en',
    userHome,
    keychain: 'off',
    passphrase: PASSPHRASE,
    logDestination: 'none',
    stays: false,
  }
  const app = await createApp(options)
  return { app, client: connectInProcess(app.server, 'admin') }
}

/** Waits for started work; work that does not end well ends everything. */
async function done(client: InProcessClient, started: Promise<{ runId: string }>): Promise<void> {
  const run = await client.call('run.wait', { id: (await started).runId })
  if (run.state !== 'done') throw new Error(`${run.kind} ended ${run.state}: ${JSON.stringify(run.error)}`)
}

/** Six weeks of a person's life with Everstow, in a few seconds: three places, two plans, a backup every night. */
export async function liveSixWeeks(ground: Ground, s3Url: string): Promise<void> {
  const today = new Date().setHours(3, 0, 0, 0)
  const morning = today > Date.now() ? today - DAY : today
  const startMs = morning - DAYS * DAY
  const person = createPerson(ground.person, startMs)
  liveAt(startMs)
  beCalled('Laptop')
  const { app, client } = await startApp(ground.laptop, ground.person)
  try {
    const placeIds = await addPlaces(client, ground.base, s3Url)
    const common = { format: 'snapshot' as const, excludePresets: ['caches', 'temporary'] }
    const plans = [
      {
        name: 'Documents',
        sources: ['Documents', 'Notes'],
        placeIds,
        schedule: 'daily@03:00',
        keep: 'daily:30,monthly:12',
      },
      {
        name: 'Photos',
        sources: ['Photos'],
        placeIds: [placeIds[0] ?? '', placeIds[2] ?? ''],
        schedule: 'weekly@sun 03:00',
      },
    ]
    for (const plan of plans) {
      const sources = plan.sources.map((name) => join(ground.person, name))
      await client.call('plan.add', { ...common, ...plan, sources })
    }
    for (let dayMs = startMs; dayMs <= morning; dayMs += DAY) {
      person.live(dayMs - 8 * 3_600_000)
      liveAt(dayMs)
      await done(client, client.call('backup.start', { plan: 'Documents' }))
      if (dayMs === startMs || new Date(dayMs).getDay() === 0)
        await done(client, client.call('backup.start', { plan: 'Photos' }))
      // The laptop was away for two days.
      if (dayMs === startMs + 20 * DAY) dayMs += 2 * DAY
    }
    liveNow()
    const { words } = await client.call('key.makeKit', {})
    await client.call('key.confirmKit', { words: words.join(' ') })
    await done(client, client.call('backup.verify', {}))
    for (const id of placeIds) await client.call('place.test', { id })
  } finally {
    client.close()
    await app.stop()
  }
}

async function addPlaces(client: InProcessClient, base: string, s3Url: string): Promise<string[]> {
  const media = (name: string) => ({ name, type: 'local', path: join(base, 'media', name.toLowerCase()) })
  mkdirSync(join(base, 'media', 'usb'), { recursive: true })
  mkdirSync(join(base, 'media', 'nas'), { recursive: true })
  const places = [
    media('NAS'),
    media('USB'),
    {
      name: 'Cloud',
      type: 's3',
      endpoint: s3Url,
      bucket: TEST_BUCKET,
      pathStyle: true,
      secrets: {
        accessKeyId: TEST_CREDENTIAL.accessKeyId,
        secretAccessKey: TEST_CREDENTIAL.secretAccessKey,
      },
    },
  ]
  const ids: string[] = []
  for (const place of places) ids.push((await client.call('place.add', place)).id)
  return ids
}

/** Brings the notes of a second computer in through the NAS, and lets both change the same line: a conflict that waits at `client`'s. */
export async function disagree(ground: Ground, client: InProcessClient): Promise<void> {
  const nas = (await client.call('place.list', {})).find(({ name }) => name === 'NAS')
  if (!nas?.path) throw new Error('there is no NAS')
  const space = { name: 'Notes', strategy: 'manual' as const, auto: false }
  const here = join(ground.person, 'Notes')
  const there = join(ground.base, 'desktop', 'Notes')
  mkdirSync(there, { recursive: true })
  await client.call('sync.add', { ...space, folder: here, placeId: nas.id })
  await settle(client)
  const { code } = await client.call('sync.invite', { placeId: nas.id })

  beCalled('Desktop')
  const desktop = await startApp(join(ground.base, 'data', 'desktop'), join(ground.base, 'desktop'))
  try {
    const place = await desktop.client.call('place.add', { name: 'NAS', type: 'local', path: nas.path })
    await desktop.client.call('repository.adopt', { placeId: place.id, secret: code })
    await desktop.client.call('sync.add', { ...space, folder: there, placeId: place.id })
    await settle(desktop.client)
    writeFileSync(
      join(there, 'Garden.md'),
      garden('Tomatoes: ten plants, under glass.', '- Clean the greenhouse\n'),
    )
    await settle(desktop.client)
  } finally {
    desktop.client.close()
    await desktop.app.stop()
    beCalled('Laptop')
  }
  writeFileSync(join(here, 'Garden.md'), garden('Tomatoes: fifteen plants, south wall.'))
  for (let tries = 0; tries < TRIES; tries++) {
    await done(client, client.call('sync.run', {}))
    if ((await client.call('sync.conflicts', {})).length > 0) return
    await sleep(100)
  }
  throw new Error('both sides agree')
}

/** Syncs until nothing is left to do, which takes files that rest. */
async function settle(client: InProcessClient): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    await done(client, client.call('sync.run', {}))
    const [folder] = await client.call('sync.list', {})
    if (folder?.state === 'synced' && folder.files > 0) return
    await sleep(100)
  }
  throw new Error('it does not come to rest')
}
