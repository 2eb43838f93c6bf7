import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  removeStaleSessions,
  startSession,
} from '../../../main/engine/backup/snapshot/packs/session-start.ts'
import { insertBackup } from '../../../main/engine/catalogue/backups.ts'
import { openWorkspace, type Workspace } from '../../../main/engine/catalogue/workspace.ts'
import { sessionPaths, sessionsFolder } from '../../../main/engine/delivery/snapshot/session-folder.ts'
import type { BackupRow } from '../../../main/engine/model/backup.ts'
import { scratch, upkeepEnv } from '../../ground/upkeep.ts'

const REQUEST = { repositoryId: 'r', lockName: 'backup-plan', sources: ['/here'] }
const DAY_SECONDS = 86_400

let folders: ReturnType<typeof scratch>
let workspace: Workspace
beforeEach(async () => {
  folders = scratch()
  workspace = await openWorkspace(folders.in('home'), upkeepEnv)
})
afterEach(() => {
  workspace.close()
  folders.remove()
})

const folderOf = (id: string) => sessionPaths(workspace, id).folder
const sessions = () => readdirSync(sessionsFolder(workspace)).sort()

/** A session that was last worked on so many days ago. */
async function interrupted(id: string, days: number, lockName = REQUEST.lockName): Promise<void> {
  const folder = await startSession(workspace, id, { ...REQUEST, lockName })
  mkdirSync(join(folder, 'packs'))
  age(id, days)
}

function age(id: string, days: number): void {
  const seconds = Date.now() / 1000 - days * DAY_SECONDS
  for (const path of [join(folderOf(id), 'packs'), folderOf(id)])
    if (existsSync(path)) utimesSync(path, seconds, seconds)
}

test('a run goes on with what an interrupted one of the same request left', async () => {
  await interrupted('one', 13)
  await interrupted('other', 0, 'backup-another')
  writeFileSync(join(folderOf('one'), 'packs.journal'), 'x')
  await removeStaleSessions(workspace)
  expect(await startSession(workspace, 'two', REQUEST)).toBe(folderOf('two'))
  expect(sessions()).toEqual(['other', 'two'])
  expect(readdirSync(folderOf('two')).sort()).toEqual(['packs', 'packs.journal', 'request'])
})

test('what was interrupted long ago goes, unless packs came into it since', async () => {
  await interrupted('long ago', 15)
  await interrupted('slow', 15, 'backup-slow')
  writeFileSync(join(folderOf('slow'), 'packs', 'new'), '')
  await removeStaleSessions(workspace)
  expect(sessions()).toEqual(['slow'])
})

test('a session that a full disk or a kill stopped before it said what it is for goes at once', async () => {
  mkdirSync(folderOf('empty'), { recursive: true })
  mkdirSync(folderOf('half'))
  writeFileSync(join(folderOf('half'), '.request.tmp-1'), 'ha')
  await removeStaleSessions(workspace)
  expect(sessions()).toEqual([])
})

test('what somebody makes, and what waits for its places, stays', async () => {
  mkdirSync(folderOf('being made'), { recursive: true })
  insertBackup(workspace.database, rowOf('being made'), 'lock')
  await interrupted('sealed', 0)
  writeFileSync(sessionPaths(workspace, 'sealed').sealed, '{}')
  age('sealed', 100)
  await removeStaleSessions(workspace)
  expect(sessions()).toEqual(['being made', 'sealed'])
})

function rowOf(id: string): BackupRow {
  return {
    id,
    planId: undefined,
    planName: undefined,
    filename: id,
    createdMs: 0,
    format: 'snapshot',
    state: 'creating',
    sizeBytes: 0,
    sourceBytes: 0,
    files: 0,
    directories: 0,
    md5: '',
    sha256: '',
    sources: [],
    roots: [],
    skippedCount: 0,
    durationMs: 0,
    tag: undefined,
    indexName: undefined,
    hostname: 'here',
    pinned: false,
    repositoryId: undefined,
    deviceId: undefined,
    error: undefined,
  }
}

test('what is left of a session that was killed while it was removed goes, though its backup is in the list', async () => {
  insertBackup(workspace.database, { ...rowOf('delivered'), state: 'complete' })
  mkdirSync(join(folderOf('delivered'), 'packs'), { recursive: true })
  await removeStaleSessions(workspace)
  expect(sessions()).toEqual([])
})
