import { randomBytes } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenRepository } from '../../main/engine/delivery/snapshot/repositories.ts'
import { walkTree } from '../../main/engine/repository/read/walk-tree.ts'
import { openUpkeepPlace } from '../../main/engine/repository/upkeep/open-place.ts'
import type { CheckReport } from '../../main/engine/verify/snapshot/findings.ts'
import { expectedPacks } from '../../main/engine/verify/snapshot/inventory.ts'
import { openPlacesWorld, type PlacesWorld, reportsOf, verifyPlaces } from '../ground/places-world.ts'
import { buildSession, commitSession } from '../ground/repository-writer.ts'
import { deleteSome, filesBelow, flipBits, seeded } from '../ground/rot.ts'
import { scratch, writeTree } from '../ground/upkeep.ts'

// Rot, as far as disks and people bring it: everything is found, and healed while one good copy of it exists; else exactly the lost files are named.

const SEED = Number(process.env.SEED ?? 20261121)
const NAMES = ['a', 'b', 'c'] as const
const OBJECTS = ['data/', 'index/', 'snap/', 'keys/']

let folders: ReturnType<typeof scratch>
let random: () => number

/** Three places with two snapshots of 60 files; made once, copied for each test. */
beforeAll(async () => {
  folders = scratch()
  const home = folders.in('template')
  const world = await openPlacesWorld(home, NAMES)
  const known = new Set<string>()
  const opened: OpenRepository[] = []
  // One after the other: a later place takes over the key slots of an earlier one.
  for (const name of NAMES) opened.push(await world.repositories.open(name, { create: true }))
  for (const round of [1, 2]) {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, number) => [
        `round-${round}/folder-${number % 7}/file-${number}.bin`,
        randomBytes(20_000 + number * 3_000),
      ]),
    )
    writeTree(folders.in('source'), files)
    const session = buildSession(opened[0]!, folders.in('source'), {
      known,
      backupId: `snapshot_${round}`,
      blockBytes: 64 * 1024,
      packBytes: 128 * 1024,
    })
    for (const { destination, store, log } of opened)
      await commitSession({ id: destination.id, store, log }, session)
  }
  await world.close()
})
afterAll(() => folders.remove())
beforeEach(() => {
  random = seeded(SEED)
})

/** A copy of the template, its links cut, with the same secrets. */
async function freshWorld(name: string): Promise<PlacesWorld> {
  cpSync(folders.in('template'), folders.in(name), { recursive: true })
  return openPlacesWorld(folders.in(name), NAMES)
}

/** The ids of packs with directories. */
async function directoryPacks(world: PlacesWorld): Promise<string[]> {
  const place = await openUpkeepPlace(await world.repositories.open('a'), world.workspace.env)
  const { packs } = place.repository.index
  const found = expectedPacks(place).filter(({ pack }) => packs.kindOf(pack) === 'trees')
  place.repository.close()
  return found.map(({ packId }) => packId)
}

const verify = (world: PlacesWorld, heal: boolean) => verifyPlaces(world, heal)

/** Everything in every place is as good as new. */
async function expectGood(world: PlacesWorld): Promise<void> {
  for (const report of reportsOf(await verify(world, false)))
    expect(report, `SEED=${SEED}`).toMatchObject({ damaged: [], missing: [], affected: [], lostChunks: 0 })
}

