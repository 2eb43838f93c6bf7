import { describe, expect, test } from 'vitest'
import { createFakeRandom } from '../../../main/engine/env/fake/fake-random.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { takeOver } from '../../../main/engine/repository/log/take-over.ts'
import { faulty } from '../../../main/engine/storage/faulty.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { commitSnapshot, createGround, hashOf } from './ground.ts'

/** A store as Backblaze's: it answers conditional writes with 501. */
function withoutConditionalWrites(store: ObjectStore): ObjectStore {
  return {
    ...store,
    putIfAbsent: async () => {
      throw new EverstowError('not-supported')
    },
  }
}

describe('creating a repository at a place', () => {
  test('many at once: one creates, all have the same log', async () => {
    const ground = createGround('creators')
    const devices = await Promise.all(['a', 'b', 'c', 'd'].map((name) => ground.device(name)))
    const answers = await Promise.all(devices.map((device) => ground.create(device)))
    expect(answers.filter(({ created }) => created).length).toBe(1)
    expect(new Set(answers.map(({ destId }) => destId)).size).toBe(1)
  })

  test('a place of another repository is left alone', async () => {
    const ground = createGround('ours')
    const stranger = createGround('theirs')
    await stranger.create(await stranger.device('them'))
    const before = new Map(stranger.bucket.objects)
    const us = await ground.device('us')
    await expect(ground.create(us, {}, stranger.store)).rejects.toMatchObject({ code: 'repository-exists' })
    expect(new Map(stranger.bucket.objects)).toEqual(before)
  })

  test('a log that our keys do not open is left alone, too', async () => {
    const ground = createGround('same id')
    const device = await ground.device('laptop')
    await ground.create(device)
    const genesis = ground.bucket.objects.get('log/000000000000')
    const stranger = createGround('other keys')
    await stranger.create(await stranger.device('them'))
    const theirs = stranger.bucket.objects.get('log/000000000000')
    if (!genesis || !theirs) throw new Error('no genesis')
    ground.bucket.objects.set('log/000000000000', theirs)
    await expect(ground.create(device)).rejects.toMatchObject({ code: 'repository-exists' })
  })

  test('a fault before or after any of its writes: the next try finishes, and nothing is there twice', async () => {
    for (const operation of ['put', 'putIfAbsent', 'get'] as const) {
      for (const fault of ['before', 'after'] as const) {
        for (let at = 0; at < 4; at++) {
          const ground = createGround(`${operation} ${fault} ${at}`)
          const device = await ground.device('laptop')
          const env = { clock: nodeClock, random: createFakeRandom(at) }
          const { store, faults } = faulty(ground.store, { rates: {} }, env)
          faults.script(operation, ...Array.from({ length: at }, () => 'none' as const), fault)
          await ground.create(device, {}, store).catch((error: unknown) => {
            expect(error).toMatchObject({ retry: 'retry' })
          })
          const { destId } = await ground.create(device)
          const log = await ground.open(device)
          expect(log.destId).toBe(destId)
          expect(log.state.alarms).toEqual([])
        }
      }
    }
  })
})

describe('a store without conditional writes', () => {
  test('is refused by default, and nothing pretends', async () => {
    const ground = createGround('refused')
    const store = withoutConditionalWrites(ground.store)
    const device = await ground.device('laptop')
    await expect(ground.create(device, {}, store)).rejects.toMatchObject({ code: 'not-supported' })
  })

  test('may have its log at a home, which an adopter finds', async () => {
    const ground = createGround('home')
    const [laptop, server] = [await ground.device('laptop'), await ground.device('server')]
    const home = await ground.create(laptop)
    const poor = ground.place()
    const store = withoutConditionalWrites(poor.store)
    const where = { kind: 'home', store: ground.store, destId: home.destId } as const
    const { destId, created } = await ground.create(laptop, { where }, store)
    expect(created).toBe(true)
    // Made again after a crash, it is the same.
    expect(await ground.create(laptop, { where }, store)).toEqual({ destId, created: false })

    const homeOf = async (id: string) => (id === home.destId ? ground.store : undefined)
    const logs = await Promise.all(
      [laptop, server].map((device) =>
        ground.open(device, { homeOf, place: { id: 'p_2', name: 'b2' } }, store),
      ),
    )
    await Promise.all(
      logs.map(async (log) => {
        for (let at = 0; at < 5; at++) await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
      }),
    )
    const [first] = logs
    const state = await first?.refresh()
    expect(state?.snapshots.size).toBe(10)
    expect(state?.destId).toBe(destId)
    expect([...poor.bucket.objects.keys()].filter((key) => key.startsWith('log/'))).toEqual([])
    // The home's own log knows nothing of it.
    expect((await ground.open(laptop)).state.snapshots.size).toBe(0)
    await expect(ground.open(server, {}, store)).rejects.toMatchObject({ code: 'offline' })
  })

  test('may have one writer; others read, and take over only when told to', async () => {
    const ground = createGround('owned')
    const store = withoutConditionalWrites(ground.store)
    const [laptop, server] = [await ground.device('laptop'), await ground.device('server')]
    await ground.create(laptop, { where: { kind: 'owned' } }, store)
    const owner = await ground.open(laptop, {}, store)
    await commitSnapshot(owner, hashOf(ground.random), hashOf(ground.random))
    const reader = await ground.open(server, {}, store)
    expect(reader.state.snapshots.size).toBe(1)
    await expect(reader.beginSession('backup')).rejects.toMatchObject({
      code: 'owner-elsewhere',
      data: { place: 'disk', device: 'laptop' },
    })
    expect((await owner.refresh()).devices.size).toBe(1)

    await takeOver(reader, server)
    await commitSnapshot(reader, hashOf(ground.random), hashOf(ground.random))
    await owner.refresh()
    await expect(owner.beginSession('backup')).rejects.toMatchObject({
      code: 'owner-elsewhere',
      data: { device: 'server' },
    })
    expect(reader.state).toMatchObject({ owner: server.id, alarms: [] })
    expect(reader.state.snapshots.size).toBe(2)
  })
})
