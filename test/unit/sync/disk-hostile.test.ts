import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'
import { createNodeTexts } from '../../../main/engine/sync/rows/node-rows.ts'
import { createSightings } from '../../../main/engine/sync/rows/sightings.ts'
import { walk } from '../../../main/engine/sync/scan/walk.ts'
import {
  comeToRest,
  createFolderContents,
  createFolderJournal,
  listing,
  openTestDevice,
  pause,
  QUIET_MS,
  type TestDevice,
  type TestDeviceOptions,
} from './disk-ground.ts'

const NOBODY = 65534

let ground: string
let devices: TestDevice[]
let mounts: string[]

beforeEach(() => {
  ground = mkdtempSync(join(tmpdir(), 'everstow-sync-'))
  devices = []
  mounts = []
})
afterEach(() => {
  for (const { base } of devices) base.close()
  for (const mount of mounts) spawnSync('umount', [mount])
  // Paths may be longer than one system call takes.
  spawnSync('rm', ['-rf', ground])
})

async function open(name: string, options: Partial<TestDeviceOptions> = {}): Promise<TestDevice> {
  const device = await openTestDevice({ name, ground, ...options })
  devices.push(device)
  return device
}

const deletions = () =>
  createFolderJournal(join(ground, 'journal'))
    .batches()
    .flatMap(({ operations }) => operations.filter((each) => each.do === 'delete'))

/** A device comes to rest in a process of somebody else. */
function asNobody(name: string) {
  const program = [process.execPath, join(import.meta.dirname, 'disk-child-nobody.ts'), ground, name]
  const rights = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  const env = { ...process.env, NODE_COMPILE_CACHE: '' }
  return spawnSync('setpriv', [...rights, ...program], { encoding: 'utf8', env })
}

function mountTmpfs(path: string, size: string): boolean {
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).status === 0
  if (isMounted) mounts.push(path)
  return isMounted
}

test('pipes, sockets and names that are no text are told of and left alone; links are links, wherever they lead', async () => {
  const [one, two] = [await open('one'), await open('two')]
  spawnSync('mkfifo', [join(one.root, 'pipe')])
  const server = createServer().listen(join(one.root, 'socket'))
  symlinkSync('loop', join(one.root, 'loop'))
  symlinkSync('/', join(one.root, 'everywhere'))
  writeFileSync(Buffer.concat([Buffer.from(`${one.root}/bad`), Buffer.from([0xff])]), 'x')
  writeFileSync(join(one.root, 'good\uFFFD'), 'y')
  await comeToRest([one, two])
  expect(listing(two.root)).toEqual(['everywhere -> /', 'good\uFFFD = y', 'loop -> loop'])
  expect(
    one.disk
      .skipped()
      .map(({ path, reason }) => [path, reason])
      .sort(),
  ).toEqual([
    ['bad\uFFFD', 'name-not-unicode'],
    ['pipe', 'special-file'],
    ['socket', 'special-file'],
  ])
  server.close()
  // What a pipe has the name of is not made here, and not deleted elsewhere.
  rmSync(join(one.root, 'good\uFFFD'))
  spawnSync('mkfifo', [join(one.root, 'good\uFFFD')])
  writeFileSync(join(two.root, 'pipe'), 'in the way')
  await comeToRest([one, two])
  expect(listing(two.root)).toContain('good\uFFFD = y')
  expect(lstatSync(join(one.root, 'pipe')).isFIFO()).toBe(true)
  expect((await one.cycle()).problems.size).toBe(1)
})

test.skipIf(process.getuid?.() !== 0)(
  'what nobody may look into is unseen, and nothing of it is deleted',
  async () => {
    const two = await open('two')
    const one = join(ground, 'one')
    for (const folder of ['one/closed', 'one/noentry', 'journal', 'contents'])
      mkdirSync(join(ground, folder), { recursive: true })
    for (const path of ['closed/a', 'noentry/b', 'secret']) writeFileSync(join(one, path), path)
    for (const path of ['', 'one', 'one/closed', 'one/noentry', 'one/secret', 'journal', 'contents'])
      chownSync(join(ground, path), NOBODY, NOBODY)
    expect(asNobody('one')).toMatchObject({ stdout: '[]', status: 0 })
    await comeToRest([two])
    expect(listing(two.root)).toHaveLength(5)

    for (const path of ['closed', 'noentry', 'secret']) chownSync(join(one, path), 0, 0)
    writeFileSync(join(one, 'secret'), 'changed')
    chmodSync(join(one, 'closed'), 0o700)
    // Its names can be read, and nothing else.
    chmodSync(join(one, 'noentry'), 0o744)
    chmodSync(join(one, 'secret'), 0o600)
    await pause(QUIET_MS * 2)
    expect(asNobody('one')).toMatchObject({ stdout: '["EACCES"]', status: 0 })
    await comeToRest([two])
    expect(listing(two.root)).toEqual([
      'closed/',
      'closed/a = closed/a',
      'noentry/',
      'noentry/b = noentry/b',
      'secret = secret',
    ])
    expect(deletions()).toEqual([])
  },
)

