import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copiesOf, findBackup, insertBackup, putCopy } from '../../../main/engine/catalogue/backups.ts'
import { openWorkspace, type Workspace } from '../../../main/engine/catalogue/workspace.ts'
import { createPlaces, type Places } from '../../../main/engine/delivery/places.ts'
import {
  createRepositories,
  type OpenRepository,
  type Repositories,
} from '../../../main/engine/delivery/snapshot/repositories.ts'
import {
  type PruneOptions,
  previewPlaces,
  prune,
  undoPrune,
} from '../../../main/engine/maintenance/snapshot/prune.ts'
import type { BackupRow } from '../../../main/engine/model/backup.ts'
import type { Destination } from '../../../main/engine/model/destination.ts'
import type { Plan } from '../../../main/engine/model/plan.ts'
import { forgetSnapshots, unforgetSnapshots } from '../../../main/engine/repository/log/snapshot-marks.ts'
import { liveSnapshots } from '../../../main/engine/repository/log/state-queries.ts'
import { buildSession, commitSession } from '../../ground/repository-writer.ts'
import { localStore, scratch, upkeepEnv, writeTree } from '../../ground/upkeep.ts'

let folders: ReturnType<typeof scratch>
let workspace: Workspace
let places: Places
let repositories: Repositories
let destinations: Destination[]
const opened: OpenRepository[] = []

beforeEach(async () => {
  folders = scratch()
  workspace = await openWorkspace(folders.in('home'), upkeepEnv)
  destinations = ['a', 'b'].map((id) => ({ id, name: `place ${id}`, type: 'local', path: folders.in(id) }))
  for (const { path } of destinations) await localStore(path!)
  await workspace.configuration.update((current) => ({ ...current, destinations }))
  places = createPlaces(workspace)
  repositories = createRepositories(workspace, places)
  for (const { id } of destinations) opened.push(await repositories.open(id, { create: true }))
})
afterEach(async () => {
  opened.length = 0
  await repositories.close()
  await places.close()
  workspace.close()
  folders.remove()
})

/** Snapshots of changing files in both places, with their rows in the catalogue; without a plan, as the writer of the tests makes them. */
async function backUp(count: number): Promise<string[]> {
  const ids: string[] = []
  const known = new Set<string>()
  for (let number = 1; number <= count; number++) {
    const id = `snapshot_2026112${number}_120000`
    writeTree(folders.in('source'), { 'always.bin': 'the same', 'changing.bin': randomBytes(200_000) })
    const session = buildSession(opened[0]!, folders.in('source'), { known, backupId: id })
    insertBackup(workspace.database, { ...row(id), sha256: session.snap.id })
    for (const { destination, store, log } of opened) {
      await commitSession({ id: destination.id, store, log }, session)
      const copy = {
        state: 'synced',
        storedName: id,
        url: undefined,
        syncedMs: 1,
        verifiedMs: undefined,
      } as const
      putCopy(workspace.database, {
        backupId: id,
        destinationId: destination.id,
        ...copy,
        attempts: 1,
        error: undefined,
      })
    }
    ids.push(id)
  }
  return ids
}

const row = (id: string): BackupRow => ({
  id,
  planId: undefined,
  planName: undefined,
  filename: id,
  createdMs: 1,
  format: 'snapshot',
  state: 'complete',
  sizeBytes: 1,
  sourceBytes: 1,
  files: 2,
  directories: 1,
  md5: '',
  sha256: '',
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
})

/** The writer of the tests knows no plans: a rule for what has none. */
const NO_PLAN = { id: undefined, name: 'all', keep: 'last:1' } as unknown as Plan

const options = (change: Partial<PruneOptions> = {}): PruneOptions => ({
  destinations,
  plans: [NO_PLAN],
  timeZone: 'UTC',
  dryRun: false,
  graceMs: 72 * 3_600_000,
  confirmed: true,
  signal: new AbortController().signal,
  ...change,
})

const liveIn = (place: number) => [...liveSnapshots(opened[place]!.log.state)].length

