import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { RestoreReport } from '../../../main/engine/restore/restore-options.ts'
import { describeTree, makeNastyTree } from '../../ground/nasty-tree.ts'
import { backedUp, folder, localStore, repo, source } from '../repository-read/ground.ts'

const CHILD = fileURLToPath(new URL('./restore-child.ts', import.meta.url))

/** How many of the files an interrupted restore has staged. */
function stagedFiles(): number {
  const left = readdirSync(folder).filter((name) => name.startsWith('.everstow-restore'))
  const counts = left.map((name) => {
    const much = join(folder, name, 'tree/much')
    return existsSync(much) ? readdirSync(much).length : 0
  })
  return Math.max(0, ...counts)
}

/** Runs the restore; kills it once so many files are staged, unless it is done before. */
function run(snapId: string, killAtFiles: number): Promise<RestoreReport | undefined> {
  const key = Buffer.from(repo.keys.cloneable.epochs[0]!.key).toString('hex')
  const paths = ['place', 'cache', 'target'].map((name) => join(folder, name))
  const args = [CHILD, paths[0]!, repo.keys.repoIdHex, key, snapId, paths[1]!, paths[2]!]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const watch = setInterval(() => {
    if (stagedFiles() >= killAtFiles) child.kill('SIGKILL')
  }, 5)
  return new Promise((resolve) => {
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.on('close', () => {
      clearInterval(watch)
      resolve(output === '' ? undefined : JSON.parse(output))
    })
  })
}

test('a restore killed again and again ends with everything as it was, and does not begin anew each time', async () => {
  makeNastyTree(source)
  mkdirSync(join(source, 'much'))
  for (let at = 0; at < 3000; at++)
    writeFileSync(join(source, 'much', `f${at}`), randomBytes(2000 + (at % 50) * 300))
  const { snapId, session } = await backedUp([await localStore()], {
    blockBytes: 100_000,
    packBytes: 2_000_000,
  })
  const storedBytes = session.packs.reduce((sum, { bytes }) => sum + bytes.length, 0)
  let killed = 0
  let staged = 0
  let report: RestoreReport | undefined
  for (const killAtFiles of [1, 800, 1600, Number.POSITIVE_INFINITY]) {
    report = await run(snapId, killAtFiles)
    if (report) break
    killed++
    expect(stagedFiles()).toBeGreaterThanOrEqual(staged)
    staged = stagedFiles()
  }
  expect(killed).toBeGreaterThan(0)
  expect(report).toMatchObject({ failedCount: 0, refusedCount: 0 })
  const before = describeTree(source, { holes: true })
  expect(describeTree(join(folder, 'target'), { like: source, holes: true })).toEqual(before)
  expect(readdirSync(folder).filter((name) => name.startsWith('.everstow-restore'))).toEqual([])
  // What was staged before the last kill was not fetched again.
  if (staged > 1000) expect(report!.bytesRead).toBeLessThan(storedBytes * 0.9)
})