test.skipIf(process.getuid?.() !== 0)(
  'a file that must not have a second name is copied into its place',
  async () => {
    const two = await open('two')
    const one = join(ground, 'one')
    for (const folder of ['one', 'journal', 'contents']) mkdirSync(join(ground, folder), { recursive: true })
    for (const path of ['', 'one', 'journal', 'contents']) chownSync(join(ground, path), NOBODY, NOBODY)
    // Not theirs: fs.protected_hardlinks lets nobody link it.
    writeFileSync(join(one, 'x'), 'owned by another')
    expect(asNobody('one')).toMatchObject({ stdout: '[]', status: 0 })
    await comeToRest([two])
    renameSync(join(two.root, 'x'), join(two.root, 'y'))
    await pause(QUIET_MS * 2)
    await comeToRest([two])
    const { ino } = lstatSync(join(one, 'x'))
    expect(asNobody('one')).toMatchObject({ stdout: '[]', status: 0 })
    expect(listing(one)).toEqual(['y = owned by another'])
    const isProtected = readFileSync('/proc/sys/fs/protected_hardlinks', 'utf8').trim() === '1'
    expect(lstatSync(join(one, 'y')).ino === ino).toBe(!isProtected)
    await comeToRest([two])
    expect(listing(two.root)).toEqual(['y = owned by another'])
    expect(deletions()).toEqual([])
  },
)

test('a volume without the right to run keeps what others say of it', async () => {
  const [one, two] = [await open('one'), await open('two', { platform: 'win32' })]
  writeFileSync(join(one.root, 'run'), 'a', { mode: 0o755 })
  writeFileSync(join(one.root, 'con.txt'), 'b')
  await comeToRest([one, two])
  expect(listing(two.root).map((line) => line.replace('*', ''))).toEqual(['%63on.txt = b', 'run = a'])
  writeFileSync(join(two.root, 'run'), 'edited there')
  await comeToRest([one, two])
  expect(listing(one.root)).toEqual(['con.txt = b', 'run* = edited there'])
})

test('a pipe that came into the stage goes back', async () => {
  const one = await open('one')
  spawnSync('mkfifo', [join(one.root, 'pipe')])
  await one.disk.stage({ folder: one.disk.root, name: 'pipe' }, 'old-node')
  const look = await one.disk.lookStaged('old-node')
  expect(await one.disk.readStaged('old-node', look!)).toBeUndefined()
  await comeToRest([one])
  const [name = ''] = readdirSync(one.root).filter((each) => !each.startsWith('.everstow'))
  expect(name).toMatch(/^recovered~/)
  expect(lstatSync(join(one.root, name)).isFIFO()).toBe(true)
})

test('the longest names, and paths longer than a system call takes', async () => {
  const [one, two] = [await open('one'), await open('two')]
  const name = 'é'.repeat(127)
  writeFileSync(join(one.root, `x${name}`), 'long')
  const here = process.cwd()
  process.chdir(one.root)
  const depth = 18
  for (let level = 0; level < depth; level++) {
    mkdirSync(name)
    process.chdir(name)
  }
  writeFileSync('deep', 'at the bottom')
  process.chdir(here)
  await comeToRest([one, two])
  const { sightings, closed } = await walk(two.disk, createSightings(createNodeTexts()), () => true)
  expect(closed.size).toBe(0)
  const seen = Array.from({ length: sightings.count }, (_, row) => sightings.at(row))
  expect(seen).toHaveLength(depth + 2)
  const deep = seen.find((sighting) => sighting.name === 'deep')
  expect(Buffer.byteLength(deep?.folder.path ?? '')).toBeGreaterThan(4096)
  expect(await two.disk.read(deep!, deep!.look)).toMatch(/^13-/)
})

