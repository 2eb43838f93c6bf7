import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../../servers/s3/options.ts'
import { type S3Server, startS3Server } from '../../servers/s3/server.ts'
import { type Ground, layGround } from '../app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

const BACKUPS = 4
/** Enough that another thread works on it. */
const FILLED_BYTES = 100_000

async function backUpDays(format: 'archive' | 'snapshot'): Promise<string[]> {
  const ids: string[] = []
  for (let day = 0; day < BACKUPS; day++) {
    writeFileSync(
      join(ground.source, 'prices.json'),
      JSON.stringify({ eur: day, filling: 'x'.repeat(FILLED_BYTES + day) }),
    )
    ids.push(await ground.backedUp(format))
  }
  return ids
}

async function series(select = '$.eur'): Promise<unknown[]> {
  const { points } = await ground.client.call('data.series', { path: 'source/prices.json', select })
  return points.map(({ state, value }) => (state === 'found' ? value : state))
}

/** The next process, which knows nothing of what was read. */
async function restartWithout(folder: string): Promise<void> {
  await ground.app.stop()
  rmSync(join(ground.home, folder), { recursive: true, force: true })
  await ground.restart()
}

async function addFarPlace({ url: endpoint, region }: S3Server): Promise<void> {
  const place = { name: 'far', type: 's3', bucket: TEST_BUCKET, endpoint, region } as const
  await ground.client.call('place.add', { ...place, secrets: { ...TEST_CREDENTIAL } })
}

describe('a series over archives far away', () => {
  let server: S3Server
  beforeEach(async () => {
    server = await startS3Server()
    await addFarPlace(server)
  })
  afterEach(() => server.close())

  it('asks for the index of each once and for the file once, and the second time for nothing', async () => {
    await backUpDays('archive')
    await restartWithout('cache')
    const before = server.requests.length
    expect(await series()).toEqual([0, 1, 2, 3])
    expect(server.requests.slice(before).map(({ method }) => method)).toEqual(
      new Array(2 * BACKUPS).fill('GET'),
    )
    await restartWithout('nothing')
    const after = server.requests.length
    expect(await series()).toEqual([0, 1, 2, 3])
    expect(await series('/eur')).toEqual([0, 1, 2, 3])
    expect(server.requests).toHaveLength(after)
  })

  it('keeps what it fetched of an index, and fetches it again where that was spoilt', async () => {
    await backUpDays('archive')
    await restartWithout('cache')
    await series()
    const folder = join(ground.home, 'cache', 'indexes')
    const kept = readdirSync(folder)
    expect(kept).toHaveLength(BACKUPS)
    for (const [at, name] of kept.entries())
      writeFileSync(join(folder, name), at % 2 === 0 ? '' : readFileSync(join(folder, name)).fill(7, 60))
    await restartWithout('cache/data')
    expect(await series()).toEqual([0, 1, 2, 3])
  })
})

describe('archives of which nobody kept a checksum', () => {
  it('are told apart', async () => {
    await ground.addPlace('one')
    const ids = await backUpDays('archive')
    await ground.app.stop()
    const database = new DatabaseSync(join(ground.home, 'catalogue.db'))
    database.exec("UPDATE backups SET sha256 = ''")
    database.close()
    await ground.restart()
    expect(await series()).toEqual([0, 1, 2, 3])
    const sizes = ids.map(
      async (backup) => (await ground.client.call('data.sources', { backup })).sources[0]?.sizeBytes,
    )
    expect(new Set(await Promise.all(sizes)).size).toBe(BACKUPS)
  })
})

describe('what is not there', () => {
  it('is remembered as well: nothing is asked for it a second time', async () => {
    const server = await startS3Server()
    try {
      await addFarPlace(server)
      await ground.backedUp('snapshot')
      await restartWithout('cache')
      const read = () => ground.client.call('data.read', { path: 'source/none.json', select: '' })
      await expect(read()).rejects.toMatchObject({ code: 'invalid-input', data: { reason: 'not-there' } })
      await restartWithout('nothing')
      const before = server.requests.length
      await expect(read()).rejects.toMatchObject({ code: 'invalid-input', data: { reason: 'not-there' } })
      expect(server.requests).toHaveLength(before)
    } finally {
      await server.close()
    }
  })
})
