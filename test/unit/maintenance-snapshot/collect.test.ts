import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { collect, previewCollect } from '../../../main/engine/maintenance/snapshot/collect.ts'
import { createMarker } from '../../../main/engine/maintenance/snapshot/marker.ts'
import { undoForget } from '../../../main/engine/maintenance/snapshot/undo.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { packKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import { forgetSnapshots } from '../../../main/engine/repository/log/snapshot-marks.ts'
import { liveSnapshots } from '../../../main/engine/repository/log/state-queries.ts'
import { listAll } from '../../../main/engine/repository/upkeep/list-all.ts'
import { bodyOfBytes } from '../../../main/engine/storage/body.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import {
  type BuildOptions,
  buildSession,
  commitSession,
  createGround,
  type GroundRepository,
} from '../../ground/repository-writer.ts'
import {
  localStore,
  memoryStore,
  openUpkeep,
  scratch,
  upkeepEnv,
  upkeepPlace,
  writeTree,
} from '../../ground/upkeep.ts'

type Place = Awaited<ReturnType<typeof upkeepPlace>>

let folders: ReturnType<typeof scratch>
let ground: GroundRepository

beforeEach(async () => {
  folders = scratch()
  ground = await createGround()
})
afterEach(() => folders.remove())

/** Backs a folder up into a place. */
async function backUp(place: Place, options: BuildOptions = {}): Promise<string> {
  return commitSession(place.ground, buildSession(ground, folders.in('source'), options))
}

const content = (bytes: number) => randomBytes(bytes)

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listAll(store, prefix)) keys.push(key)
  return keys
}

/** V1: every chunk of every live snapshot is in a pack of the index and opens. Read with a fresh cache, as another computer would. */
async function expectWhole(place: Place, snapIds: readonly string[]): Promise<void> {
  const fresh = await openUpkeep(ground, place.ground, folders.in(`fresh-${randomBytes(4).toString('hex')}`))
  await fresh.repository.refresh()
  expect([...liveSnapshots(fresh.repository.log.state)].map(([id]) => id).toSorted()).toEqual(
    snapIds.toSorted(),
  )
  const marker = createMarker(fresh)
  await marker.include(snapIds)
  expect(marker.missing(snapIds)).toEqual(new Set())
  const marks = marker.mark(snapIds)
  for (let slot = 0; slot < marks.length; slot++) {
    if (marks[slot] === 1) await fresh.repository.fetcher.chunk(fresh.repository.index.idAt(slot))
  }
  fresh.repository.close()
}

const SMALL: BuildOptions = { blockBytes: 64 * 1024, packBytes: 256 * 1024 }

describe.each([
  ['a folder', () => localStore(folders.in('place'))],
  ['any store', async () => memoryStore()],
])('collecting in %s', (_, makeStore) => {
  test('what only a forgotten snapshot needed goes at once without grace, and nothing else', async () => {
    const place = await upkeepPlace(ground, await makeStore(), 'p_one', folders.in('cache'))
    const known = new Set<string>()
    writeTree(folders.in('source'), { 'kept/a': content(300_000), 'old/b': content(900_000) })
    const first = await backUp(place, { ...SMALL, known, backupId: 'snapshot_1' })
    rmSync(folders.in('source/old'), { recursive: true })
    writeTree(folders.in('source'), { 'kept/c': content(200_000) })
    const second = await backUp(place, { ...SMALL, known, backupId: 'snapshot_2' })
    const before = await keysOf(place.ground.store, 'data/')

    await forgetSnapshots(place.repository.log, [first])
    const preview = await previewCollect(place, [], { graceMs: 0 })
    expect(await keysOf(place.ground.store, 'data/')).toEqual(before)
    const report = await collect(place, { graceMs: 0 })

    expect(report.sweptPacks).toBe(preview.sweptPacks)
    expect(report.repackedPacks).toBe(preview.repackedPacks)
    expect(report.sweptPacks + report.repackedPacks).toBeGreaterThanOrEqual(2)
    expect(report.freedBytes).toBeGreaterThan(800_000)
    expect(Math.abs(report.freedBytes - preview.freedBytes)).toBeLessThan(100_000)
    expect(report.freedLaterBytes).toBe(0)
    expect(report.unknownKeys).toBe(0)
    await expectWhole(place, [second])
    expect(await keysOf(place.ground.store, 'snap/')).toHaveLength(1)
    // Nothing is left to do.
    const again = await collect(place, { graceMs: 0 })
    expect(again).toMatchObject({ sweptPacks: 0, repackedPacks: 0, deletedObjects: 0, freedBytes: 0 })
    place.repository.close()
  })

  test('within the grace nothing is deleted and everything comes back', async () => {
    const place = await upkeepPlace(ground, await makeStore(), 'p_one', folders.in('cache'))
    const known = new Set<string>()
    writeTree(folders.in('source'), { a: content(500_000), b: content(100_000) })
    const first = await backUp(place, { ...SMALL, known })
    writeTree(folders.in('source'), { a: content(400_000) })
    const second = await backUp(place, { ...SMALL, known, backupId: 'snapshot_2' })
    const before = await keysOf(place.ground.store, 'data/')

    await forgetSnapshots(place.repository.log, [first])
    const report = await collect(place)
    expect(report).toMatchObject({ deletedObjects: 0, freedBytes: 0 })
    expect(report.freedLaterBytes).toBeGreaterThan(400_000)
    expect(report.undoUntilMs).toBeGreaterThan(Date.now() + 71 * 3_600_000)
    expect(await keysOf(place.ground.store, 'data/')).toEqual(expect.arrayContaining(before))
    await expectWhole(place, [second])

    expect(await undoForget(place)).toEqual([first])
    await expectWhole(place, [first, second])
    place.repository.close()
  })
})

