import { describe, expect, test } from 'vitest'
import { nodeRandom } from '../../../main/engine/env/node/node-random.ts'
import { logKey } from '../../../main/engine/repository/format/keys-of-objects.ts'
import { encodeRecord } from '../../../main/engine/repository/format/log-record.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import { deletableKeys } from '../../../main/engine/repository/log/deletion-rule.ts'
import { isLive } from '../../../main/engine/repository/log/state-queries.ts'
import { packsUsedSince, rootsOf } from '../../../main/engine/repository/log/sweep.ts'
import { commitSnapshot, createGround, type Ground, hashOf } from './ground.ts'

async function openedBy(seed: string, ...names: readonly string[]) {
  const ground = createGround(seed)
  const devices = await Promise.all(names.map((name) => ground.device(name)))
  const [first] = devices
  if (!first) throw new Error('nobody')
  await ground.create(first)
  const logs = await Promise.all(devices.map((device) => ground.open(device)))
  return { ground, devices, logs: logs as [CommitLog, ...CommitLog[]] }
}

/** Puts a record into the next slot as nobody with this software would. */
async function forge(
  ground: Ground,
  log: CommitLog,
  signer: Parameters<typeof encodeRecord>[3],
  record: { readonly type: string; readonly body: Readonly<Record<string, unknown>>; readonly prev?: string },
): Promise<number> {
  const pos = log.head.pos + 1
  const bytes = encodeRecord(
    ground.keys,
    log.destId,
    {
      pos,
      prev: log.head.hash,
      rid: Buffer.from(nodeRandom.bytes(16)).toString('hex'),
      device: signer.id,
      at: '2026-01-05T00:00:00.000Z',
      seen: [],
      ...record,
    },
    signer,
    nodeRandom,
  )
  await ground.store.putIfAbsent(logKey(pos), bytes)
  return pos
}

describe('a log of one destination', () => {
  test('begins with genesis, introduces devices and commits sessions; all see the same', async () => {
    const { ground, devices, logs } = await openedBy('plain', 'laptop', 'server')
    const [first, second] = logs
    const snap = hashOf(ground.random)
    const b = await commitSnapshot(second ?? first, snap, hashOf(ground.random))
    const state = await first.refresh()
    expect(state.snapshots.get(snap)).toMatchObject({ b, device: devices[1]?.id, pos: b + 1 })
    expect([...state.devices.values()].map(({ name }) => name)).toEqual(['laptop', 'server'])
    expect(state).toEqual(second?.state)
    expect(state.alarms).toEqual([])
  })

  test('V3: a session commits once, however often it is asked; V4: the answer is where it stands', async () => {
    const { ground, logs } = await openedBy('once', 'laptop')
    const [log] = logs
    const b = await log.beginSession('backup')
    const body = { b, snaps: [hashOf(ground.random)], idx: [], uses: { packs: [], snaps: [] } }
    const commit = () => log.commitSession({ b, body, recheck: async () => 'ok' })
    const answers = await Promise.all([commit(), commit(), commit()])
    expect(new Set(answers.map(({ pos }) => pos))).toEqual(new Set([b + 1]))
    expect((await log.refresh()).pos).toBe(b + 1)
  })

  test('an expired session is refused and must begin again', async () => {
    const { ground, logs } = await openedBy('expired', 'laptop', 'server')
    const [laptop, server] = logs
    const b = await laptop.beginSession('backup')
    await server?.append('expire', { b })
    const body = { b, snaps: [hashOf(ground.random)], idx: [], uses: { packs: [], snaps: [] } }
    const commit = laptop.commitSession({ b, body, recheck: async () => 'ok' })
    await expect(commit).rejects.toMatchObject({ code: 'session-expired', retry: 'retry' })
  })

  test('recheck sees every state that the commit might follow', async () => {
    const { ground, logs } = await openedBy('recheck', 'laptop', 'server')
    const [laptop, server] = logs
    const b = await laptop.beginSession('backup')
    const seen: number[] = []
    const body = { b, snaps: [hashOf(ground.random)], idx: [], uses: { packs: [], snaps: [] } }
    const { pos } = await laptop.commitSession({
      b,
      body,
      async recheck(state) {
        seen.push(state.pos)
        // Somebody is always a little faster, three times.
        if (seen.length <= 3) await server?.beginSession('backup')
        return 'ok'
      },
    })
    expect(seen.at(-1)).toBe(pos - 1)
    expect(seen.length).toBe(4)
  })

  test('long lists go into list objects, and come back', async () => {
    const { ground, devices, logs } = await openedBy('lists', 'laptop')
    const [log] = logs
    const many = (count: number) => Array.from({ length: count }, () => hashOf(ground.random))
    const [segments, used, snaps] = [many(1200), many(3000), many(2)]
    const b = await log.beginSession('backup')
    const body = { b, snaps, idx: segments, uses: { packs: used, snaps: [] } }
    await log.commitSession({ b, body, recheck: async () => 'ok' })
    expect([...ground.bucket.objects.keys()].filter((key) => key.startsWith('list/')).length).toBe(2)
    const reader = await ground.open(devices[0]!)
    expect([...reader.state.segments.keys()]).toEqual(segments)
    expect(await packsUsedSince(reader, b, new Set())).toEqual(new Set(used))
    // A list that is gone makes its record unreadable: nothing may be written any more, but reading goes on.
    for (const key of ground.bucket.objects.keys())
      if (key.startsWith('list/')) ground.bucket.objects.delete(key)
    const damaged = await ground.open(devices[0]!)
    expect(damaged.state).toMatchObject({ damaged: true, alarms: [{ pos: b + 1, reason: 'unreadable' }] })
    await expect(damaged.beginSession('backup')).rejects.toMatchObject({ code: 'log-damaged' })
  })

  test('two computers that share an identity are two writers like others', async () => {
    const { ground, devices, logs } = await openedBy('cloned', 'laptop')
    const [log] = logs
    const clone = await ground.open(devices[0]!)
    const work = [log, clone].map(async (one) => {
      for (let at = 0; at < 10; at++) await commitSnapshot(one, hashOf(ground.random), hashOf(ground.random))
    })
    await Promise.all(work)
    const state = await log.refresh()
    expect(state.snapshots.size).toBe(20)
    expect(state.alarms).toEqual([])
    expect([...state.sessions.values()].every(({ done }) => done !== undefined)).toBe(true)
  })

  test('the audit trail is every record, judged', async () => {
    const { ground, logs } = await openedBy('trail', 'laptop')
    const [log] = logs
    await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
    const entries = await Array.fromAsync(log.records())
    expect(entries.map(({ record }) => record?.type)).toEqual(['genesis', 'begin', 'commit'])
    expect(entries.every(({ fault }) => fault === undefined)).toBe(true)
    expect((await Array.fromAsync(log.records(2))).map(({ pos }) => pos)).toEqual([2])
  })
})