test('a preview says what goes, why the rest stays, and what that frees, and changes nothing', async () => {
  const ids = await backUp(3)
  const [a] = await previewPlaces(workspace, repositories, options())
  expect(a!.report!.forget.map(({ id }) => id)).toEqual(ids.slice(0, 2))
  const [plan] = a!.report!.plans
  expect(plan!.decisions.map(({ keep }) => keep)).toEqual([false, false, true])
  expect(plan!.decisions[2]!.reasons).toEqual(['newest-complete', 'last'])
  expect(plan!.freedBytes).toBeGreaterThan(400_000)
  const tried = await previewPlaces(workspace, repositories, { ...options(), keep: 'last:3' })
  expect(tried.map(({ report }) => [report!.forget.length, report!.freedBytes])).toEqual([
    [0, 0],
    [0, 0],
  ])
  expect(liveIn(0)).toBe(3)
})

test('losing most of a series is asked back for, and then nothing has happened anywhere', async () => {
  await backUp(5)
  await expect(prune(workspace, repositories, options({ confirmed: false }))).rejects.toMatchObject({
    code: 'confirmation-needed',
    data: { place: 'place a', count: 4, total: 5 },
  })
  expect([liveIn(0), liveIn(1)]).toEqual([5, 5])
})

test('a place with a rule of its own; forgetting drops copies, undoing brings them back', async () => {
  const ids = await backUp(3)
  const plans = [{ ...NO_PLAN, keepAt: { b: 'last:2' } }]
  const dry = await prune(workspace, repositories, options({ plans, dryRun: true }))
  const pruned = await prune(workspace, repositories, options({ plans }))
  expect(pruned.map(({ report }) => report!.forgotten)).toEqual([ids.slice(0, 2), ids.slice(0, 1)])
  expect(dry.map(({ report }) => report!.forgotten)).toEqual(pruned.map(({ report }) => report!.forgotten))
  for (const [at, { report }] of pruned.entries()) {
    expect(report!.freedBytes).toBe(0)
    // A pack made anew has a header and a trailer that no estimate of its content counts.
    expect(Math.abs(report!.freedLaterBytes - dry[at]!.report!.freedLaterBytes)).toBeLessThan(1024)
    expect(report!.undoUntilMs).toBeGreaterThan(Date.now())
  }
  expect([liveIn(0), liveIn(1)]).toEqual([1, 2])
  expect(findBackup(workspace.database, ids[0]!)).toBeUndefined()
  expect(copiesOf(workspace.database, ids[1]!).map(({ destinationId }) => destinationId)).toEqual(['b'])

  const undone = await undoPrune(workspace, repositories, options())
  expect(undone.map(({ report }) => report!.map(({ backupId }) => backupId))).toEqual([
    ids.slice(0, 2),
    ids.slice(0, 1),
  ])
  expect([liveIn(0), liveIn(1)]).toEqual([3, 3])
  expect(copiesOf(workspace.database, ids[1]!)).toHaveLength(2)
})

test('killed after it forgot and before it said so here: the next one takes it out of the list, the next undo brings it in again', async () => {
  const ids = await backUp(2)
  const forgotten = findBackup(workspace.database, ids[0]!)!.sha256
  for (const { log } of opened) await forgetSnapshots(log, [forgotten])
  const pruned = await prune(workspace, repositories, options())
  expect(pruned.map(({ report }) => report!.forgotten)).toEqual([[], []])
  expect(findBackup(workspace.database, ids[0]!)).toBeUndefined()
  expect(copiesOf(workspace.database, ids[1]!)).toHaveLength(2)

  for (const { log } of opened) await unforgetSnapshots(log, [forgotten])
  await undoPrune(workspace, repositories, options())
  expect(copiesOf(workspace.database, ids[0]!)).toHaveLength(2)
})

test('a place that is away does not keep the others from it', async () => {
  await backUp(2)
  const away = { id: 'c', name: 'away', type: 'local', path: join(folders.in('nowhere')) } as const
  await workspace.configuration.update((current) => ({ ...current, destinations: [...destinations, away] }))
  const pruned = await prune(workspace, repositories, options({ destinations: [away, ...destinations] }))
  expect(pruned.map(({ error }) => error?.code)).toEqual(['place-missing-folder', undefined, undefined])
  expect([liveIn(0), liveIn(1)]).toEqual([1, 1])
})
