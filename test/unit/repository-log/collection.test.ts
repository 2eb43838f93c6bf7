import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../main/engine/env/fake/fake-clock.ts'
import type { CommitLog } from '../../../main/engine/repository/log/commit-log.ts'
import { createDeletionRule, deletableKeys } from '../../../main/engine/repository/log/deletion-rule.ts'
import { expireSilent } from '../../../main/engine/repository/log/expire-sessions.ts'
import { purgeDue, restoreSweep } from '../../../main/engine/repository/log/purge.ts'
import {
  forgetSnapshots,
  pinSnapshots,
  reportFound,
  reportLost,
  unforgetSnapshots,
} from '../../../main/engine/repository/log/snapshot-marks.ts'
import { brokenUses, isLive, isPackLive } from '../../../main/engine/repository/log/state-queries.ts'
import { sweepUnreachable } from '../../../main/engine/repository/log/sweep.ts'
import { createMemoryStore } from '../../../main/engine/storage/memory/memory-store.ts'
import { commitSnapshot, createGround, hashOf } from './ground.ts'

const HOUR_MS = 3_600_000

/** One repository at a store whose clock is ours to move. */
async function opened(seed: string) {
  const ground = createGround(seed)
  const clock = createFakeClock()
  const storeClock = createFakeClock()
  const store = createMemoryStore({ bucket: ground.bucket }, { clock: storeClock, random: ground.random })
  const device = await ground.device('laptop')
  await ground.create(device, { clock }, store)
  const log = await ground.open(device, { clock }, store)
  const other = await ground.open(await ground.device('server'), { clock }, store)
  const pass = async (ms: number) => {
    await clock.advance(ms)
    await storeClock.advance(ms)
  }
  return { ground, clock, log, other, pass, id: () => hashOf(ground.random) }
}

const packKey = (pack: string, b: number) => `data/${pack.slice(0, 2)}/${pack}.${b}`

