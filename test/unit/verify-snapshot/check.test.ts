import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lastProofs, scrubsOf } from '../../../main/engine/catalogue/proofs.ts'
import { openWorkspace, type Workspace } from '../../../main/engine/catalogue/workspace.ts'
import { PACK_HEADER_BYTES } from '../../../main/engine/repository/format/pack-layout.ts'
import type { UpkeepPlace } from '../../../main/engine/repository/upkeep/open-place.ts'
import { type CheckOptions, checkRepository } from '../../../main/engine/verify/snapshot/check.ts'
import { drill } from '../../../main/engine/verify/snapshot/drill.ts'
import { healObjects } from '../../../main/engine/verify/snapshot/heal-objects.ts'
import { healPacks } from '../../../main/engine/verify/snapshot/heal-packs.ts'
import { expectedPacks } from '../../../main/engine/verify/snapshot/inventory.ts'
import {
  buildSession,
  commitSession,
  createGround,
  type GroundRepository,
} from '../../ground/repository-writer.ts'
import { filesBelow } from '../../ground/rot.ts'
import {
  localStore,
  memoryStore,
  openUpkeep,
  scratch,
  upkeepEnv,
  upkeepPlace,
  writeTree,
} from '../../ground/upkeep.ts'

type Place = Awaited<ReturnType<typeof upkeepPlace>>

const signal = new AbortController().signal
const SMALL = { blockBytes: 64 * 1024, packBytes: 200 * 1024 }

let folders: ReturnType<typeof scratch>
let ground: GroundRepository
let workspace: Workspace

beforeEach(async () => {
  folders = scratch()
  ground = await createGround()
  workspace = await openWorkspace(folders.in('home'), upkeepEnv)
  writeTree(folders.in('source'), {
    'docs/one.txt': randomBytes(100_000),
    'docs/two.txt': randomBytes(100_000),
    'docs/deep/three.txt': randomBytes(100_000),
    'four.bin': randomBytes(150_000),
  })
})
afterEach(() => {
  workspace.close()
  folders.remove()
})

/** The source, backed up into folders of these names with the same bytes. */
async function backUpTo(...names: string[]): Promise<Place[]> {
  const session = buildSession(ground, folders.in('source'), SMALL)
  const places: Place[] = []
  for (const name of names) {
    const place = await upkeepPlace(ground, await localStore(folders.in(name)), name, folders.in('cache'))
    await commitSession(place.ground, session)
    places.push(place)
  }
  return places
}

const check = (place: UpkeepPlace, options: Partial<CheckOptions> = {}) =>
  checkRepository(workspace, place, { level: 'contents', signal, ...options })

/** Turns a byte in the middle of a file around. */
function damage(path: string): void {
  const bytes = readFileSync(path)
  const middle = bytes.length >>> 1
  bytes[middle] = bytes[middle]! ^ 0xff
  rmSync(path)
  writeFileSync(path, bytes)
}

describe('checking', () => {
  test('a good repository is good at every level, and every pack is written down', async () => {
    const [place] = (await backUpTo('a')) as [Place]
    for (const level of ['stored', 'tree', 'bytes', 'contents'] as const) {
      const { report } = await check(place, { level })
      expect(report).toMatchObject({ damaged: [], missing: [], affected: [], lostChunks: 0 })
      expect(report.bytes).toBeGreaterThan(level === 'stored' ? 0 : 450_000)
    }
    const packs = expectedPacks(place)
    expect(packs.length).toBeGreaterThan(2)
    expect(
      scrubsOf(workspace.database, 'a')
        .map(({ objectKey }) => objectKey)
        .toSorted(),
    ).toEqual(packs.map(({ key }) => key).toSorted())
    place.repository.close()
  })

  test('any other store is read through requests', async () => {
    const place = await upkeepPlace(ground, memoryStore(), 'm', folders.in('cache'))
    await commitSession(place.ground, buildSession(ground, folders.in('source'), SMALL))
    const good = await check(place)
    expect(good.report).toMatchObject({ damaged: [], missing: [] })
    const [first] = expectedPacks(place)
    await place.ground.store.delete(first!.key)
    const bad = await check(place)
    expect(bad.report.missing).toEqual([first!.key])
    expect(bad.report.affected.length).toBe(1)
    place.repository.close()
  })

  test('a damaged pack is named, with exactly the files that need the damaged block', async () => {
    const [place] = (await backUpTo('a')) as [Place]
    const { index } = place.repository
    await place.repository.refresh()
    const [victim] = expectedPacks(place).filter(({ pack }) => index.packs.kindOf(pack) === 'data')
    damage(folders.in('a', victim!.key))
    const { report, findings } = await check(place, { level: 'bytes' })
    expect(report.damaged).toEqual([victim!.key])
    expect(findings.packs[0]!.badBlocks).toHaveLength(1)
    const [affected] = report.affected
    expect(affected!.paths.length).toBe(1)
    expect(affected!.paths[0]).toMatch(/^(docs\/(one|two|deep\/three)\.txt|four\.bin)$/)
    place.repository.close()
  })

  test('a bit turned anywhere in the head of a pack is damage, also where it then names a key that nobody has', async () => {
    const [place] = (await backUpTo('a')) as [Place]
    await place.repository.refresh()
    const [victim] = expectedPacks(place)
    const path = folders.in('a', victim!.key)
    const good = readFileSync(path)
    for (let at = 0; at < PACK_HEADER_BYTES; at++) {
      const bytes = Uint8Array.from(good)
      bytes[at] = bytes[at]! ^ (1 << (at % 8))
      rmSync(path)
      writeFileSync(path, bytes)
      const { report } = await check(place)
      expect(report, `byte ${at}`).toMatchObject({ damaged: [victim!.key], missing: [] })
    }
    place.repository.close()
  })

  test('a part of the packs: those that were never read, then those read longest ago', async () => {
    const [place] = (await backUpTo('a')) as [Place]
    await place.repository.refresh()
    const all = expectedPacks(place).length
    for (let days = 1, known = 0; known < all; days++) {
      await check(place, { level: 'bytes', percent: 1 })
      const now = scrubsOf(workspace.database, 'a').length
      // Each day at least one that was never read, while there is one.
      expect(now).toBeGreaterThan(known)
      expect(days).toBeLessThanOrEqual(all)
      known = now
    }
    const [oldest] = scrubsOf(workspace.database, 'a')
    await check(place, { level: 'bytes', percent: 0.0001 })
    expect(scrubsOf(workspace.database, 'a').at(-1)!.objectKey).toBe(oldest!.objectKey)
    place.repository.close()
  })
})

