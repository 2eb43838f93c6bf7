import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakeEnv } from '../../main/engine/env/fake/create-fake-env.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { nodeWatch } from '../../main/engine/env/node/node-watch.ts'
import { type SourceWatch, watchSources } from '../../main/engine/sources/files/watch-sources.ts'

/** So long a change may take to be told, and so long nothing is told of what is none. */
const TOLD_MS = 120_000
const UNTOLD_MS = 700

const env = { files: nodeFiles, watch: nodeWatch, log: silentLog }
let base: string
let source: string
let heard: number
let watches: SourceWatch[]

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'everstow-watch-')))
  source = join(base, 'source')
  heard = 0
  watches = []
  put('a.txt', 'cache/old', 'node_modules/x/index.js', 'work/.everstowignore', 'work/report.txt')
  writeFileSync(join(source, 'work', '.everstowignore'), '*.log\n')
})
afterEach(async () => {
  for (const watch of watches) await watch.stop()
  rmSync(base, { recursive: true, force: true })
})

function put(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(source, name, '..'), { recursive: true })
    writeFileSync(join(source, name), `${Math.random()}`)
  }
}

async function follow(
  sources: readonly string[],
  { exclude = [], neverInclude = [] }: { exclude?: string[]; neverInclude?: string[] } = {},
): Promise<SourceWatch> {
  const watch = await watchSources(env, { sources, exclude, neverInclude }, () => heard++)
  watches.push(watch)
  return watch
}

/** Whether something is told of what is done. */
async function isTold(deed: () => void): Promise<boolean> {
  const before = heard
  deed()
  for (const end = Date.now() + TOLD_MS; heard === before && Date.now() < end; ) await sleep(20)
  return heard > before
}

async function isUntold(deed: () => void): Promise<boolean> {
  // What is still on its way belongs to something else.
  await sleep(UNTOLD_MS)
  const before = heard
  deed()
  await sleep(UNTOLD_MS)
  return heard === before
}

describe('a folder', () => {
  test('tells of what is made, changed, renamed and removed in it, also in folders that are new', async () => {
    await follow([source])
    expect(await isTold(() => put('a.txt'))).toBe(true)
    // Folder by folder: of several that are made at once the system may tell of the first alone.
    for (const file of ['new/file', 'new/deep/file']) {
      expect(await isTold(() => put(file))).toBe(true)
      await sleep(UNTOLD_MS)
      expect(await isTold(() => put(file))).toBe(true)
      await sleep(UNTOLD_MS)
    }
    await sleep(UNTOLD_MS)
    expect(await isTold(() => renameSync(join(source, 'a.txt'), join(source, 'b.txt')))).toBe(true)
    await sleep(UNTOLD_MS)
    expect(await isTold(() => rmSync(join(source, 'work', 'report.txt')))).toBe(true)
  })

  test('tells nothing of what no backup would hold', async () => {
    const exclude = ['node_modules/', '/cache', `${source}/left.txt`, '!keep.me']
    const neverInclude = [join(source, 'home'), join(source, 'work', 'place')]
    put('home/catalogue.sqlite', 'work/place/pack')
    await follow([source], { exclude, neverInclude })
    const deed = () => {
      put('cache/new', 'node_modules/x/new/file', 'left.txt', 'work/trace.log')
      put('home/catalogue.sqlite', 'work/place/new')
      rmSync(join(source, 'cache'), { recursive: true })
      rmSync(join(source, 'node_modules'), { recursive: true })
    }
    expect(await isUntold(deed)).toBe(true)
    expect(await isTold(() => put('work/report.txt'))).toBe(true)
  })

  test('with names left out by the system itself tells of the rest', async () => {
    await follow([source], { exclude: ['node_modules/', 'cache/'] })
    expect(await isUntold(() => put('node_modules/x/new', 'cache/new', 'work/node_modules/y'))).toBe(true)
    expect(await isTold(() => put('work/node_modules.txt'))).toBe(true)
  })

  test('inside what is left out is a source of its own', async () => {
    await follow([source, join(source, 'cache')], { exclude: ['cache/'] })
    expect(await isTold(() => put('cache/new'))).toBe(true)
  })
})

