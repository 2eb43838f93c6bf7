import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findBackup, insertBackup, putCopy } from '../../../main/engine/catalogue/backups.ts'
import { type BegunSession, deliverSession } from '../../../main/engine/delivery/snapshot/deliver-session.ts'
import { feedOf } from '../../../main/engine/delivery/snapshot/pack-feed.ts'
import type { OpenRepository } from '../../../main/engine/delivery/snapshot/repositories.ts'
import {
  listSessions,
  readSealed,
  type SealedSession,
  sessionPaths,
  writeSealed,
} from '../../../main/engine/delivery/snapshot/session-folder.ts'
import { discardStranded, isStranded } from '../../../main/engine/delivery/snapshot/stranded.ts'
import { type BackupRow, pendingCopy } from '../../../main/engine/model/backup.ts'
import {
  finderKey,
  indexKey,
  packKey,
  snapKey,
} from '../../../main/engine/repository/format/keys-of-objects.ts'
import { isPackLive } from '../../../main/engine/repository/log/state-queries.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { openPlacesWorld, type PlacesWorld } from '../../ground/places-world.ts'
import { buildSession, commitSession, type GroundSession } from '../../ground/repository-writer.ts'
import { scratch, writeTree } from '../../ground/upkeep.ts'

const signal = new AbortController().signal
const SECOND = 'snapshot_2'

let folders: ReturnType<typeof scratch>
let world: PlacesWorld
let ours: OpenRepository
/** The same destination, as another process has it open. */
let theirs: OpenRepository
let others: PlacesWorld
let first: GroundSession
let sealed: SealedSession

/** A first snapshot stands; a second one, which leans on its packs, is sealed and waits. */
beforeEach(async () => {
  folders = scratch()
  world = await openPlacesWorld(folders.folder, ['a'])
  ours = await world.repositories.open('a', { create: true })
  others = await openPlacesWorld(folders.folder, ['a'])
  theirs = await others.repositories.open('a')
  writeTree(folders.in('source'), { 'old.bin': randomBytes(200_000) })
  const known = new Set<string>()
  first = buildSession(ours, folders.in('source'), { known, backupId: 'snapshot_1' })
  await commitSession({ id: 'a', ...ours }, first)
  writeTree(folders.in('source'), { 'new.bin': randomBytes(100_000) })
  sealed = await seal(buildSession(ours, folders.in('source'), { known, backupId: SECOND }))
})
afterEach(async () => {
  await world.close()
  await others.close()
  folders.remove()
})

/** Lays a session out as the pipeline does when its snapshot is complete. */
async function seal({ packs, segment, snap }: GroundSession): Promise<SealedSession> {
  const paths = sessionPaths(world.workspace, SECOND)
  const write = (path: string, bytes: Uint8Array) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }
  for (const { id, bytes } of packs) write(paths.pack(id), bytes)
  write(paths.segment(segment.id), segment.bytes)
  write(paths.snap(snap.id), snap.bytes)
  await writeSealed(world.workspace, {
    version: 1,
    backupId: SECOND,
    repositoryId: ours.description.id,
    snapId: snap.id,
    segments: [segment.id],
    packs: packs.map(({ id, bytes }) => ({ packId: id, sizeBytes: bytes.length })),
    uses: { packs: first.packs.map(({ id }) => id), snaps: [] },
  })
  return (await readSealed(world.workspace, SECOND))!
}

/** Delivers; `before` is called ahead of each put, with its key. */
function deliver(before: (key: string) => Promise<void> = async () => {}): Promise<BegunSession | undefined> {
  const store: ObjectStore = {
    ...ours.store,
    async put(key, ...rest) {
      await before(key)
      return ours.store.put(key, ...rest)
    },
  }
  const options = { signal, onProgress: () => {} }
  return deliverSession(world.workspace, { ...ours, store }, SECOND, feedOf(sealed), options)
}

/** Another process takes the first snapshot's packs out of the index. */
async function sweepFirst(): Promise<void> {
  await theirs.log.refresh()
  await theirs.log.append('forget', { snaps: [first.snap.id] })
  await theirs.log.append('sweep', { packs: first.packs.map(({ id }) => id), snaps: [first.snap.id] })
}

const isSnap = (key: string) => key.startsWith('snap/')

test('in the folder of a session that was committed, another one begins anew', async () => {
  expect(await deliver()).toBeUndefined()
  const before = sealed.snapId
  writeTree(folders.in('source'), { 'newer.bin': randomBytes(100_000) })
  sealed = await seal(buildSession(ours, folders.in('source'), { known: new Set(), backupId: SECOND }))
  expect(await deliver()).toBeUndefined()
  const { snapshots } = await theirs.log.refresh()
  expect([before, sealed.snapId].map((id) => snapshots.has(id))).toEqual([true, true])
})

