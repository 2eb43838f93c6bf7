import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sweepHome } from '../../main/engine/catalogue/sweep-home.ts'
import { openWorkspace, type Workspace } from '../../main/engine/catalogue/workspace.ts'
import { scratch, upkeepEnv } from '../ground/upkeep.ts'

const HOUR_MS = 3_600_000

let folders: ReturnType<typeof scratch>
let workspace: Workspace
let aheadMs: number
beforeEach(async () => {
  aheadMs = 0
  folders = scratch()
  const clock = { ...upkeepEnv.clock, now: () => Date.now() + aheadMs }
  workspace = await openWorkspace(folders.in('home'), { ...upkeepEnv, clock })
})
afterEach(() => {
  workspace.close()
  folders.remove()
})

/** A file of the home that was written so many hours ago. */
function written(path: string, hours: number): string {
  const file = folders.in('home', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'x')
  utimesSync(file, new Date(Date.now() - hours * HOUR_MS), new Date(Date.now() - hours * HOUR_MS))
  return file
}

test('what somebody began to write a day ago and never ended goes; everything else stays', async () => {
  const left = written('state/repositories/.r.json.tmp-0f1e2d3c4b5a', 25)
  const cached = written('cache/repositories/r/place/snapshots/.s.tmp-0f1e2d3c4b5a', 200)
  const staying = [
    written('state/repositories/.new.json.tmp-0f1e2d3c4b5a', 1),
    written('state/repositories/r.json', 200),
    written('cache/repositories/r/notes.tmp-1', 200),
    written('spool/.hidden', 200),
  ]
  await sweepHome(workspace)
  expect([left, cached].filter(existsSync)).toEqual([])
  expect(staying.filter(existsSync)).toEqual(staying)
})

test('it looks once a day, also after the clock was set back', async () => {
  await sweepHome(workspace)
  const left = written('state/.r.json.tmp-0f1e2d3c4b5a', 200)
  aheadMs = 23 * HOUR_MS
  await sweepHome(workspace)
  expect(existsSync(left)).toBe(true)
  aheadMs = -24 * HOUR_MS
  await sweepHome(workspace)
  expect(existsSync(left)).toBe(false)
})
