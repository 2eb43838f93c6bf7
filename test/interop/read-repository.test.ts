import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from '../e2e/cli-run.ts'
import { describeTree, makeNastyTree } from '../ground/nasty-tree.ts'
import { setXattrs, whyNoXattrs, xattrsOfTree } from '../ground/real-xattrs.ts'
import { BINARY_NAMES, EVIL_NAMES, growTree } from './archive-write-tree.ts'
import { listSnapshots, readerMissing, readRepository } from './repository-reader.ts'

const PASSPHRASE = 'crème brûlée – 7 Löffel'
const SECRET = { EVERSTOW_PASSPHRASE: PASSPHRASE }
const CHUNK_LIMIT_BYTES = 262_144

const hasXattrs = whyNoXattrs('user.') === undefined
const hasTrustedXattrs = whyNoXattrs('trusted.') === undefined

let world: CliWorld
/** What lay in `work` when each backup was made. */
const expected: string[][] = []

async function run(home: string, ...args: string[]): Promise<void> {
  const said = await world.runWith({ ...SECRET, EVERSTOW_HOME: home }, '--yes', ...args)
  if (said.status !== 0) throw new Error(`${args.join(' ')}: ${said.err}`)
}

async function backUp(home: string): Promise<void> {
  await run(home, 'backup', world.path('work', 'source'), '--format', 'snapshot')
  expected.push(lookAt(world.path('work')))
}

/** Everything about a tree that must come back, and its times to the nanosecond. */
function lookAt(folder: string): string[] {
  const find = [folder, '-mindepth', '1', '-printf', '%P | %T@\\0']
  const times = execFileSync('find', find, { encoding: 'latin1', maxBuffer: 1 << 26 })
    .split('\0')
    .sort()
  const attributes = hasXattrs ? Object.entries(xattrsOfTree(folder)).map((one) => one.join('=')) : []
  return [...describeTree(folder, { holes: true }), ...times, ...attributes]
}

function growSource(): void {
  const source = world.path('work', 'source')
  makeNastyTree(source)
  growTree(`${source}/evil`, EVIL_NAMES)
  growTree(`${source}/binary`, BINARY_NAMES)
  for (const bytes of [-1, 0, 1].map((more) => CHUNK_LIMIT_BYTES + more)) {
    writeFileSync(`${source}/random of ${bytes}`, randomBytes(bytes))
    writeFileSync(`${source}/text of ${bytes}`, 'all work and no play '.repeat(20_000).slice(0, bytes))
  }
  // Above 96 MiB several threads share a file.
  writeFileSync(`${source}/huge`, randomBytes((100 << 20) + 7))
  mkdirSync(`${source}/small files`)
  for (let at = 0; at < 3000; at++)
    writeFileSync(`${source}/small files/${at}`, `${at} `.repeat((at * 7) % 900))
}

function dressSource(): void {
  const source = world.path('work', 'source')
  const folders = [`${source}/evil`, `${source}/binary`]
  const below = folders.flatMap((folder) =>
    readdirSync(folder, { encoding: 'buffer' }).map((name) =>
      Buffer.concat([Buffer.from(`${folder}/`), name]),
    ),
  )
  const targets = [...folders, ...below.filter((path) => !lstatSync(path).isSymbolicLink())]
  const large = [`${source}/huge`, 'user.large', Buffer.alloc(3900, 0xfe)] as const
  setXattrs([large, ...targets.map((path, i) => [path, `user.ünï=\n${i}`, Buffer.alloc(i, 255)] as const)])
  setXattrs([[targets.at(-1)!, Buffer.from('user.\xff', 'latin1'), 'a name that is not text']])
  if (!hasTrustedXattrs) return
  const text = `${source}/text of ${CHUNK_LIMIT_BYTES}`
  chownSync(text, 12345, 12345)
  execFileSync('setcap', ['cap_net_raw+ep', text])
  setXattrs([[`${source}/compressible`, 'trusted.kept', Buffer.from([0])]])
}

function editSource(): void {
  const source = world.path('work', 'source')
  if (hasXattrs) setXattrs([[`${source}/small files/9`, 'user.new', 'only this has changed']])
  const huge = openSync(`${source}/huge`, 'r+')
  writeSync(huge, 'in the middle', 50 << 20)
  closeSync(huge)
  appendFileSync(`${source}/compressible`, 'one more line\n')
  writeFileSync(`${source}/random of ${CHUNK_LIMIT_BYTES}`, '')
  renameSync(`${source}/small files/7`, `${source}/small files/moved`)
  rmSync(`${source}/many`, { recursive: true })
  linkSync(`${source}/large`, `${source}/evil/large`)
  chmodSync(`${source}/twin-b`, 0o604)
  utimesSync(`${source}/empty folder`, 1_300_000_000, 1_300_000_000)
}

describe.skipIf(readerMissing || process.platform !== 'linux')('a repository, read by Python', SLOW, () => {
  beforeAll(async () => {
    world = await makeCliWorld()
    growSource()
    if (hasXattrs) dressSource()
    const place = ['place', 'add', 'disk', '--type', 'local', '--path', world.path('place')]
    await run(world.home, ...place)
    await backUp(world.home)
    editSource()
    await backUp(world.home)
    const second = world.path('second-home')
    await run(second, ...place)
    await run(second, 'repo', 'adopt', 'disk')
    rmSync(world.path('work', 'source', 'huge'))
    writeFileSync(world.path('work', 'source', 'by the second computer'), randomBytes(2_000_000))
    await backUp(second)
    writeFileSync(world.path('passphrase'), `${PASSPHRASE}\n`)
    // Typed decomposed, as some systems do, it is the same.
    writeFileSync(world.path('decomposed'), PASSPHRASE.normalize('NFD'))
    writeFileSync(world.path('wrong'), 'creme brulee')
  }, 300_000)
  afterAll(() => world?.remove())

  it('every byte of it is as the format says, and nothing lies there that is not needed', async () => {
    const said = await readRepository(
      world.path('place'),
      '--passphrase-file',
      world.path('decomposed'),
      '--check',
    )
    expect(said).toMatchObject({ status: 0, err: '' })
    expect(said.out).toMatch(/^\d+ records, \d+ packs, 3 snapshots\n$/)
  })

  it('every snapshot comes back bit by bit: names, contents, modes, times, links, holes', async () => {
    const open = ['--passphrase-file', world.path('passphrase')]
    const { snapshots } = await listSnapshots(world.path('place'), ...open)
    expect(snapshots).toHaveLength(expected.length)
    const restored = snapshots.map(async ({ id, backupId }, at) => {
      const into = world.path(`restored ${at}`)
      const wanted = ['latest', id, backupId][(at + 1) % 3] as string
      const said = await readRepository(world.path('place'), ...open, '--snapshot', wanted, '--into', into)
      expect(said).toEqual({ status: 0, out: '', err: '' })
      expect(lookAt(into)).toEqual(expected[at])
    })
    await Promise.all(restored)
  })

  it('opens with no other passphrase', async () => {
    const said = await readRepository(world.path('place'), '--passphrase-file', world.path('wrong'), '--list')
    expect(said).toMatchObject({ status: 1, out: '' })
    expect(said.err).toContain('wrong passphrase')
  })
})
