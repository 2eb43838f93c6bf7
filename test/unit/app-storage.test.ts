import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { localDay } from '../../main/engine/model/keeping/thin-samples.ts'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

const folders = (query: object) => ground.client.call('storage.folders', query as never)

test('sizes are asked for of a plan or of a backup, a few at a time', async () => {
  await ground.addPlace('nas')
  writeFileSync(join(ground.source, 'large'), 'x'.repeat(5_000))
  const { backupId = '' } = await ground.backUp()
  expect(await folders({ backupId, limit: 1 })).toMatchObject({
    backupId,
    bytes: 5_013,
    files: 3,
    entries: [{ name: 'large', kind: 'file', bytes: 5_000 }],
    rest: { entries: 2, bytes: 13, files: 2 },
  })
  const top = await folders({ backupId, folder: '' })
  expect(top.entries).toHaveLength(1)
  await expect(folders({})).rejects.toMatchObject({ code: 'invalid-input' })
  await expect(folders({ backupId, plan: 'docs' })).rejects.toMatchObject({ code: 'invalid-input' })
  await expect(folders({ plan: 'nobody' })).rejects.toMatchObject({ code: 'unknown-plan' })
  await expect(folders({ backupId: 'nothing' })).rejects.toMatchObject({ code: 'unknown-backup' })
  await expect(folders({ backupId, folder: 'nowhere' })).rejects.toMatchObject({ code: 'invalid-input' })
})

test('the report knows what lies where, what two backups of one thing save, and asks no disk that is away', async () => {
  const nas = await ground.addPlace('nas')
  writeFileSync(join(ground.source, 'large'), 'x'.repeat(400_000))
  const source = { sources: [ground.source], placeIds: [nas], name: 'docs' }
  await ground.client.call('plan.add', { ...source, format: 'snapshot' })
  for (let round = 0; round < 2; round++)
    expect((await ground.done(ground.client.call('backup.start', { plan: 'docs' }))).state).toBe('done')
  const { engine } = ground.app.context
  await engine.health.sample({ destinationIds: [nas], signal: new AbortController().signal })

  const { places, storedBytes } = await ground.client.call('storage.report', {})
  const [place] = places
  expect(place?.stored?.bytes).toBe(storedBytes)
  expect(place?.trend).toEqual([{ date: localDay(engine.env.clock.now()), bytes: storedBytes }])
  const { savings } = place ?? {}
  expect(savings).toMatchObject({ backups: 2, sourceBytes: 2 * 400_013 })
  // What is spared and what lies there come to what they would take one by one.
  const { knownBytes = Number.NaN, compressedBytes = Number.NaN, sourceBytes = Number.NaN } = savings ?? {}
  expect(knownBytes).toBeGreaterThan(0)
  expect(knownBytes + compressedBytes + storedBytes).toBe(sourceBytes)
  expect(place?.disk?.freeBytes).toBeGreaterThan(0)
  expect(place).not.toHaveProperty('pace')

  // The marker says whose place it is; without it another disk may stand there.
  await engine.env.files.rename(ground.placePath('nas'), ground.placePath('away'))
  const away = await ground.client.call('storage.report', {})
  expect(away.places[0]).not.toHaveProperty('disk')
  expect(away.places[0]?.stored?.bytes).toBe(storedBytes)
})
