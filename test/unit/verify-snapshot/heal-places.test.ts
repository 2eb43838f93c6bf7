import { randomBytes } from 'node:crypto'
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openUpkeepPlace } from '../../../main/engine/repository/upkeep/open-place.ts'
import type { CheckLevel } from '../../../main/engine/verify/snapshot/findings.ts'
import { expectedPacks } from '../../../main/engine/verify/snapshot/inventory.ts'
import { openPlacesWorld, type PlacesWorld, reportsOf, verifyPlaces } from '../../ground/places-world.ts'
import { buildSession, commitSession } from '../../ground/repository-writer.ts'
import { filesBelow } from '../../ground/rot.ts'
import { scratch, writeTree } from '../../ground/upkeep.ts'

const SMALL = { blockBytes: 64 * 1024, packBytes: 200 * 1024 }

/** The backup that `backUpTo` makes. */
const FIRST = 'snapshot_20261121_120000'

let folders: ReturnType<typeof scratch>
let world: PlacesWorld

beforeEach(() => {
  folders = scratch()
  writeTree(folders.in('source'), {
    'docs/one.txt': randomBytes(100_000),
    'docs/two.txt': randomBytes(100_000),
    'docs/deep/three.txt': randomBytes(100_000),
    'four.bin': randomBytes(150_000),
  })
})
afterEach(async () => {
  await world.close()
  folders.remove()
})

/** The source, backed up into folders of these names with the same bytes. */
async function backUpTo(...names: string[]): Promise<void> {
  world = await openPlacesWorld(folders.folder, names)
  const opened = []
  for (const name of names) opened.push(await world.repositories.open(name, { create: true }))
  const session = buildSession(opened[0]!, folders.in('source'), SMALL)
  for (const { destination, store, log } of opened)
    await commitSession({ id: destination.id, store, log }, session)
}

/** Another process looks, with what the home keeps. */
async function reopen(): Promise<void> {
  const names = world.destinations.map(({ name }) => name)
  await world.close()
  world = await openPlacesWorld(folders.folder, names)
}

/** Turns a byte in the middle of a file around. */
function damage(path: string): void {
  const bytes = readFileSync(path)
  const middle = bytes.length >>> 1
  bytes[middle] = bytes[middle]! ^ 0xff
  rmSync(path)
  writeFileSync(path, bytes)
}

const verify = async (heal: boolean, level: CheckLevel = 'contents') =>
  reportsOf(await verifyPlaces(world, heal, level))

const GOOD = { damaged: [], missing: [], affected: [], lostChunks: 0 }

/** Everything is good, for a computer that keeps nothing of it as well. */
async function expectGood(): Promise<void> {
  for (const level of ['tree', 'contents'] as const) {
    await reopen()
    if (level === 'contents') forgetCaches()
    for (const report of await verify(false, level)) expect(report).toMatchObject(GOOD)
  }
}

function forgetCaches(): void {
  rmSync(folders.in('home', 'cache'), { recursive: true, force: true })
}

function recordPath(name: string, pos: number): string {
  return world.place(`${name}/log/${String(pos).padStart(12, '0')}`)
}

describe('what is lost', () => {
  test('is named again at every look, however close, until the files are back', async () => {
    await backUpTo('a')
    const open = await world.repositories.open('a')
    const place = await openUpkeepPlace(open, world.workspace.env)
    const { packs } = place.repository.index
    const data = expectedPacks(place).filter(({ pack }) => packs.kindOf(pack) === 'data')
    place.repository.close()
    for (const { key } of data) damage(world.place(`a/${key}`))
    renameSync(folders.in('source'), folders.in('aside'))
    const [first] = await verify(true)
    expect(first!.lostChunks).toBeGreaterThan(0)
    const lost = { lostChunks: first!.lostChunks, affected: first!.affected }
    for (const level of ['stored', 'tree', 'bytes', 'contents'] as const)
      for (const heal of [false, true]) {
        await reopen()
        expect((await verify(heal, level))[0]).toMatchObject(lost)
      }
    renameSync(folders.in('aside'), folders.in('source'))
    expect((await verify(true))[0]).toMatchObject(GOOD)
    await expectGood()
  })

  test('is not lost when another pack of the place has it', async () => {
    await backUpTo('a')
    const open = await world.repositories.open('a')
    const first = filesBelow(world.place('a'), ['data/'])
    // The same chunks once more, in packs of their own.
    const { destination, store, log } = open
    const again = buildSession(open, folders.in('source'), { ...SMALL, backupId: 'snapshot_2' })
    await commitSession({ id: destination.id, store, log }, again)
    rmSync(folders.in('source'), { recursive: true })
    for (const path of first) damage(path)
    expect((await verify(true))[0]).toMatchObject({ lostChunks: 0, affected: [] })
    await expectGood()
  })
})