describe('collecting', () => {
  test('forget, sweep, grace, purge: only then, and only what was named, may be deleted', async () => {
    const { log, pass, id } = await opened('whole way')
    const [snap, kept, pack, segment] = [id(), id(), id(), id()]
    const b = await commitSnapshot(log, snap, segment)
    const keptB = await commitSnapshot(log, kept, id())
    const packsOf = (of: number) => new Set(of === b ? [pack] : [])
    const listed = [
      packKey(pack, b),
      `snap/${snap}.${b}`,
      `index/${segment}.${b}`,
      `find/${segment}.${b}`,
      `snap/${kept}.${keptB}`,
    ]
    await forgetSnapshots(log, [snap])
    expect(isLive(log.state.snapshots.get(snap))).toBe(false)

    // For 72 hours it is still a root.
    await sweepUnreachable(log, {
      mark: async (_state, roots) => {
        expect(roots).toEqual(new Set([snap, kept]))
        return new Set()
      },
    })
    await pass(73 * HOUR_MS)
    const sweeps = await sweepUnreachable(log, {
      mark: async (_state, roots) => {
        expect(roots).toEqual(new Set([kept]))
        return new Set([pack])
      },
    })
    expect(sweeps.length).toBe(2)
    expect(isPackLive(log.state, pack, b)).toBe(false)
    expect(await unforgetSnapshots(log, [snap])).toEqual([snap])
    expect(deletableKeys(log.state, listed, packsOf)).toEqual([])

    expect(await purgeDue(log)).toEqual([])
    await pass(73 * HOUR_MS)
    expect(await purgeDue(log)).toEqual(sweeps)
    expect(deletableKeys(log.state, listed, packsOf)).toEqual([packKey(pack, b), `snap/${snap}.${b}`])
    for (const pos of sweeps) expect(await restoreSweep(log, pos)).toBe(false)
  })

  test('restoring every sweep since brings packs and snapshot back', async () => {
    const { log, id } = await opened('restore')
    const [snap, pack] = [id(), id()]
    const b = await commitSnapshot(log, snap, id())
    await forgetSnapshots(log, [snap])
    const sweeps = await sweepUnreachable(log, { mark: async () => new Set([pack]), undoMs: 0 })
    expect(sweeps.length).toBe(2)
    const [snaps, packs] = sweeps as [number, number]
    expect(await restoreSweep(log, snaps)).toBe(true)
    // Its packs are still swept.
    expect(await unforgetSnapshots(log, [snap])).toEqual([snap])
    expect(await restoreSweep(log, packs)).toBe(true)
    expect(isPackLive(log.state, pack, b)).toBe(true)
    expect(await unforgetSnapshots(log, [snap])).toEqual([])
    expect(isLive(log.state.snapshots.get(snap))).toBe(true)
  })

  test('a commit between mark and sweep keeps the packs it uses; a snapshot that comes back begins the mark anew', async () => {
    const { log, other, id } = await opened('between')
    const [used, unused, snap] = [id(), id(), id()]
    await commitSnapshot(log, snap, id())
    await forgetSnapshots(log, [snap])
    let marks = 0
    const sweeps = await sweepUnreachable(log, {
      undoMs: 0,
      async mark() {
        marks += 1
        const begun = await other.beginSession('backup')
        const body = { b: begun, snaps: [id()], idx: [], uses: { packs: [used], snaps: [] } }
        await other.commitSession({ b: begun, body, recheck: async () => 'ok' })
        if (marks === 1) await unforgetSnapshots(other, [snap])
        return new Set([used, unused])
      },
    })
    expect(marks).toBe(2)
    expect(sweeps.map((pos) => log.state.sweeps.get(pos)?.packs)).toEqual([[unused]])
    expect(isLive(log.state.snapshots.get(snap))).toBe(true)
  })

  test('a mark that fails sweeps nothing', async () => {
    const { log, id } = await opened('abort')
    await commitSnapshot(log, id(), id())
    const { pos } = log.head
    const mark = async () => {
      throw new Error('a tree cannot be read')
    }
    await expect(sweepUnreachable(log, { mark })).rejects.toThrow('a tree cannot be read')
    expect((await log.refresh()).pos).toBe(pos)
  })

  test('a sweep of many packs takes several records', async () => {
    const { log, id } = await opened('many')
    const packs = new Set(Array.from({ length: 2000 }, id))
    const sweeps = await sweepUnreachable(log, { mark: async () => packs })
    expect(sweeps.length).toBe(3)
    expect(new Set(log.state.swept.keys())).toEqual(packs)
  })

  test('a clock that is off forgets, sweeps, expires and purges nothing; backups go on', async () => {
    const { log, clock, id } = await opened('clock')
    const snap = id()
    clock.jump(6 * 60_000)
    await commitSnapshot(log, snap, id())
    const { pos } = log.head
    const off = { code: 'clock-off' }
    await expect(forgetSnapshots(log, [snap])).rejects.toMatchObject(off)
    await expect(sweepUnreachable(log, { mark: async () => new Set() })).rejects.toMatchObject(off)
    await expect(expireSilent(log)).rejects.toMatchObject(off)
    await expect(purgeDue(log)).rejects.toMatchObject(off)
    expect((await log.refresh()).pos).toBe(pos)
  })

  test('sessions expire after seven silent days; what they left may be deleted, what others left not', async () => {
    const { log, other, pass, id } = await opened('silent')
    const silent = await other.beginSession('backup')
    const busy = await other.beginSession('backup')
    await pass(8 * 24 * HOUR_MS)
    const recent = await other.beginSession('backup')
    const lastObjectMs = (b: number) => (b === busy ? log.storeNowMs() - HOUR_MS : undefined)
    expect(await expireSilent(log, { lastObjectMs })).toEqual([silent])
    const [pack, list] = [id(), id()]
    const keys = [silent, busy, recent, 999].flatMap((b) => [
      packKey(pack, b),
      `list/${list}.${b}`,
      `snap/${list}.${b}`,
      `find/${list}.${b}`,
    ])
    expect(deletableKeys(log.state, keys, () => undefined)).toEqual(keys.slice(0, 4))
    const verdictOf = createDeletionRule(log.state, () => undefined)
    expect(['repo.json', 'log/000000000001', 'keys/0123456789abcdef'].map(verdictOf)).toEqual([
      'keep',
      'keep',
      'keep',
    ])
    expect(['photo.jpg', 'data/00/x.1', 'archives/a.tar.gz', packKey(pack, 0)].map(verdictOf)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ])
  })

  test('what a done session left beside its index is an orphan, but not while its segments cannot be read', async () => {
    const { log, id } = await opened('orphans')
    const [pack, stray, snap, segment] = [id(), id(), id(), id()]
    const b = await commitSnapshot(log, snap, segment)
    const keys = [packKey(pack, b), packKey(stray, b), `index/${id()}.${b}`, `find/${id()}.${b}`]
    expect(deletableKeys(log.state, keys, () => new Set([pack]))).toEqual(keys.slice(1))
    expect(deletableKeys(log.state, keys, () => undefined)).toEqual(keys.slice(2))
    expect(deletableKeys(log.state, [`index/${segment}.${b}`, `snap/${snap}.${b}`], () => new Set())).toEqual(
      [],
    )
  })

  test('forgetting wins over a commit that comes later; pins and lost chunks come and go', async () => {
    const { log, other, id } = await opened('marks')
    const [snap, chunk] = [id(), id()]
    await forgetSnapshots(log, [snap])
    await commitSnapshot(other, snap, id())
    const state = await log.refresh()
    expect(isLive(state.snapshots.get(snap))).toBe(false)
    await unforgetSnapshots(log, [snap])
    await pinSnapshots(log, [snap], true)
    expect(log.state.snapshots.get(snap)).toMatchObject({ pinned: true })
    await pinSnapshots(log, [snap], false)
    expect(log.state.snapshots.get(snap)).toMatchObject({ pinned: false })
    const { pos } = log.head
    await reportLost(log, [chunk])
    const uses = { packs: [], snaps: [snap] }
    expect(brokenUses(log.state, uses, pos)).toEqual({ packs: [], snaps: [], lostChunks: [chunk] })
    expect(brokenUses(log.state, uses, log.head.pos)).toBeUndefined()
    await reportFound(log, [chunk])
    expect(log.state.lost.size).toBe(0)
    // What is so already is not said again.
    const before = log.head.pos
    await reportFound(log, [chunk])
    await pinSnapshots(log, [snap], false)
    await forgetSnapshots(log as CommitLog, [])
    expect(log.head.pos).toBe(before)
  })
})
