import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../main/engine/env/log.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import { type CollectReport, collect } from '../../../main/engine/maintenance/snapshot/collect.ts'
import { undoForget } from '../../../main/engine/maintenance/snapshot/undo.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { createRepoKeys, type MasterKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import { ckptKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import { openPack } from '../../../main/engine/repository/format/pack-reader.ts'
import { epochOfObject } from '../../../main/engine/repository/format/sealed-object.ts'
import { NODE } from '../../../main/engine/repository/format/tree.ts'
import { rotate } from '../../../main/engine/repository/keys/key-ring.ts'
import { openLog } from '../../../main/engine/repository/log/open-log.ts'
import { forgetfulHeads } from '../../../main/engine/repository/log/remembered-heads.ts'
import { forgetSnapshots, pinSnapshots } from '../../../main/engine/repository/log/snapshot-marks.ts'
import { storeCheckpoint } from '../../../main/engine/repository/log/stored-checkpoints.ts'
import { walkTree } from '../../../main/engine/repository/read/walk-tree.ts'
import { listAll } from '../../../main/engine/repository/upkeep/list-all.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import {
  addPlace,
  type BuildOptions,
  buildSession,
  commitSession,
  createGround,
  type GroundPlace,
  type GroundRepository,
} from '../../ground/repository-writer.ts'
import { localStore, openUpkeep, scratch, writeTree } from '../../ground/upkeep.ts'

let folders: ReturnType<typeof scratch>
let old: GroundRepository
/** The same repository after a rotation. */
let renewed: GroundRepository

beforeEach(async () => {
  folders = scratch()
  old = await createGround()
  renewed = withNewKeys(old)
})
afterEach(() => folders.remove())

const withNewKeys = (ground: GroundRepository): GroundRepository => {
  const master = rotate(ground.keys.cloneable as MasterKeys, nodeRandom)
  return { ...ground, keys: createRepoKeys(ground.keys.repoId, master) }
}

/** The place as a computer with these keys opens it. */
async function reopened(ground: GroundRepository, { id, store }: GroundPlace): Promise<GroundPlace> {
  const env = { clock: nodeClock, random: nodeRandom, log: silentLog }
  const log = await openLog(store, {
    ...ground,
    ...env,
    place: { id, name: id },
    remembered: forgetfulHeads(),
  })
  return { id, store, log }
}

const SMALL: BuildOptions = { blockBytes: 64 * 1024, packBytes: 256 * 1024 }
const BATCH = { batchBytes: 600_000 }

/** Two backups under the first keys; their ids. */
async function twoBackups(place: GroundPlace): Promise<string[]> {
  const known = new Set<string>()
  writeTree(folders.in('source'), { 'a/one': randomBytes(700_000), 'a/two': 'two', b: randomBytes(400_000) })
  const first = await commitSession(place, buildSession(old, folders.in('source'), { ...SMALL, known }))
  writeTree(folders.in('source'), { 'c/three': randomBytes(500_000) })
  const options = { ...SMALL, known, backupId: 'snapshot_2' }
  return [first, await commitSession(place, buildSession(old, folders.in('source'), options))]
}

/** Every file of every snapshot that people see, as another computer with a fresh cache reads it. */
async function contents(ground: GroundRepository, place: GroundPlace): Promise<Map<string, string>> {
  const fresh = await openUpkeep(
    ground,
    await reopened(ground, place),
    folders.in(randomBytes(6).toString('hex')),
  )
  const { repository } = fresh
  const found = new Map<string, string>()
  for (const { snapId } of repository.snapshots()) {
    const root = await repository.root(snapId)
    const files: { path: string; ids: Uint8Array }[] = []
    await walkTree(repository.fetcher, Buffer.from(root.tree, 'hex'), (folder, entry) => {
      if (entry.type === NODE.file)
        files.push({ path: `${folder}/${entry.nameText}`, ids: Uint8Array.from(entry.chunkIds) })
      return true
    })
    for (const { path, ids } of files) {
      const chunks = (await Array.fromAsync(repository.fetcher.chunks(ids))).map((chunk) =>
        Buffer.from(chunk),
      )
      found.set(`${snapId} ${path}`, Buffer.concat(chunks).toString('base64'))
    }
  }
  repository.close()
  return found
}

/** The epoch that each stored object names in its head. */
async function epochsAt(store: ObjectStore, prefix: string): Promise<number[]> {
  const epochs: number[] = []
  for await (const { key } of listAll(store, prefix))
    epochs.push(epochOfObject(readFileSync(join(folders.in('place'), key))))
  return epochs
}