describe('a place that was wiped', () => {
  test('gets every snapshot that somebody has whole, and is told to lack the others', async () => {
    await backUpTo('a', 'b')
    const spoilt = filesBelow(world.place('a'), ['data/'])
    writeTree(folders.in('later'), { 'five.bin': randomBytes(50_000) })
    const opened = await Promise.all(['a', 'b'].map((name) => world.repositories.open(name)))
    const second = buildSession(opened[0]!, folders.in('later'), { ...SMALL, backupId: 'snapshot_2' })
    for (const { destination, store, log } of opened)
      await commitSession({ id: destination.id, store, log }, second)
    for (const path of spoilt) damage(path)
    rmSync(folders.in('source'), { recursive: true })
    await world.close()
    rmSync(world.place('b'), { recursive: true })
    await reopen()

    const [a, b] = await verify(true)
    expect(a!.affected).toMatchObject([{ backupId: FIRST }])
    expect(b).toMatchObject({ healed: 1, affected: [{ backupId: FIRST, paths: ['/'] }] })
    const { log } = await world.repositories.open('b')
    expect([...log.state.snapshots.keys()]).toEqual([second.snap.id])
  })
})

describe('directories below directories', () => {
  test('come back at one go, level by level, from places that have them', async () => {
    await backUpTo('a', 'b')
    const open = await world.repositories.open('a')
    const place = await openUpkeepPlace(open, world.workspace.env)
    const { packs } = place.repository.index
    const gone = expectedPacks(place).map(({ pack, key, packId }) => ({
      kind: packs.kindOf(pack),
      key,
      packId,
    }))
    place.repository.close()
    // Dropped without a replacement, as a collector with a bug would.
    await open.log.append('sweep', { packs: gone.map(({ packId }) => packId), snaps: [] })
    for (const { key } of gone) rmSync(world.place(`a/${key}`))
    rmSync(folders.in('source'), { recursive: true })
    const [before] = await verify(false)
    expect(before!.affected).toHaveLength(1)
    expect((await verify(true))[0]).toMatchObject({ lostChunks: 0, affected: [] })
    await expectGood()
  })
})

describe('records of a log', () => {
  test.each([
    ['damaged', 1],
    ['missing', 1],
    ['damaged', 0],
    ['missing', 0],
    ['damaged', -1],
    ['missing', -1],
  ] as const)('that are %s are put back with the bytes they had (%i)', async (state, at) => {
    await backUpTo('a')
    const { log } = await world.repositories.open('a')
    const pos = at < 0 ? log.state.pos : at
    const path = recordPath('a', pos)
    const bytes = readFileSync(path)
    await world.close()
    if (state === 'missing') rmSync(path)
    else damage(path)
    await reopen()

    const [found] = await verifyPlaces(world, false)
    const isFound = found!.error ?? [...found!.report!.damaged, ...found!.report!.missing][0]
    expect(isFound).toBeDefined()
    await reopen()
    const [report] = await verify(true)
    expect(report).toMatchObject({ healed: 1, affected: [] })
    expect([...report!.damaged, ...report!.missing]).toEqual([path.slice(world.place('a/').length)])
    expect(readFileSync(path)).toEqual(bytes)
    await expectGood()
  })

  test('two beside each other, from before the checkpoint of this computer', async () => {
    await backUpTo('a')
    const { log } = await world.repositories.open('a')
    for (let round = 0; round < 6; round++) await log.append('pin', { snaps: [] })
    // What is kept begins anew with all of the log, as it does after 256 records.
    for (const path of filesBelow(folders.in('home', 'cache'), ['']))
      if (/\/(log|checkpoint)$/.test(path)) rmSync(path)
    await reopen()
    await verify(false, 'stored')
    await world.close()
    expect(filesBelow(folders.in('home', 'cache'), ['']).join()).toContain('/records-')
    const paths = [4, 5].map((pos) => recordPath('a', pos))
    const bytes = paths.map((path) => readFileSync(path))
    for (const path of paths) damage(path)
    await reopen()
    expect((await verify(false))[0]!.damaged).not.toEqual([])
    await verify(true)
    expect(paths.map((path) => readFileSync(path))).toEqual(bytes)
    await expectGood()
  })

  test('that nobody kept stay as they are; what can be read is read', async () => {
    await backUpTo('a')
    await world.close()
    damage(recordPath('a', 2))
    forgetCaches()
    await reopen()
    const bytes = readFileSync(recordPath('a', 2))
    const [{ error, report } = {}] = await verifyPlaces(world, true)
    expect(error?.code ?? report?.damaged).toBeDefined()
    expect(readFileSync(recordPath('a', 2))).toEqual(bytes)
  })

  test('of another history are never touched: that is for a person to judge', async () => {
    await backUpTo('a')
    const { log } = await world.repositories.open('a')
    const taken = folders.in('taken')
    cpSync(world.place('a'), taken, { recursive: true })
    await log.append('pin', { snaps: [] })
    await log.append('pin', { snaps: [] })
    await world.close()
    // The place is taken back to an older state …
    rmSync(world.place('a'), { recursive: true })
    cpSync(taken, world.place('a'), { recursive: true })
    await reopen()
    expect((await verifyPlaces(world, true))[0]!.error).toMatchObject({
      code: 'rollback-detected',
      data: { reason: 'shorter' },
    })
    // … and somebody who knows nothing of it goes on from there.
    const before = filesBelow(world.place('a'), ['log/'])
    await world.repositories.acceptHistory('a')
    const accepted = await world.repositories.open('a')
    await accepted.log.append('unpin', { snaps: [] })
    await accepted.log.append('unpin', { snaps: [] })
    const forked = filesBelow(world.place('a'), ['log/'])
    expect(forked.length).toBe(before.length + 2)
  })
})