test('times that are zero, before 1970 or far ahead go along, and a wrong clock changes nothing', async () => {
  const year = 365 * 86_400_000
  const one = await open('one', { clock: { ...nodeClock, now: () => Date.now() - year } })
  const two = await open('two', { clock: { ...nodeClock, now: () => Date.now() + year } })
  const times = { zero: 0, negative: -86_400_000, ahead: Date.now() + year, second: 1_000_000_000_000 }
  for (const [name, ms] of Object.entries(times)) {
    writeFileSync(join(one.root, name), name)
    utimesSync(join(one.root, name), new Date(ms), new Date(ms))
  }
  await comeToRest([one, two])
  for (const [name, ms] of Object.entries(times))
    expect(lstatSync(join(two.root, name)).mtime.getTime(), name).toBe(ms)
  writeFileSync(join(two.root, 'ahead'), 'edited')
  utimesSync(join(two.root, 'ahead'), new Date(times.ahead), new Date(times.ahead))
  await comeToRest([one, two])
  expect(listing(one.root)).toContain('ahead = edited')
})

test('a synced folder that is away, emptied or another one was not emptied by anybody', async () => {
  const [one, two] = [await open('one'), await open('two')]
  mkdirSync(join(one.root, 'a'))
  writeFileSync(join(one.root, 'a/file'), 'x')
  await comeToRest([one, two])
  const missing = expect.objectContaining({ code: 'sync-root-missing' })
  const away = join(ground, 'away')
  renameSync(one.root, away)
  await expect(one.cycle()).rejects.toEqual(missing)
  // The empty folder that a volume is mounted on.
  mkdirSync(one.root)
  await expect(one.cycle()).rejects.toEqual(missing)
  await expect(openTestDeviceWithoutMarker()).rejects.toEqual(missing)
  rmSync(one.root, { recursive: true })
  renameSync(away, one.root)
  await comeToRest([one, two])
  rmSync(join(one.root, '.everstow-root'))
  rmSync(join(one.root, 'a'), { recursive: true })
  await expect(one.cycle()).rejects.toEqual(missing)
  await expect(one.cycle()).rejects.toEqual(missing)
  await comeToRest([two])
  expect(listing(two.root)).toEqual(['a/', 'a/file = x'])
  expect(deletions()).toEqual([])

  async function openTestDeviceWithoutMarker() {
    const { createNodeDisk } = await import('../../../main/engine/sync/disk/node-disk.ts')
    const { silentLog } = await import('../../../main/engine/env/log.ts')
    const contents = createFolderContents(join(ground, 'contents'))
    const [root, platform] = [one.root, process.platform]
    return createNodeDisk({
      root,
      contents,
      isChosen: () => true,
      platform,
      clock: nodeClock,
      log: silentLog,
    })
  }
})

test('another volume mounted over a synced folder hides it and deletes nothing', async (context) => {
  const [one, two] = [await open('one'), await open('two')]
  mkdirSync(join(one.root, 'a/b'), { recursive: true })
  writeFileSync(join(one.root, 'a/b/file'), 'x')
  await comeToRest([one, two])
  if (!mountTmpfs(join(one.root, 'a'), '1m')) context.skip()
  writeFileSync(join(one.root, 'a/mounted'), 'not ours')
  writeFileSync(join(one.root, 'beside'), 'y')
  await comeToRest([one, two])
  expect(listing(two.root)).toEqual(['a/', 'a/b/', 'a/b/file = x', 'beside = y'])
  expect(one.disk.skipped()).toEqual([{ path: 'a', reason: 'other-volume' }])
  writeFileSync(join(two.root, 'a/b/file'), 'changed')
  rmSync(join(two.root, 'beside'))
  await comeToRest([one, two])
  spawnSync('umount', [join(one.root, 'a')])
  await comeToRest([one, two])
  expect(listing(one.root)).toEqual(['a/', 'a/b/', 'a/b/file = changed'])
  expect(listing(two.root)).toEqual(listing(one.root))
})