describe('what a session leans on goes between sealing and committing', () => {
  test('swept by another process, and nowhere else: it is not committed', async () => {
    const begun = await deliver(async (key) => void (isSnap(key) && (await sweepFirst())))
    expect(begun).toMatchObject({ segments: sealed.segments })
    const state = await theirs.log.refresh()
    expect(state.snapshots.has(sealed.snapId)).toBe(false)
    expect(state.sessions.get(begun!.b)?.done).toBeUndefined()
  })

  test('swept, but the same chunks came back in other packs: it stands on those', async () => {
    let again: GroundSession | undefined
    const begun = await deliver(async (key) => {
      if (!isSnap(key)) return
      await sweepFirst()
      // What somebody else backs up meanwhile: the same files, and all of them are stored anew.
      again = buildSession(theirs, folders.in('source'), { backupId: 'snapshot_3' })
      await commitSession({ id: 'a', ...theirs }, again)
    })
    expect(begun).toBeUndefined()
    const state = await theirs.log.refresh()
    expect(state.snapshots.has(sealed.snapId)).toBe(true)
    const { pos } = state.snapshots.get(sealed.snapId)!
    for await (const { record } of theirs.log.records(pos)) {
      if (record?.type !== 'commit') throw new Error('no commit')
      const uses = record.body.uses.packs as readonly string[]
      expect(uses.length).toBeGreaterThan(0)
      const b = state.snapshots.get(again!.snap.id)!.b
      for (const pack of uses) expect(isPackLive(state, pack, b)).toBe(true)
      for (const { id } of first.packs) expect(uses).not.toContain(id)
    }
  })

  test('swept and restored again: it is committed as it was', async () => {
    const begun = await deliver(async (key) => {
      if (!isSnap(key)) return
      await sweepFirst()
      await theirs.log.append('restore', { sweep: theirs.log.state.pos })
    })
    expect(begun).toBeUndefined()
    expect((await theirs.log.refresh()).snapshots.has(sealed.snapId)).toBe(true)
  })
})

describe('snapshots that no place can take', () => {
  const row: BackupRow = {
    id: SECOND,
    planId: 'plan',
    planName: 'Plan',
    filename: SECOND,
    createdMs: 1,
    format: 'snapshot',
    state: 'complete',
    sizeBytes: 1,
    sourceBytes: 1,
    files: 1,
    directories: 1,
    md5: '',
    sha256: 'ab'.repeat(32),
    sources: [],
    roots: [],
    skippedCount: 0,
    durationMs: 1,
    tag: undefined,
    indexName: undefined,
    hostname: undefined,
    pinned: false,
    repositoryId: undefined,
    deviceId: undefined,
    error: undefined,
  }
  const missing = { code: 'chunk-missing', data: {}, retry: 'wait' } as const

  test('are given up when every place said so, and only then, and only of that plan', async () => {
    const { workspace } = world
    insertBackup(workspace.database, row)
    expect(isStranded(workspace, SECOND)).toBe(false)
    putCopy(workspace.database, { ...pendingCopy(row, 'a'), state: 'waiting', error: missing })
    putCopy(workspace.database, pendingCopy(row, 'b'))
    expect(isStranded(workspace, SECOND)).toBe(false)
    await discardStranded(workspace, 'plan')
    expect(await listSessions(workspace)).toEqual([SECOND])

    putCopy(workspace.database, { ...pendingCopy(row, 'b'), state: 'failed', error: missing })
    expect(isStranded(workspace, SECOND)).toBe(true)
    await discardStranded(workspace, 'another plan')
    expect(await listSessions(workspace)).toEqual([SECOND])
    await discardStranded(workspace, 'plan')
    expect(await listSessions(workspace)).toEqual([])
    expect(findBackup(workspace.database, SECOND)).toBeUndefined()
  })

  test('one that a place has is never given up', async () => {
    const { workspace } = world
    insertBackup(workspace.database, row)
    putCopy(workspace.database, { ...pendingCopy(row, 'a'), state: 'synced', error: missing })
    putCopy(workspace.database, { ...pendingCopy(row, 'b'), state: 'failed', error: missing })
    expect(isStranded(workspace, SECOND)).toBe(false)
  })
})

describe('the order of what is stored', () => {
  test('every pack is there before the index that names it, and both before the snapshot', async () => {
    const seen: string[] = []
    const { store } = ours
    const b = ours.log.state.pos + 1
    await deliver(async (key) => {
      const packs = sealed.packs.map(({ packId }) => packKey(packId, b))
      if (key.startsWith('index/'))
        for (const pack of packs) expect(await store.exists(pack), pack).toBe(true)
      if (isSnap(key))
        for (const segment of sealed.segments) expect(await store.exists(indexKey(segment, b))).toBe(true)
      expect((await theirs.log.refresh()).snapshots.has(sealed.snapId)).toBe(false)
      seen.push(key)
    })
    expect(seen.slice(-2)).toEqual([indexKey(sealed.segments[0]!, b), snapKey(sealed.snapId, b)])
    expect(seen).toHaveLength(sealed.packs.length + 2)
  })

  test('a finder lies beside its segment', async () => {
    const [segId] = sealed.segments
    const path = sessionPaths(world.workspace, SECOND).finder(segId!)
    mkdirSync(dirname(path))
    writeFileSync(path, 'what finds')
    const seen: string[] = []
    const b = ours.log.state.pos + 1
    await deliver(async (key) => void seen.push(key))
    expect(seen.slice(-3)).toEqual([indexKey(segId!, b), finderKey(segId!, b), snapKey(sealed.snapId, b)])
    const { body } = await ours.store.get(finderKey(segId!, b))
    expect(Buffer.concat((await Array.fromAsync(body)) as Buffer[]).toString()).toBe('what finds')
  })
})
