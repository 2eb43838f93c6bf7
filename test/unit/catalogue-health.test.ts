import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { insertBackup, putCopy } from '../../main/engine/catalogue/backups.ts'
import { openDatabase } from '../../main/engine/catalogue/database.ts'
import {
  knownDamage,
  provenCopies,
  putSample,
  restoreMeasures,
  samplesOf,
} from '../../main/engine/catalogue/health-facts.ts'
import { addHistory, historyAfter, historySince, lastHistoryId } from '../../main/engine/catalogue/journal.ts'
import { MIGRATIONS } from '../../main/engine/catalogue/migrations.ts'
import { addProof, putScrubs } from '../../main/engine/catalogue/proofs.ts'
import { type BackupRow, pendingCopy } from '../../main/engine/model/backup.ts'
import { scratch, upkeepEnv } from '../ground/upkeep.ts'

let folders: ReturnType<typeof scratch>
let database: DatabaseSync
beforeEach(async () => {
  folders = scratch()
  const path = folders.in('catalogue.db')
  // As the version before this one left it.
  const before = new DatabaseSync(path)
  before.exec(`${MIGRATIONS.slice(0, 2).join('')} PRAGMA user_version = 2`)
  before.exec(
    "INSERT INTO history (at_ms, kind, outcome, plan_id, bytes) VALUES (10, 'backup', 'done', 'p', 7)",
  )
  before.close()
  const opened = await openDatabase(path, upkeepEnv.files, upkeepEnv.log)
  expect(opened.fresh).toBe(false)
  database = opened.database
})
afterEach(() => {
  database.close()
  folders.remove()
})

function backup(id: string, createdMs: number, state: BackupRow['state'] = 'complete'): void {
  const row: BackupRow = {
    id,
    planId: 'p',
    planName: 'p',
    filename: id,
    createdMs,
    format: 'snapshot',
    state,
    sizeBytes: 1,
    sourceBytes: 3,
    newBytes: 2,
    files: 1,
    directories: 0,
    md5: '',
    sha256: id,
    sources: ['/x'],
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
  insertBackup(database, row)
}

test('an older catalogue keeps its history, of which nobody measured how long it took', () => {
  expect(historySince(database, 0)).toEqual([
    { atMs: 10, kind: 'backup', outcome: 'done', planId: 'p', bytes: 7 },
  ])
  const last = lastHistoryId(database)
  addHistory(database, { atMs: 5, kind: 'backup', outcome: 'failed', planId: 'p', durationMs: 42 })
  // By number, not by time: the clock was set back.
  expect(historyAfter(database, last)).toMatchObject([{ id: last + 1, atMs: 5, durationMs: 42 }])
})

test('proven is what is durable in a place: not what waits, is damaged, or was made by a clock that was wrong', () => {
  backup('old', 100)
  backup('new', 200)
  backup('ahead', 900)
  backup('unfinished', 300, 'creating')
  const copy = (id: string, place: string, state: 'synced' | 'damaged' | 'pending', verifiedMs?: number) =>
    putCopy(database, { ...pendingCopy({ id, filename: id }, place), state, verifiedMs })
  copy('old', 'nas', 'synced', 150)
  copy('new', 'nas', 'synced')
  copy('new', 's3', 'damaged')
  copy('old', 's3', 'synced')
  copy('ahead', 's3', 'synced')
  copy('unfinished', 'nas', 'synced')
  copy('new', 'r2', 'pending')
  expect(
    provenCopies(database, 500).toSorted((a, b) => (a.destinationId < b.destinationId ? -1 : 1)),
  ).toEqual([
    { planId: 'p', destinationId: 'nas', madeMs: 200, verifiedMs: 150 },
    { planId: 'p', destinationId: 's3', madeMs: 100, verifiedMs: undefined },
  ])
  putScrubs(database, [
    { destinationId: 'nas', objectKey: 'a', verifiedMs: 1, state: 'good' },
    { destinationId: 'nas', objectKey: 'b', verifiedMs: 1, state: 'missing' },
  ])
  expect(knownDamage(database).toSorted((a, b) => (a.destinationId < b.destinationId ? -1 : 1))).toEqual([
    { destinationId: 'nas', copies: 0, objects: 1 },
    { destinationId: 's3', copies: 1, objects: 0 },
  ])
})

test('restores that brought something back and drills that proved right are measures, the newest of each place', () => {
  backup('b', 100)
  const restored = { kind: 'restore', outcome: 'done', backupId: 'b', destinationId: 'nas' } as const
  addHistory(database, { ...restored, atMs: 1, bytes: 10, durationMs: 5 })
  addHistory(database, { ...restored, atMs: 3, bytes: 0, durationMs: 5 })
  addHistory(database, { ...restored, atMs: 4, bytes: 10, durationMs: 5, outcome: 'failed' })
  const proof = {
    kind: 'drill' as const,
    planId: 'p',
    destinationId: 'nas',
    backupId: 'b',
    files: 1,
    bytes: 20,
    durationMs: 4,
    detail: undefined,
  }
  addProof(database, { ...proof, atMs: 2, ok: true })
  addProof(database, { ...proof, atMs: 5, ok: false })
  expect(restoreMeasures(database, 5)).toEqual([
    { kind: 'drill', planId: 'p', destinationId: 'nas', atMs: 2, bytes: 20, durationMs: 4 },
    { kind: 'restore', planId: 'p', destinationId: 'nas', atMs: 1, bytes: 10, durationMs: 5 },
  ])
  expect(restoreMeasures(database, 1)).toMatchObject([{ kind: 'drill' }])
})

test('a day has one sample, the newest', () => {
  putSample(database, 'nas', { day: '2026-11-21', atMs: Date.UTC(2026, 10, 21), bytes: 1 })
  putSample(database, 'nas', { day: '2026-11-21', atMs: Date.UTC(2026, 10, 21, 5), bytes: 2 })
  expect(samplesOf(database, 'nas')).toEqual([
    { day: '2026-11-21', atMs: Date.UTC(2026, 10, 21, 5), bytes: 2 },
  ])
})