test('a single file is followed through editors that replace it; its neighbours are not', async () => {
  await follow([join(source, 'a.txt')])
  expect(await isUntold(() => put('b.txt', 'cache/new'))).toBe(true)
  for (let save = 0; save < 2; save++) {
    await sleep(UNTOLD_MS)
    const saved = () => renameSync(join(source, 'draft'), join(source, 'a.txt'))
    put('draft')
    expect(await isTold(saved)).toBe(true)
  }
})

test.each([
  ['*.txt', 'c.txt', 'work/c.txt'],
  ['**/*.txt', 'work/c.txt', 'work/c.odt'],
  ['wor*', 'work/deep/c.odt', 'c.odt'],
])('the glob %s tells of %s and not of %s', async (glob, inside, outside) => {
  await follow([join(source, glob)])
  expect(await isUntold(() => put(outside))).toBe(true)
  // Below the top a glob of one level is not followed: what lies there is looked at once a day.
  const isDeep = !glob.includes('**') && inside.includes('/')
  expect(isDeep ? await isUntold(() => put(inside)) : await isTold(() => put(inside))).toBe(true)
})

test('a source that goes away and comes back is no longer what was watched', async () => {
  const watch = await follow([source])
  expect(await watch.isSound()).toBe(true)
  renameSync(source, `${source}-away`)
  expect(await watch.isSound()).toBe(false)
  await watch.stop()
  const meanwhile = await follow([source])
  expect(await meanwhile.isSound()).toBe(true)
  mkdirSync(source)
  expect(await meanwhile.isSound()).toBe(false)
  await meanwhile.stop()
  const again = await follow([source])
  expect(await again.isSound()).toBe(true)
  expect(await isTold(() => put('a.txt'))).toBe(true)
})

test('after its end nothing is told', async () => {
  const watch = await follow([source])
  await watch.stop()
  expect(await isUntold(() => put('a.txt'))).toBe(true)
})

const canLimit = spawnSync('unshare', ['-Ur', 'true']).status === 0

test.runIf(canLimit)('a system that watches no more folders says so, and nothing stays half watched', () => {
  for (let at = 0; at < 30; at++) put(`many/${at}/file`)
  const program = `
    import { watchSources } from './main/engine/sources/files/watch-sources.ts'
    import { nodeWatch } from './main/engine/env/node/node-watch.ts'
    import { nodeFiles } from './main/engine/env/node/node-files.ts'
    import { silentLog } from './main/engine/env/log.ts'
    const env = { files: nodeFiles, watch: nodeWatch, log: silentLog }
    const watched = { sources: [process.argv[1]], exclude: [], neverInclude: [] }
    const said = await watchSources(env, watched, () => {}).then(() => 'watched', (error) => error.reason)
    process.stdout.write(said)`
  const limited = 'echo 10 > /proc/sys/user/max_inotify_watches && exec "$@"'
  const node = [process.execPath, '--input-type=module', '-e', program, source]
  const said = execFileSync('unshare', ['-Ur', 'bash', '-c', limited, 'limited', ...node], {
    encoding: 'utf8',
  })
  expect(said).toBe('limit')
})

test('the watcher of the tests tells what the real one tells', async () => {
  const fake = createFakeEnv('watch')
  await fake.files.mkdir('/source/work')
  await fake.files.mkdir('/source/home')
  let told = 0
  const watched = {
    sources: ['/source', '/away'],
    exclude: ['node_modules/', '*.log'],
    neverInclude: ['/source/home'],
  }
  const watch = await watchSources(fake, watched, () => told++)
  const touch = async (...paths: string[]) => {
    fake.watch.touch(...paths)
    await new Promise((resolve) => setImmediate(resolve))
    return told
  }
  expect(fake.watch.watched()).toEqual(['/source'])
  expect(await touch('/source/node_modules/x', '/source/home/catalogue', '/source/work/a.log')).toBe(0)
  expect(await touch('/source/work/a.txt')).toBe(1)
  fake.watch.isSilent = true
  expect(await touch('/source/work/a.txt')).toBe(1)
  await watch.stop()
  expect(fake.watch.watched()).toEqual([])
  fake.watch.refusal = 'limit'
  await expect(watchSources(fake, watched, () => {})).rejects.toMatchObject({ reason: 'limit' })
})