describe('healing', () => {
  async function heal(place: UpkeepPlace, others: readonly UpkeepPlace[]) {
    const { findings, needs } = await check(place, { others })
    const left = await healObjects(place, others, findings.objects, signal)
    const packs = await healPacks(place, others, findings.packs, needs!, signal)
    return { left, ...packs }
  }

  test('the same pack comes from another place under a new key, and the bad one stays until it is purged', async () => {
    const [a, b] = (await backUpTo('a', 'b')) as [Place, Place]
    await a.repository.refresh()
    await b.repository.refresh()
    const before = filesBelow(folders.in('a'), ['data/'])
    for (const file of before.slice(0, 2)) damage(file)
    expect(await heal(a, [b])).toEqual({ left: [], healed: 2, lost: [] })
    const { report } = await check(a)
    expect(report).toMatchObject({ damaged: [], missing: [], affected: [], lostChunks: 0 })
    const after = filesBelow(folders.in('a'), ['data/'])
    expect(after).toEqual(expect.arrayContaining(before))
    expect(after).toHaveLength(before.length + 2)
    for (const { repository } of [a, b]) repository.close()
  })

  test('segments, snapshots and the description come back from another place', async () => {
    const [a, b] = (await backUpTo('a', 'b')) as [Place, Place]
    for (const file of filesBelow(folders.in('a'), ['index/', 'snap/'])) rmSync(file)
    rmSync(folders.in('a/repo.json'))
    // A computer that has nothing of it in its cache.
    const fresh = await openUpkeep(ground, a.ground, folders.in('fresh'))
    await b.repository.refresh()
    const { findings } = await check(fresh, { level: 'stored', others: [b] })
    expect(findings.objects.map(({ kind }) => kind).toSorted()).toEqual(['index', 'repo', 'snap'])
    expect(await healObjects(fresh, [b], findings.objects, signal)).toEqual([])
    const { report } = await check(await openUpkeep(ground, a.ground, folders.in('fresher')))
    expect(report).toMatchObject({ damaged: [], missing: [], affected: [] })
    for (const { repository } of [a, b, fresh]) repository.close()
  })

  test('without another place chunks come from good blocks and live files; the rest is lost by name', async () => {
    const [a] = (await backUpTo('a')) as [Place]
    await a.repository.refresh()
    const { index } = a.repository
    // Every pack with content is gone, and one of the files is, too.
    for (const { pack, key } of expectedPacks(a))
      if (index.packs.kindOf(pack) === 'data') rmSync(folders.in('a', key))
    rmSync(folders.in('source/docs/two.txt'))
    const { lost } = await heal(a, [])
    expect(lost).toHaveLength(1)
    const { report } = await check(a)
    expect(report.lostChunks).toBe(1)
    expect(report.affected.map(({ paths }) => paths)).toEqual([['docs/two.txt']])
    expect(a.repository.log.state.lost.size).toBe(1)
    a.repository.close()
  })
})

describe('drills', () => {
  test('a sample is restored, compared and removed; what changed since is not compared with its source', async () => {
    const [a] = (await backUpTo('a')) as [Place]
    writeFileSync(folders.in('source/four.bin'), 'changed since')
    const [proof] = await drill(workspace, a, { files: 10, signal })
    expect(proof).toMatchObject({ ok: true, files: 4, bytes: 450_000, destinationId: 'a' })
    expect(lastProofs(workspace.database)).toEqual([proof])
    expect(filesBelow(folders.in('home'), ['scratch/'])).toEqual([])
    a.repository.close()
  })

  test('a file that differs though it looks unchanged, or cannot be had, disproves it', async () => {
    const [a] = (await backUpTo('a')) as [Place]
    const path = folders.in('source/four.bin')
    const { mtime, atime } = statSync(path)
    writeFileSync(path, randomBytes(150_000))
    utimesSync(path, atime, mtime)
    const [one] = await drill(workspace, a, { files: 10, signal })
    // utimes may round the time; then the file counts as changed.
    if (!one!.ok) expect(one!.detail).toBe('source-differs: four.bin')
    for (const file of filesBelow(folders.in('a'), ['data/'])) rmSync(file)
    const fresh = await openUpkeep(ground, a.ground, folders.in('cache'))
    const [two] = await drill(workspace, fresh, { files: 10, signal })
    expect(two).toMatchObject({ ok: false, files: 0, detail: 'object-missing' })
    for (const { repository } of [a, fresh]) repository.close()
  })
})