describe('the description', () => {
  test.each(['damaged', 'missing'])('that is %s is written again', async (state) => {
    await backUpTo('a')
    await world.close()
    const path = world.place('a/repo.json')
    const bytes = readFileSync(path)
    if (state === 'missing') rmSync(path)
    else damage(path)
    await reopen()
    expect((await verifyPlaces(world, false))[0]!.error).toBeDefined()
    expect((await verify(true))[0]).toMatchObject({ damaged: ['repo.json'], healed: 1 })
    expect(readFileSync(path)).toEqual(bytes)
    await expectGood()
  })
})

describe('index segments that no place has', () => {
  const removeSegments = (...names: string[]) => {
    for (const name of names) for (const path of filesBelow(world.place(name), ['index/'])) rmSync(path)
  }

  test('are made again from the packs themselves', async () => {
    await backUpTo('a', 'b')
    await world.close()
    removeSegments('a', 'b')
    forgetCaches()
    await reopen()
    const [before] = await verify(false)
    expect(before).toMatchObject({ affected: [{ paths: ['/'] }] })
    rmSync(folders.in('source'), { recursive: true })
    for (const report of await verify(true))
      expect(report).toMatchObject({ healed: 1, lostChunks: 0, affected: [] })
    await expectGood()
  })

  test('also where only the index of this computer still knows what they listed', async () => {
    await backUpTo('a')
    await world.close()
    removeSegments('a')
    rmSync(folders.in('home', 'cache', 'repositories'), { recursive: true, force: true })
    await reopen()
    expect((await verify(true))[0]).toMatchObject({ healed: 1, affected: [] })
    await expectGood()
  })

  test('with a pack missing in one place: it comes from the other', async () => {
    await backUpTo('a', 'b')
    await world.close()
    removeSegments('a', 'b')
    forgetCaches()
    for (const path of filesBelow(world.place('a'), ['data/']).slice(0, 2)) damage(path)
    rmSync(filesBelow(world.place('a'), ['data/'])[2]!)
    rmSync(folders.in('source'), { recursive: true })
    await reopen()
    for (const report of await verify(true)) expect(report).toMatchObject({ lostChunks: 0, affected: [] })
    await expectGood()
  })

  test('with a pack that nobody has good: its files are named, the rest is there', async () => {
    await backUpTo('a')
    const open = await world.repositories.open('a')
    const place = await openUpkeepPlace(open, world.workspace.env)
    const { packs } = place.repository.index
    const victim = expectedPacks(place).find(({ pack }) => packs.kindOf(pack) === 'data')!
    place.repository.close()
    await world.close()
    removeSegments('a')
    forgetCaches()
    rmSync(world.place(`a/${victim.key}`))
    rmSync(folders.in('source'), { recursive: true })
    await reopen()
    const [report] = await verify(true)
    expect(report!.lostChunks).toBeGreaterThan(0)
    expect(report!.affected[0]!.paths.length).toBeLessThan(4)
    await reopen()
    expect((await verify(true))[0]).toMatchObject({
      damaged: [],
      missing: [],
      lostChunks: report!.lostChunks,
      affected: report!.affected,
    })
  })
})
