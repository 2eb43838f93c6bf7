import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { quiet } from '../servers/s3/quiet.ts'
import { type S3Server, startS3Server } from '../servers/s3/server.ts'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

const FORMATS = ['archive', 'snapshot'] as const

const backUp: Ground['backedUp'] = (...order) => ground.backedUp(...order)

async function read(id: string, path: string, offset = 0, length = 4_194_304): Promise<Buffer> {
  const { base64 } = await ground.client.call('backup.read', { id, path, offset, length })
  return Buffer.from(base64, 'base64')
}

/** The next process, which has nothing of what was read. */
async function restartWithout(...folders: string[]): Promise<void> {
  await ground.app.stop()
  for (const folder of folders) rmSync(join(ground.home, 'cache', folder), { recursive: true, force: true })
  await ground.restart()
}

describe.each(FORMATS)('out of a large %s far away', (format) => {
  const FILE_BYTES = 10_000
  const FILES = 3_000
  const big = randomBytes(3_000_000)
  const small = new Map<string, Buffer>()
  let server: S3Server
  let id: string

  beforeEach(async () => {
    server = await startS3Server()
    for (let at = 0; at < FILES; at++) {
      if (at % 100 === 0) mkdirSync(join(ground.source, `d${at / 100}`))
      const path = `d${Math.floor(at / 100)}/file ${at}`
      const bytes = randomBytes(FILE_BYTES)
      small.set(`source/${path}`, bytes)
      writeFileSync(join(ground.source, path), bytes)
    }
    writeFileSync(join(ground.source, 'big'), big)
    await ground.client.call('place.add', {
      name: 'far',
      type: 's3',
      bucket: TEST_BUCKET,
      endpoint: server.url,
      region: server.region,
      secrets: { ...TEST_CREDENTIAL },
    })
    id = await backUp(format)
  })
  afterEach(() => server.close())

  async function cost(
    work: () => Promise<void>,
  ): Promise<{ readonly bytes: number; readonly requests: number }> {
    await quiet(server)
    const { length } = server.requests
    await work()
    await quiet(server)
    const made = server.requests.slice(length)
    return { bytes: made.reduce((sum, { contentBytes }) => sum + contentBytes, 0), requests: made.length }
  }

  it('a small file costs little, and a second time nothing, even in another process and with the place gone', async () => {
    const path = 'source/d17/file 1750'
    const isIt = async (asked = path) => {
      expect((await read(id, asked)).equals(small.get(asked)!)).toBe(true)
    }
    await restartWithout('data')
    const first = await cost(isIt)
    expect(first.bytes).toBeLessThan(3_000_000)
    expect(first.requests).toBeLessThanOrEqual(10)
    expect(await cost(isIt)).toEqual({ bytes: 0, requests: 0 })
    // Its neighbour lies in the same block.
    expect(await cost(() => isIt('source/d17/file 1751'))).toEqual({ bytes: 0, requests: 0 })
    await restartWithout()
    expect(await cost(isIt)).toEqual({ bytes: 0, requests: 0 })
    await server.close()
    await restartWithout()
    await isIt()
    await expect(read('unified_backup_20200101_000000', path)).rejects.toMatchObject({
      code: 'unknown-backup',
    })
    await expect(read(id, 'source/d17/none')).rejects.toBeDefined()
  })

  it('slices that overlap what was read cost nothing', async () => {
    const is = async (offset: number, length: number) => {
      const bytes = await read(id, 'source/big', offset, length)
      expect(bytes.equals(big.subarray(offset, offset + length))).toBe(true)
    }
    await restartWithout('data')
    await is(300_000, 400_000)
    expect(await cost(() => is(262_144, 524_288))).toEqual({ bytes: 0, requests: 0 })
    await restartWithout()
    expect(await cost(() => is(400_000, 100_000))).toEqual({ bytes: 0, requests: 0 })
    expect((await cost(() => is(2_900_000, 200_000))).requests).toBeGreaterThan(0)
    expect((await cost(() => is(0, 3_000_000))).requests).toBeGreaterThan(0)
    expect(await cost(() => is(0, 3_000_000))).toEqual({ bytes: 0, requests: 0 })
    expect(await read(id, 'source/big', 3_000_000, 10)).toHaveLength(0)
    expect(await read(id, 'source/big', 9_000_000, 10)).toHaveLength(0)
  })
})

describe('a snapshot in two places', () => {
  const content = randomBytes(5_000_000)
  let id: string

  beforeEach(async () => {
    await ground.addPlace('one')
    await ground.addPlace('two')
    writeFileSync(join(ground.source, 'folder', 'big'), content)
    id = await backUp('snapshot')
  })

  /** Changes a byte in the middle of everything of a kind in a place. */
  function spoil(place: string, kind: 'data' | 'index' | 'snap'): void {
    const folder = join(ground.placePath(place), kind)
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name)
      if (!statSync(path).isFile()) continue
      const bytes = readFileSync(path)
      // Blocks are spread over all of a pack.
      for (let at = 60; at < bytes.length; at += 50_000) bytes[at]! ^= 1
      chmodSync(path, 0o600)
      writeFileSync(path, bytes)
    }
  }

  it.each(['data', 'index', 'snap'] as const)(
    'is read from the second where the first one’s %s is damaged',
    async (kind) => {
      spoil('one', kind)
      await restartWithout('data', 'repositories')
      expect(
        (await read(id, 'source/folder/big'))
          .subarray(0, content.length)
          .equals(content.subarray(0, 4_194_304)),
      ).toBe(true)
      expect((await read(id, 'source/folder/big', 4_500_000)).equals(content.subarray(4_500_000))).toBe(true)
      expect((await read(id, 'source/b.txt')).toString()).toBe('second\n')
      const { entries } = await ground.client.call('backup.files', { id, folder: 'source/folder' })
      expect(entries.map(({ path }) => path)).toEqual(['source/folder/a.txt', 'source/folder/big'])
    },
  )

  it('is read where each place has another part good', async () => {
    const lay = (place: string) =>
      readdirSync(join(ground.placePath(place), 'data'), { recursive: true, encoding: 'utf8' })
    const packs = lay('one').filter((name) => statSync(join(ground.placePath('one'), 'data', name)).isFile())
    expect(packs.length).toBeGreaterThan(1)
    rmSync(join(ground.placePath('one'), 'data', packs[0]!))
    rmSync(join(ground.placePath('two'), 'data', packs[1]!))
    await restartWithout('data', 'repositories')
    expect((await read(id, 'source/folder/big', 1_000_000)).equals(content.subarray(1_000_000))).toBe(true)
    expect((await read(id, 'source/b.txt')).toString()).toBe('second\n')
  })

  it('gives nothing at all where all are damaged, and all of it when one is mended', async () => {
    const good = join(ground.base, 'good')
    cpSync(ground.placePath('two'), good, { recursive: true })
    spoil('one', 'data')
    spoil('two', 'data')
    await restartWithout('data', 'repositories')
    await expect(read(id, 'source/folder/big')).rejects.toMatchObject({ code: 'data-damaged' })
    await expect(read(id, 'source/folder/big', 10, 10)).rejects.toMatchObject({ code: 'data-damaged' })
    cpSync(good, ground.placePath('two'), { recursive: true, force: true })
    expect((await read(id, 'source/folder/big', 10, 10)).equals(content.subarray(10, 20))).toBe(true)
  })
})