describe(`rot (SEED=${SEED})`, () => {
  test('1,000 flipped bits in one place, 5 % of the objects gone in the second, the third wiped: all found, all healed', async () => {
    const world = await freshWorld('first')
    const gone = deleteSome(filesBelow(world.place('b'), OBJECTS), 0.05, random)
    // Directories come from no live file: one good copy of them stays.
    const spared = (await directoryPacks(world)).filter((id) => gone.some((path) => path.includes(id)))
    const flippable = filesBelow(world.place('a'), ['data/']).filter(
      (path) => !spared.some((id) => path.includes(id)),
    )
    const flipped = flipBits(flippable, 1_000, random)
    for (const file of filesBelow(world.place('c'), [...OBJECTS, 'log/', 'ckpt/', 'repo.json'])) rmSync(file)

    const checked = await verify(world, true)
    const [a, b, c] = reportsOf(checked) as [CheckReport, CheckReport, CheckReport]
    expect(a.damaged.map((key) => world.place(`a/${key}`)).toSorted(), `SEED=${SEED}`).toEqual(
      [...flipped].toSorted(),
    )
    expect(b.missing.map((key) => world.place(`b/${key}`)).toSorted(), `SEED=${SEED}`).toEqual(
      gone.toSorted(),
    )
    for (const report of [a, b]) {
      expect(report, `SEED=${SEED}`).toMatchObject({ affected: [], lostChunks: 0 })
      expect(report.healed).toBe(report.damaged.length + report.missing.length)
    }
    expect(c).toMatchObject({ healed: 2, affected: [], lostChunks: 0 })
    await expectGood(world)
    await world.close()
  })

  // Seed 2 takes index segments: the packs in them, gone as well, are known only when these are back.
  test.each([SEED, 2])(
    '30 %% of the objects gone at two places: all healed from the third (%i)',
    async (seed) => {
      random = seeded(seed)
      const world = await freshWorld(`second-${seed}`)
      for (const name of ['a', 'b']) deleteSome(filesBelow(world.place(name), OBJECTS), 0.3, random)
      for (const report of reportsOf(await verify(world, true)))
        expect(report, `SEED=${SEED}`).toMatchObject({ affected: [], lostChunks: 0 })
      await expectGood(world)
      await world.close()
    },
  )

  test('the same packs gone everywhere, and the files they came from: exactly those files are named, everything else is there', async () => {
    const world = await freshWorld('third')
    const open = await world.repositories.open('a')
    const place = await openUpkeepPlace(open, world.workspace.env)
    const { index, fetcher } = place.repository
    const packs = [...Array(index.packs.numbers).keys()].filter((pack) => index.packs.isPresent(pack))
    const victims = packs.filter((pack) => index.packs.kindOf(pack) === 'data').slice(0, 2)
    const idOf = (pack: number) => Buffer.from(index.packs.idOf(pack)).toString('hex')
    const lost = new Set<number>()
    for (let slot = 0; slot < index.slots; slot++)
      if (index.isPresent(slot) && victims.includes(index.blocks.packOf(index.blockOf(slot)))) lost.add(slot)
    const expected = new Map<string, string[]>()
    for (const { snapId } of place.repository.snapshots()) {
      const { backupId, tree } = await place.repository.root(snapId)
      const paths: string[] = []
      await walkTree(fetcher, Buffer.from(tree, 'hex'), (folder, entry) => {
        for (let at = 0; at < entry.chunkIds.length; at += 32)
          if (lost.has(index.find(entry.chunkIds, at))) paths.push(`${folder}/${entry.nameText}`)
        return true
      })
      expected.set(backupId, paths.toSorted())
    }
    place.repository.close()
    expect(expected.get('snapshot_2')!.length).toBeGreaterThan(0)

    for (const name of NAMES)
      for (const file of filesBelow(world.place(name), ['data/']))
        if (victims.some((pack) => file.includes(idOf(pack)))) rmSync(file)
    const source = folders.in('source')
    cpSync(source, folders.in('aside'), { recursive: true })
    rmSync(source, { recursive: true })
    for (const report of reportsOf(await verify(world, true))) {
      const found = new Map(report.affected.map(({ backupId, paths }) => [backupId, paths.toSorted()]))
      const wanted = new Map([...expected].filter(([, paths]) => paths.length > 0))
      expect(found, `SEED=${SEED}`).toEqual(wanted)
      expect(report.lostChunks).toBe(lost.size)
    }

    // The files come back: the next healing takes their content from them.
    cpSync(folders.in('aside'), source, { recursive: true })
    await verify(world, true)
    await expectGood(world)
    await world.close()
  })
})