test('a disk that is full while contents come loses nothing, and goes on when there is room', async (context) => {
  const small = join(ground, 'two')
  mkdirSync(small)
  if (!mountTmpfs(small, '3m')) context.skip()
  const [one, two] = [await open('one'), await open('two')]
  writeFileSync(join(one.root, 'kept'), 'old')
  await comeToRest([one, two])
  writeFileSync(join(small, 'ballast'), Buffer.alloc(1 << 20))
  writeFileSync(join(one.root, 'big'), Buffer.alloc(4 << 20, 'b'))
  writeFileSync(join(one.root, 'kept'), Buffer.alloc(4 << 20, 'n'))
  writeFileSync(join(one.root, 'small'), 'fits')
  await comeToRest([one])
  for (let cycle = 0; cycle < 6; cycle++) await two.cycle()
  expect(
    [...(await two.cycle()).problems.values()].map((error) => (error as { code?: string }).code),
  ).toContain('ENOSPC')
  expect(readFileSync(join(small, 'kept'), 'utf8')).toBe('old')
  expect(readFileSync(join(small, 'small'), 'utf8')).toBe('fits')
  spawnSync('mount', ['-o', 'remount,size=32m', small])
  await comeToRest([one, two])
  expect(listing(small)).toEqual(listing(one.root))
  expect(readFileSync(join(small, 'kept'))).toHaveLength(4 << 20)
  expect(two.disk.versions().map(({ path }) => path)).toContain('kept')
})

test('what is written while it is read has no content yet', async () => {
  let during: (() => void) | undefined
  const contents = createFolderContents(join(ground, 'contents'))
  const watched = {
    ...contents,
    name: async (fd: number, size: number) => {
      const name = await contents.name(fd, size)
      during?.()
      return name
    },
  }
  const one = await open('one', { contents: watched })
  const path = join(one.root, 'log')
  writeFileSync(path, 'line\n')
  const { mtime } = lstatSync(path)
  const spot = { folder: one.disk.root, name: 'log' }
  const read = async () => one.disk.read(spot, (await one.disk.look(spot))!)
  // Too young to be trusted.
  expect(await read()).toBeUndefined()
  await pause(QUIET_MS * 2)
  expect(await read()).toMatch(/^5-/)
  const attacks = [
    () => appendFileSync(path, 'more\n'),
    () => {
      writeFileSync(path, 'same\n')
      utimesSync(path, mtime, mtime)
    },
    () => {
      writeFileSync(`${path}.new`, 'line\n')
      renameSync(`${path}.new`, path)
    },
    () => chmodSync(path, 0o755),
    () => rmSync(path),
  ]
  for (const attack of attacks) {
    during = attack
    await pause(QUIET_MS * 2)
    expect(await read(), String(attack)).toBeUndefined()
  }
})

test('nothing is done through a link that took the place of a folder, nor outside of the synced folder', async () => {
  const one = await open('one')
  mkdirSync(join(one.root, 'a'))
  const [entry] = await one.disk.list(one.disk.root)
  const folder = { path: 'a', key: entry!.look.key }
  const away = join(ground, 'away')
  renameSync(join(one.root, 'a'), away)
  symlinkSync(away, join(one.root, 'a'))
  await expect(one.disk.makeDirectory({ folder, name: 'x' })).rejects.toThrow(/^E|another/)
  await expect(one.disk.list(folder)).rejects.toThrow(/^E|another/)
  expect(readdirSync(away)).toEqual([])
  for (const name of ['../x', '..', 'a/x']) {
    await expect(one.disk.makeDirectory({ folder: one.disk.root, name })).rejects.toMatchObject({
      code: 'invalid-input',
    })
    expect(existsSync(join(ground, 'x'))).toBe(false)
  }
  for (const name of ['.everstow', '.everstow-root', '.EVERSTOW'])
    await expect(one.disk.makeDirectory({ folder: one.disk.root, name })).rejects.toMatchObject({
      code: 'not-supported',
    })
})

test('a folder that is deleted elsewhere goes with the litter in it, and stays for what a person left out', async () => {
  const one = await open('one', { choice: { only: [], ignore: ['private'] } })
  const two = await open('two')
  for (const name of ['litter', 'left']) {
    mkdirSync(join(two.root, name))
    writeFileSync(join(two.root, name, 'file'), name)
  }
  await comeToRest([one, two])
  writeFileSync(join(one.root, 'litter/.DS_Store'), 'view')
  writeFileSync(join(one.root, 'left/private'), 'mine')
  for (const name of ['litter', 'left']) rmSync(join(two.root, name), { recursive: true })
  await comeToRest([two, one])
  expect(listing(one.root)).toEqual(['left/', 'left/private = mine'])
  expect(listing(two.root)).toEqual(['left/'])
  const kept = one.disk.versions()
  expect(kept.map(({ path }) => path).sort()).toEqual(['left/file', 'litter', 'litter/file'])
  expect(one.disk.tidyVersions({ keptMs: 86_400_000, mostBytes: 1 << 20 })).toBe(0)
  await pause(1100)
  expect(one.disk.tidyVersions({ keptMs: 0, mostBytes: 1 << 20 })).toBe(3)
  expect(one.disk.versions()).toEqual([])
})
