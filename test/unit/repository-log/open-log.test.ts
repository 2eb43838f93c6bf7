import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createFakeEnv } from '../../../main/engine/env/fake/create-fake-env.ts'
import { silentLog } from '../../../main/engine/env/log.ts'
import { logKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import { encodeState } from '../../../main/engine/repository/log/checkpoint.ts'
import { forgetfulHeads, openRememberedHeads } from '../../../main/engine/repository/log/remembered-heads.ts'
import type { MemoryBucket } from '../../../main/engine/storage/memory/bucket.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { counting } from './counting-store.ts'
import { commitSnapshot, createGround, type Ground, hashOf } from './ground.ts'

const FOLDER = '/home/cache/repositories/r/p_1'

async function threeSnapshots(seed: string) {
  const ground = createGround(seed)
  const device = await ground.device('laptop')
  await ground.create(device)
  const log = await ground.open(device)
  for (let at = 0; at < 3; at++) await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
  return { ground, device, log }
}

function logSlots(bucket: MemoryBucket): string[] {
  return [...bucket.objects.keys()].filter((key) => key.startsWith('log/')).sort()
}

/** The destination as it was before: what a storage provider that lies, or a restored disk, shows. */
function rollBack(ground: Ground, toPos: number): void {
  for (const key of logSlots(ground.bucket).slice(toPos + 1)) ground.bucket.objects.delete(key)
}

describe('the kept log', () => {
  test('what was seen of a log is asked for at once where nothing of it is kept', async () => {
    const { ground, device, log } = await threeSnapshots('seen')
    const remembered = forgetfulHeads()
    await ground.open(device, { remembered })
    let under = 0
    let most = 0
    const store: ObjectStore = {
      ...ground.store,
      async get(key, options) {
        most = Math.max(most, key.startsWith('log/') ? ++under : 0)
        try {
          // Only when all that is asked for together has been asked for.
          await setImmediate()
          return await ground.store.get(key, options)
        } finally {
          if (key.startsWith('log/')) under--
        }
      },
    }
    const { store: counted, gets } = counting(store)
    const again = await ground.open(device, { remembered }, counted)
    const { pos } = again.state
    expect(pos).toBe(log.state.pos)
    expect(most).toBeGreaterThanOrEqual(pos + 2)
    // The first and the last twice: they are compared with what is remembered before.
    expect(gets.filter((key) => key.startsWith('log/'))).toHaveLength(pos + 4)
  })

  test('an opened log goes on behind what is kept: two slots are asked for, whatever its length', async () => {
    const { ground, device, log } = await threeSnapshots('kept')
    const { files } = createFakeEnv()
    const cache = { files, folder: FOLDER }
    const remembered = forgetfulHeads()
    await ground.open(device, { cache, remembered })
    const { store, gets } = counting(ground.store)
    const again = await ground.open(device, { cache, remembered }, store)
    expect(encodeState(again.state)).toEqual(encodeState(log.state))
    const { pos } = log.head
    // Record 0 tells which log it is, the last known one that it is still the same, and the next one that there is none.
    expect(gets).toEqual(['repo.json', logKey(0), logKey(pos), logKey(pos + 1)])
  })

  test.each(['log', 'checkpoint'])('any flipped byte of the kept %s, and it is read again', async (name) => {
    const { ground, device, log } = await threeSnapshots(name)
    const { files } = createFakeEnv()
    const cache = { files, folder: FOLDER }
    await ground.open(device, { cache })
    // A second open reads on and writes the tail.
    await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
    await ground.open(device, { cache })
    const kept = new Map<string, Buffer>()
    for (const file of ['log', 'checkpoint']) {
      kept.set(file, Buffer.from(await files.readFile(`${FOLDER}/${file}`)))
    }
    const size = kept.get(name)?.length ?? 0
    expect(size).toBeGreaterThan(500)
    for (let at = 0; at < size; at += 5) {
      for (const [file, whole] of kept) files.put(`${FOLDER}/${file}`, whole)
      const flipped = Buffer.from(kept.get(name) ?? '')
      flipped[at] = (flipped[at] ?? 0) ^ 0x81
      files.put(`${FOLDER}/${name}`, flipped)
      const { state } = await ground.open(device, { cache })
      expect(Buffer.from(encodeState(state)).equals(encodeState(log.state))).toBe(true)
    }
  })

  test('a crash between checkpoint and log loses nothing', async () => {
    const { ground, device, log } = await threeSnapshots('crash')
    const { files } = createFakeEnv()
    const cache = { files, folder: FOLDER }
    await ground.open(device, { cache })
    const oldLog = await files.readFile(`${FOLDER}/log`)
    const oldCheckpoint = await files.readFile(`${FOLDER}/checkpoint`)
    for (let at = 0; at < 2; at++) await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
    const newer = createFakeEnv().files
    await ground.open(device, { cache: { files: newer, folder: FOLDER } })
    // The newer checkpoint beside the older log, and the other way round.
    files.put(`${FOLDER}/checkpoint`, await newer.readFile(`${FOLDER}/checkpoint`))
    files.put(`${FOLDER}/log`, oldLog)
    expect(encodeState((await ground.open(device, { cache })).state)).toEqual(encodeState(log.state))
    files.put(`${FOLDER}/checkpoint`, oldCheckpoint)
    files.put(`${FOLDER}/log`, await newer.readFile(`${FOLDER}/log`))
    expect(encodeState((await ground.open(device, { cache })).state)).toEqual(encodeState(log.state))
  })
})

describe('history that goes backwards', () => {
  test.each([
    ['shorter', (ground: Ground) => rollBack(ground, 2)],
    [
      'different',
      async (ground: Ground) => {
        rollBack(ground, logSlots(ground.bucket).length - 2)
        const other = await ground.open(await ground.device('another'))
        await other.append('pin', { snaps: [] })
      },
    ],
    ['gone', (ground: Ground) => ground.bucket.objects.clear()],
  ])('a log that is %s stops everything, and writes nothing', async (reason, tamper) => {
    const { ground, device } = await threeSnapshots(reason)
    const remembered = forgetfulHeads()
    await ground.open(device, { remembered })
    await tamper(ground)
    const before = [...ground.bucket.objects.keys()]
    await expect(ground.open(device, { remembered })).rejects.toMatchObject({
      code: 'rollback-detected',
      data: { place: 'disk', reason },
    })
    expect([...ground.bucket.objects.keys()]).toEqual(before)
    // And it stays so until a person says otherwise.
    await expect(ground.open(device, { remembered })).rejects.toMatchObject({ code: 'rollback-detected' })
  })

  test('a record that nobody could have written is damage, not another history', async () => {
    const { ground, device } = await threeSnapshots('unreadable')
    const remembered = forgetfulHeads()
    await ground.open(device, { remembered })
    const last = logSlots(ground.bucket).at(-1) ?? ''
    const other = ground.bucket.objects.get(logKey(1))
    if (other) ground.bucket.objects.set(last, other)
    await expect(ground.open(device, { remembered })).rejects.toMatchObject({
      code: 'log-damaged',
      data: { place: 'disk', reason: 'unreadable' },
    })
    expect(ground.bucket.objects.get(last)).toBe(other)
  })

  test('another log at the same place is an alarm, too', async () => {
    const { ground, device } = await threeSnapshots('other-log')
    const remembered = forgetfulHeads()
    await ground.open(device, { remembered })
    ground.bucket.objects.clear()
    await ground.create(device)
    await expect(ground.open(device, { remembered })).rejects.toMatchObject({
      code: 'rollback-detected',
      data: { reason: 'other-log' },
    })
  })

  test('a person may accept what is there; then it is what is remembered', async () => {
    const { ground, device } = await threeSnapshots('accept')
    const { files } = createFakeEnv()
    const options = { cache: { files, folder: FOLDER }, remembered: forgetfulHeads() }
    await ground.open(device, options)
    rollBack(ground, 2)
    const accepted = await ground.open(device, { ...options, acceptHistory: true })
    expect(accepted.head.pos).toBe(2)
    expect((await ground.open(device, options)).head.pos).toBe(2)
  })

  test('what others saw of a log is remembered through their records in another', async () => {
    const ground = createGround('witness')
    const [laptop, server] = [await ground.device('laptop'), await ground.device('server')]
    await ground.create(laptop)
    const other = ground.place()
    await ground.create(laptop, {}, other.store)
    const laptopMemory = forgetfulHeads()
    const here = await ground.open(laptop, { remembered: laptopMemory })
    await commitSnapshot(here, hashOf(ground.random), hashOf(ground.random))
    const there = await ground.open(
      laptop,
      { remembered: laptopMemory, place: { id: 'p_2', name: 'cloud' } },
      other.store,
    )
    await commitSnapshot(there, hashOf(ground.random), hashOf(ground.random))

    // The server has never looked here, but reads in the other log how far this one was.
    const serverMemory = forgetfulHeads()
    await ground.open(server, { remembered: serverMemory, place: { id: 'p_2', name: 'cloud' } }, other.store)
    rollBack(ground, 0)
    await expect(ground.open(server, { remembered: serverMemory })).rejects.toMatchObject({
      code: 'rollback-detected',
      data: { place: 'disk', reason: 'shorter' },
    })
  })

  test('the memory survives in its file, and a damaged file is put aside', async () => {
    const { ground, device } = await threeSnapshots('memory')
    const { files } = createFakeEnv()
    const path = '/home/state/repositories/r.json'
    const open = () => openRememberedHeads(files, path, silentLog)
    const log = await ground.open(device, { remembered: await open() })
    expect((await open()).headOf(log.destId)).toEqual(log.head)
    expect((await open()).destinationAt('p_1')).toBe(log.destId)
    rollBack(ground, 1)
    await expect(ground.open(device, { remembered: await open() })).rejects.toMatchObject({
      code: 'rollback-detected',
    })
    files.put(path, '{"version":1')
    expect((await open()).all()).toEqual([])
    expect(await files.readText(`${path}.damaged`)).toBe('{"version":1')
  })
})

describe('a repository that is another', () => {
  test('repo.json of another repository, and one that was changed', async () => {
    const { ground, device } = await threeSnapshots('repo.json')
    const stranger = createGround('stranger')
    await stranger.create(await stranger.device('them'))
    const theirs = stranger.bucket.objects.get('repo.json')
    const ours = ground.bucket.objects.get('repo.json')
    if (!theirs || !ours) throw new Error('no repo.json')
    ground.bucket.objects.set('repo.json', theirs)
    await expect(ground.open(device)).rejects.toMatchObject({ code: 'repository-differs' })
    const changed = ours.bytes.toString().replace('262144', '262145')
    ground.bucket.objects.set('repo.json', { ...ours, bytes: Buffer.from(changed) })
    await expect(ground.open(device)).rejects.toMatchObject({
      code: 'data-damaged',
      data: { what: 'repo.json' },
    })
    ground.bucket.objects.delete('repo.json')
    await expect(ground.open(device)).rejects.toMatchObject({ code: 'repository-missing' })
  })
})

describe('checkpoints', () => {
  const checkpointsOf = (ground: ReturnType<typeof createGround>) =>
    [...ground.bucket.objects.keys()].filter((key) => key.startsWith('ckpt/'))

  test('a computer that comes new reads the last checkpoint and what follows; V8: its state is the same', async () => {
    const ground = createGround('checkpoint')
    const device = await ground.device('laptop')
    await ground.create(device)
    const log = await ground.open(device)
    for (let at = 0; at < 130; at++) {
      await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
    }
    expect(checkpointsOf(ground)).toEqual(['ckpt/000000000192', 'ckpt/000000000256'])
    const { store, gets } = counting(ground.store)
    const newcomer = await ground.open(await ground.device('new'), {}, store)
    expect(gets.filter((key) => key.startsWith('log/')).length).toBeLessThan(20)
    expect(encodeState(newcomer.state)).toEqual(encodeState(log.state))

    ground.bucket.objects.delete('ckpt/000000000192')
    const checkpoint = ground.bucket.objects.get('ckpt/000000000256')
    if (!checkpoint) throw new Error('no checkpoint')
    const flipped = Buffer.from(checkpoint.bytes)
    flipped[100] = (flipped[100] ?? 0) ^ 1
    ground.bucket.objects.set('ckpt/000000000256', { ...checkpoint, bytes: flipped })
    expect(encodeState((await ground.open(device)).state)).toEqual(encodeState(log.state))
    ground.bucket.objects.set('ckpt/000000000004', checkpoint)
    ground.bucket.objects.delete('ckpt/000000000256')
    expect(encodeState((await ground.open(device)).state)).toEqual(encodeState(log.state))
  })
})