async function placeWithBackups() {
  const place = await addPlace(old, await localStore(folders.in('place')), 'p_one')
  const snapIds = await twoBackups(place)
  const before = await contents(old, place)
  expect(before.size).toBe(7)
  return { place, snapIds, before }
}

/** Opens the place with the new keys and writes everything anew. */
async function renew(place: GroundPlace, graceMs: number, options = {}): Promise<CollectReport> {
  const upkeep = await openUpkeep(renewed, await reopened(renewed, place), folders.in('cache'))
  try {
    return await collect(upkeep, { graceMs, renew: { ...BATCH, ...options } })
  } finally {
    upkeep.repository.close()
  }
}

describe('storing everything anew after a rotation', () => {
  test('no pack of the old keys is left, and every file of every snapshot is what it was', async () => {
    const { place, before } = await placeWithBackups()
    const packsBefore = (await epochsAt(place.store, 'data/')).length
    expect(packsBefore).toBeGreaterThan(4)
    const told: { bytes: number; bytesTotal: number }[] = []
    const report = await renew(place, 0, {
      onProgress: (progress: (typeof told)[number]) => told.push(progress),
    })

    expect(new Set(await epochsAt(place.store, 'data/'))).toEqual(new Set([2]))
    expect(await contents(renewed, place)).toEqual(before)
    expect(report.renewed).toMatchObject({
      epoch: 2,
      packs: packsBefore,
      olderPacks: 0,
      olderBytes: 0,
      damagedPacks: 0,
      olderSnapshots: 2,
      olderPinned: 0,
    })
    expect(report.deletedObjects).toBe(packsBefore)
    expect(report.waitingBytes).toBe(0)
    // Several sessions, so that a run that is killed keeps what it has done.
    const { state } = (await reopened(renewed, place)).log
    expect(
      [...state.sessions.values()].filter(({ purpose }) => purpose === 'repack').length,
    ).toBeGreaterThanOrEqual(2)
    expect(told[0]).toMatchObject({ bytes: 0 })
    expect(told.at(-1)!.bytes).toBe(told.at(-1)!.bytesTotal)
    expect(told.at(-1)!.bytesTotal).toBe(report.renewed!.bytes)

    const again = await renew(place, 0)
    expect(again.renewed).toMatchObject({ packs: 0, bytes: 0, addedBytes: 0, olderPacks: 0 })
  })

  test('who has only the old keys cannot open one of the packs any more', async () => {
    const { place } = await placeWithBackups()
    await renew(place, 0)
    for await (const { key } of listAll(place.store, 'data/')) {
      const bytes = readFileSync(join(folders.in('place'), key))
      expect(() => openPack(old.keys, bytes)).toThrow(expect.objectContaining({ code: 'key-missing' }))
      expect(openPack(renewed.keys, bytes).header.epoch).toBe(2)
    }
    // Nor the history any more: the records since are under the new keys.
    await expect(contents(old, place)).rejects.toThrow(EverstowError)
  })

  test('within the grace the old packs stay, and go with the first collection after it', async () => {
    const { place, before } = await placeWithBackups()
    const packsBefore = (await epochsAt(place.store, 'data/')).length
    const report = await renew(place, 72 * 3_600_000)
    expect(report.renewed).toMatchObject({ packs: packsBefore, olderPacks: 0 })
    expect(report.deletedObjects).toBe(0)
    expect(report.waitingBytes).toBe(report.renewed!.bytes)
    expect(report.undoUntilMs).toBeGreaterThan(Date.now() + 71 * 3_600_000)
    expect((await epochsAt(place.store, 'data/')).filter((epoch) => epoch === 1)).toHaveLength(packsBefore)

    const upkeep = await openUpkeep(renewed, await reopened(renewed, place), folders.in('cache'))
    await collect(upkeep, { graceMs: 0 })
    upkeep.repository.close()
    expect(new Set(await epochsAt(place.store, 'data/'))).toEqual(new Set([2]))
    expect(await contents(renewed, place)).toEqual(before)
  })

  test('taking it back in the grace brings the old packs back, and the next run renews them again', async () => {
    const { place, before } = await placeWithBackups()
    await renew(place, 72 * 3_600_000)
    const upkeep = await openUpkeep(renewed, await reopened(renewed, place), folders.in('cache'))
    await undoForget(upkeep)
    upkeep.repository.close()
    expect(await contents(renewed, place)).toEqual(before)
    await renew(place, 0)
    expect(new Set(await epochsAt(place.store, 'data/'))).toEqual(new Set([2]))
    expect(await contents(renewed, place)).toEqual(before)
  })

  test('what nothing needs is not carried over, and pinned snapshots are told of', async () => {
    const { place, snapIds, before } = await placeWithBackups()
    const { log } = await reopened(renewed, place)
    await forgetSnapshots(log, [snapIds[0]!])
    await pinSnapshots(log, [snapIds[1]!], true)
    const report = await renew(place, 0)
    expect(report.renewed).toMatchObject({ olderPacks: 0, olderSnapshots: 1, olderPinned: 1 })
    const kept = new Map([...before].filter(([name]) => name.startsWith(snapIds[1]!)))
    expect(await contents(renewed, place)).toEqual(kept)
  })

  test.each([5, 9])(
    'a store that is gone after write %i loses nothing; running it again goes on',
    async (most) => {
      const { place, before } = await placeWithBackups()
      const packsBefore = (await epochsAt(place.store, 'data/')).length
      const at = await reopened(renewed, place)
      let writes = 0
      // As a power cut: from some write on nothing reaches the place, not even the end of the session.
      const dies =
        <Args extends unknown[], Answer>(work: (...args: Args) => Promise<Answer>) =>
        async (...args: Args): Promise<Answer> => {
          if (++writes > most) throw new EverstowError('permission-denied')
          return work(...args)
        }
      const dying = { ...at.store }
      Object.assign(dying, {
        put: dies(at.store.put.bind(at.store)),
        putIfAbsent: dies(at.store.putIfAbsent.bind(at.store)),
        delete: dies(at.store.delete.bind(at.store)),
      })
      const upkeep = await openUpkeep(
        renewed,
        await reopened(renewed, { ...place, store: dying }),
        folders.in('cache'),
      )
      await expect(collect(upkeep, { graceMs: 0, renew: BATCH })).rejects.toThrow(EverstowError)
      upkeep.repository.close()
      expect(await contents(renewed, place)).toEqual(before)

      const report = await renew(place, 0)
      expect(report.renewed!.packs).toBeLessThanOrEqual(packsBefore)
      expect(report.renewed!.olderPacks).toBe(0)
      expect(await contents(renewed, place)).toEqual(before)
    },
  )

  test('one that is interrupted ends its session, and what it had put goes', async () => {
    const { place, before } = await placeWithBackups()
    const stop = new AbortController()
    const upkeep = await openUpkeep(renewed, await reopened(renewed, place), folders.in('cache'))
    const onProgress = ({ bytes }: { bytes: number }) => {
      if (bytes > 0) stop.abort()
    }
    const cut = collect(upkeep, { graceMs: 0, renew: { ...BATCH, onProgress }, signal: stop.signal })
    await expect(cut).rejects.toMatchObject({ code: 'cancelled' })
    upkeep.repository.close()
    const { state } = (await reopened(renewed, place)).log
    expect([...state.sessions.values()].at(-1)?.expired).toBeDefined()
    expect(await contents(renewed, place)).toEqual(before)
    await renew(place, 0)
    expect(new Set(await epochsAt(place.store, 'data/'))).toEqual(new Set([2]))
  })

  test('a damaged pack stays, is told of, and hinders no other', async () => {
    const { place } = await placeWithBackups()
    const keys: string[] = []
    for await (const { key } of listAll(place.store, 'data/')) keys.push(key)
    const at = await openUpkeep(renewed, await reopened(renewed, place), folders.in('look'))
    const { packs } = at.repository.index
    const data = keys.find(
      (key) => packs.kindOf(packs.find(Buffer.from(key.split(/[/.]/)[2]!, 'hex'))) === 'data',
    )!
    at.repository.close()
    const path = join(folders.in('place'), data)
    const bytes = readFileSync(path)
    bytes[200] = bytes[200]! ^ 1
    writeFileSync(path, bytes)
    const report = await renew(place, 0)
    expect(report.renewed).toMatchObject({ packs: keys.length - 1, olderPacks: 1, damagedPacks: 1 })
    expect((await epochsAt(place.store, 'data/')).filter((epoch) => epoch === 1)).toHaveLength(1)
  })

  test('a checkpoint under older keys is replaced by one under the new', async () => {
    const { place } = await placeWithBackups()
    const { log } = await reopened(old, place)
    await storeCheckpoint(place.store, old.keys, log.state, { random: nodeRandom, log: silentLog })
    await renew(place, 0)
    expect(await epochsAt(place.store, 'ckpt/')).toEqual([2])
    const { log: after } = await reopened(renewed, place)
    expect(after.state.snapshots.size).toBe(2)
    // An old one that lies far behind goes with the next that is written, whatever its position.
    const later = { ...after.state, pos: after.state.pos + 600 }
    await storeCheckpoint(place.store, renewed.keys, later, { random: nodeRandom, log: silentLog })
    const left: string[] = []
    for await (const { key } of listAll(place.store, 'ckpt/')) left.push(key)
    expect(left).toEqual([ckptKey(later.pos)])
  })
})