describe('records that do not verify', () => {
  test('a commit by an unknown device does not count, but its snapshot is a root and its session stays', async () => {
    const { ground, devices, logs } = await openedBy('unknown', 'laptop')
    const [log] = logs
    const stranger = await ground.device('stranger')
    const b = await log.beginSession('backup')
    const [snap, pack] = [hashOf(ground.random), hashOf(ground.random)]
    const body = { b, snaps: [snap], idx: [], uses: { packs: [], snaps: [] } }
    const pos = await forge(ground, log, stranger, { type: 'commit', body })
    const state = await log.refresh()
    expect(state.alarms).toEqual([{ pos, reason: 'device' }])
    expect(isLive(state.snapshots.get(snap))).toBe(false)
    expect(rootsOf(state, 0)).toEqual(new Set([snap]))
    expect(state.damaged).toBe(false)
    // V5: nothing that it names is deleted, even when its session has expired.
    await log.append('expire', { b })
    const keys = [`data/${pack.slice(0, 2)}/${pack}.${b}`, `snap/${snap}.${b}`]
    expect(deletableKeys(log.state, keys, () => new Set())).toEqual([])
    // And others agree (V8).
    expect((await ground.open(devices[0]!)).state).toEqual(log.state)
  })

  test('a forged signature, another predecessor, a commit of no session, a removed device', async () => {
    const { ground, devices, logs } = await openedBy('forged', 'laptop', 'server')
    const [log, other] = logs
    const [laptop, server] = devices
    if (!laptop || !server || !other) throw new Error('nobody')
    await other.beginSession('backup')
    await log.refresh()
    const impostor = { ...server, sign: laptop.sign }
    const forgotten = { snaps: [hashOf(ground.random)] }
    await forge(ground, log, impostor, { type: 'forget', body: forgotten })
    expect((await log.refresh()).alarms.at(-1)?.reason).toBe('signature')
    expect(log.state.tombstones.size).toBe(0)

    const nothing = { b: 0, snaps: [hashOf(ground.random)], idx: [], uses: { packs: [], snaps: [] } }
    await forge(ground, log, laptop, { type: 'commit', body: nothing })
    expect((await log.refresh()).alarms.at(-1)?.reason).toBe('session')
    expect(log.state.snapshots.size).toBe(0)

    await log.append('device-', { id: server.id })
    await other.refresh()
    await expect(other.beginSession('backup')).rejects.toMatchObject({ code: 'permission-denied' })
    await forge(ground, log, server, { type: 'begin', body: { purpose: 'backup' } })
    expect((await log.refresh()).alarms.at(-1)?.reason).toBe('device')

    await forge(ground, log, laptop, {
      type: 'begin',
      body: { purpose: 'backup' },
      prev: hashOf(ground.random),
    })
    expect(await log.refresh()).toMatchObject({ damaged: true })
    await expect(log.beginSession('backup')).rejects.toMatchObject({ code: 'log-damaged' })
  })

  test('a slot with one flipped byte, at any place, is never believed and stops all writing', async () => {
    const { ground, devices, logs } = await openedBy('flipped', 'laptop')
    const [log] = logs
    await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
    const key = logKey(1)
    const whole = ground.bucket.objects.get(key)
    if (!whole) throw new Error('no record')
    for (let at = 0; at < whole.bytes.length; at += 3) {
      const bytes = Buffer.from(whole.bytes)
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      ground.bucket.objects.set(key, { ...whole, bytes })
      // An epoch that nobody has asks for its key; everything else raises the alarm.
      const opened = await ground.open(devices[0]!).catch((error: { code?: string }) => error.code)
      if (typeof opened === 'string' || opened === undefined) {
        expect(opened).toBe('key-missing')
        continue
      }
      expect(opened.state.alarms.length).toBeGreaterThan(0)
      expect(opened.state.damaged).toBe(true)
    }
  })

  test('a slot that was removed while later ones are there', async () => {
    const { ground, devices, logs } = await openedBy('gap', 'laptop')
    const [log] = logs
    for (let at = 0; at < 4; at++) await commitSnapshot(log, hashOf(ground.random), hashOf(ground.random))
    ground.bucket.objects.delete(logKey(5))
    await expect(ground.open(devices[0]!)).rejects.toMatchObject({
      code: 'log-damaged',
      data: { pos: 5, reason: 'gap' },
    })
  })
})