test('a tree that cannot be read stops the collection: nothing is swept', async () => {
  const place = await upkeepPlace(ground, memoryStore(), 'p_one', folders.in('cache'))
  writeTree(folders.in('source'), { a: content(50_000) })
  const first = await backUp(place, { backupId: 'snapshot_1' })
  writeTree(folders.in('source'), { b: content(50_000) })
  await backUp(place, { backupId: 'snapshot_2' })
  await place.repository.refresh()
  const { index } = place.repository
  const trees = [0, 1, 2, 3].filter(
    (pack) => index.packs.isPresent(pack) && index.packs.kindOf(pack) === 'trees',
  )
  const pack = trees.at(-1)!
  await place.ground.store.delete(
    packKey(Buffer.from(index.packs.idOf(pack)).toString('hex'), index.packs.beganAt(pack)),
  )
  await forgetSnapshots(place.repository.log, [first])
  await expect(collect(place, { graceMs: 0 })).rejects.toMatchObject({ code: 'object-missing' })
  expect(place.repository.log.state.sweeps.size).toBe(0)
  place.repository.close()
})

test('orphans go when their session is over, unknown keys stay and are counted', async () => {
  const place = await upkeepPlace(ground, memoryStore(), 'p_one', folders.in('cache'))
  writeTree(folders.in('source'), { a: content(50_000) })
  const snap = await backUp(place)
  const { store, log } = place.ground
  const open = await log.beginSession('backup')
  const dead = await log.beginSession('backup')
  await log.append('expire', { b: dead })
  const orphan = packKey('ab'.repeat(32), dead)
  const unfinished = packKey('cd'.repeat(32), open)
  const stranger = 'data/readme.txt'
  for (const key of [orphan, unfinished, stranger]) await store.put(key, bodyOfBytes(content(1000)))
  const report = await collect(place, { graceMs: 0 })
  expect(report).toMatchObject({ deletedObjects: 1, freedBytes: 1000, unknownKeys: 1 })
  const keys = await keysOf(store, 'data/')
  expect(keys).toContain(unfinished)
  expect(keys).toContain(stranger)
  expect(keys).not.toContain(orphan)
  await expectWhole(place, [snap])
  place.repository.close()
})

test('a backup that commits while a repack runs keeps what it leans on', async () => {
  const place = await upkeepPlace(ground, memoryStore(), 'p_one', folders.in('cache'))
  const known = new Set<string>()
  writeTree(folders.in('source'), { a: content(60_000), b: content(60_000), c: content(60_000) })
  const first = await backUp(place, { known })
  rmSync(folders.in('source/b'))
  rmSync(folders.in('source/c'))
  const second = await backUp(place, { known, backupId: 'snapshot_2' })
  await forgetSnapshots(place.repository.log, [first])
  await place.repository.refresh()
  // The session begins before the sweep, and leans on the chunk of `a` only: it commits between the copying and the repack's end.
  let third: string | undefined
  const put = place.ground.store.put
  place.ground.store.put = async (key, body, options) => {
    if (key.startsWith('index/') && third === undefined) {
      third = 'under way'
      rmSync(folders.in('source'), { recursive: true })
      writeTree(folders.in('source'), { d: content(1000) })
      third = await commitSession(
        place.ground,
        buildSession(ground, folders.in('source'), { known, backupId: 'snapshot_3' }),
      )
    }
    return put(key, body, options)
  }
  const report = await collect(place, { graceMs: 0 })
  expect(report.repackedPacks).toBe(1)
  await expectWhole(place, [second, third!])
  place.repository.close()
})

test('whoever comes next deletes what a collector that was stopped had purged', async () => {
  const place = await upkeepPlace(ground, memoryStore(), 'p_one', folders.in('cache'))
  writeTree(folders.in('source'), { a: content(50_000) })
  const first = await backUp(place)
  writeTree(folders.in('source'), { a: content(60_000) })
  const second = await backUp(place, { backupId: 'snapshot_2' })
  await forgetSnapshots(place.repository.log, [first])
  const remove = place.ground.store.delete
  place.ground.store.delete = async (key, signal) => {
    if (key.startsWith('data/')) throw new EverstowError('connection-lost')
    await remove(key, signal)
  }
  await expect(collect(place, { graceMs: 0 })).rejects.toMatchObject({ code: 'connection-lost' })
  place.ground.store.delete = remove
  // Another computer, with a cache of its own.
  const other = await openUpkeep(ground, place.ground, folders.in('elsewhere'))
  const report = await collect(other)
  expect(report.sweptPacks).toBe(0)
  expect(report.deletedObjects).toBeGreaterThan(0)
  await expectWhole(place, [second])
  const { state } = other.repository.log
  const keys = await keysOf(place.ground.store, 'data/')
  expect(keys.filter((key) => [...state.swept.keys()].some((packId) => key.includes(packId)))).toEqual([])
  for (const { repository } of [place, other]) repository.close()
})

test('with a clock that is off nothing is swept', async () => {
  const ahead = { ...upkeepEnv.clock, now: () => Date.now() + 600_000 }
  const store = createMemoryStore({}, { ...upkeepEnv, clock: ahead })
  const place = await upkeepPlace(ground, store, 'p_one', folders.in('cache'))
  writeTree(folders.in('source'), { a: content(50_000) })
  await backUp(place)
  const { pos } = await place.repository.log.refresh()
  await expect(collect(place, { graceMs: 0 })).rejects.toMatchObject({ code: 'clock-off' })
  expect((await place.repository.log.refresh()).pos).toBe(pos)
  place.repository.close()
})
