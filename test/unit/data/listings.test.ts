import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createListings } from '../../../main/engine/access/data/listings.ts'
import { createFakeClock } from '../../../main/engine/env/fake/fake-clock.ts'
import { layGround } from '../app-ground.ts'

const files = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ path: `f${at}`, sizeBytes: 1, mtimeMs: 0 }))

/** Asks for listings and counts how often they were made. */
function world(mostFiles?: number) {
  const clock = createFakeClock()
  const listings = createListings(clock, mostFiles)
  let made = 0
  const ask = (id: string, count = 3, folder = '', sha256 = 'sum') =>
    listings.of({ id, sha256 }, folder, async () => {
      made++
      return files(count)
    })
  return { clock, listings, ask, made: () => made }
}

describe('listings', () => {
  it('are made once for a folder of a backup, and as long as somebody asks', async () => {
    const { ask, made, clock } = world()
    expect(await ask('a')).toEqual(files(3))
    expect(await ask('a')).toEqual(files(3))
    expect(made()).toBe(1)
    await ask('b')
    await ask('a', 3, 'folder')
    await ask('a', 3, '', 'other sum')
    expect(made()).toBe(4)
    await clock.advance(59_000)
    await ask('a')
    await clock.advance(59_000)
    await ask('a')
    expect(made()).toBe(4)
    await clock.advance(61_000)
    await ask('a')
    expect(made()).toBe(5)
  })

  it('are kept up to so many files, those that were asked for last', async () => {
    const { ask, made } = world(10)
    await ask('a', 5)
    await ask('b', 5)
    await ask('a', 5)
    await ask('c', 5)
    expect(made()).toBe(3)
    await ask('a', 5)
    expect(made()).toBe(3)
    await ask('b', 5)
    expect(made()).toBe(4)
    // One that is too long alone pushes the others out, and is not kept either.
    await ask('long', 11)
    await ask('long', 11)
    expect(made()).toBe(6)
  })

  it('that fail are asked for again', async () => {
    const { listings, ask, made } = world()
    const failing = listings.of({ id: 'a', sha256: 'sum' }, '', () => Promise.reject(new Error('away')))
    await expect(failing).rejects.toThrow('away')
    await ask('a')
    expect(made()).toBe(1)
  })
})

describe.each(['archive', 'snapshot'] as const)('the pages of a listing (%s)', (format) => {
  it('are one listing: the next comes with the place gone', async () => {
    const ground = await layGround()
    onTestFinished(() => ground.close())
    const { call } = ground.client
    await ground.addPlace('one')
    mkdirSync(join(ground.source, 'many'))
    for (let at = 0; at < 30; at++) writeFileSync(join(ground.source, 'many', `file ${at + 10}`), `${at}`)
    const backup = await ground.backedUp(format)
    const page = async (offset: number) =>
      (await call('data.files', { backup, folder: 'source/many', limit: 10, offset })).files.map(
        ({ path }) => path,
      )
    const first = await page(0)
    renameSync(ground.placePath('one'), `${ground.placePath('one')} away`)
    const paths = [...first, ...(await page(10)), ...(await page(20))]
    expect(paths).toEqual(Array.from({ length: 30 }, (_, at) => `source/many/file ${at + 10}`))
    expect(await page(30)).toEqual([])
  })
})
