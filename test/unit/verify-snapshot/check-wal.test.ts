import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkWal } from '../../../main/engine/databases/check-wal.ts'
import { damagedWal } from '../../../main/engine/databases/damaged-wal.ts'
import { addDatabase } from '../../../main/engine/databases/edit-databases.ts'
import { enqueue } from '../../../main/engine/databases/wal-queue.ts'
import { putWal } from '../../../main/engine/databases/wal-store.ts'
import type { ProtectedDatabase } from '../../../main/engine/model/protected-database.ts'
import { aboutKey, sealWal, walKey } from '../../../main/engine/repository/format/wal-object.ts'
import { openPlacesWorld, type PlacesWorld } from '../../ground/places-world.ts'
import { scratch, upkeepEnv } from '../../ground/upkeep.ts'

const signal = new AbortController().signal
const nameAt = (at: number) => `0000000100000000000000${String(at).padStart(2, '0')}`

let folders: ReturnType<typeof scratch>
let world: PlacesWorld
let database: ProtectedDatabase

beforeEach(async () => {
  folders = scratch()
  world = await openPlacesWorld(folders.in('world'), ['a', 'b'])
  database = await addDatabase(
    world,
    {
      name: 'main',
      url: 'postgres:///main',
      destinationIds: ['a', 'b'],
      baseSchedule: 'weekly@sun 01:00',
      keepDays: 30,
    },
    signal,
  )
})
afterEach(async () => {
  await world.close()
  folders.remove()
})

const pathOf = (place: string, name: string) =>
  join(world.place(place), walKey(database.id, '00000001', name))

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - 20]! ^= 1
  writeFileSync(path, bytes)
}

/** Seals a file of the log; what is large lies beside its head. */
async function seal(name: string, text: string, isLarge = false): Promise<Uint8Array> {
  const { keys } = await world.repositories.open('a')
  const facts = { kind: 'segment', closedMs: 0 } as const
  const options = { random: upkeepEnv.random, mostBytes: isLarge ? 64 : 1 << 20 }
  return sealWal(keys, walKey(database.id, '00000001', name), facts, Buffer.from(text), options).bytes
}

async function put(place: string, name: string, bytes: Uint8Array): Promise<void> {
  const { keys } = await world.repositories.open(place)
  const store = await world.places.open(place)
  await putWal({ store, keys, signal }, walKey(database.id, '00000001', name), bytes)
}

async function check(heal: boolean, percent = 100) {
  const [a, b] = await checkWal(world, database, { heal, percent, signal })
  return { a, b }
}

test('content that lies beside its head is read too, and mended with its head', async () => {
  const name = nameAt(1)
  const bytes = await seal(name, 'x'.repeat(1_000), true)
  for (const place of ['a', 'b']) await put(place, name, bytes)
  const folder = join(pathOf('a', name), '..')
  const [body = ''] = readdirSync(folder).filter((each) => each.endsWith('.body'))
  expect((await check(false)).a).toMatchObject({ objects: 2, damaged: [], error: undefined })
  rmSync(join(folder, body))
  expect((await check(false)).a).toMatchObject({ damaged: [name], healed: 0, lost: [] })
  expect((await check(true)).a).toMatchObject({ damaged: [name], healed: 1, lost: [] })
  expect(existsSync(join(folder, body))).toBe(true)
  expect((await check(false)).a).toMatchObject({ damaged: [] })
})

test('what still waits for another place mends as well; another content under the name does not', async () => {
  const [queued, other] = [nameAt(1), nameAt(2)]
  const bytes = await seal(queued, 'queued')
  await put('a', queued, bytes)
  await enqueue(world.workspace, database, queued, bytes)
  flip(pathOf('a', queued))
  await put('a', other, await seal(other, 'one content'))
  await put('b', other, await seal(other, 'another content'))
  flip(pathOf('a', other))
  const damaged = readFileSync(pathOf('a', other))
  expect((await check(true)).a).toMatchObject({ damaged: [queued, other], healed: 1, lost: [other] })
  expect(readFileSync(pathOf('a', other))).toEqual(damaged)
})

test('a place that could not be asked may have it whole: nothing is called lost', async () => {
  await put('a', nameAt(1), await seal(nameAt(1), 'only here'))
  flip(pathOf('a', nameAt(1)))
  rmSync(world.place('b'), { recursive: true })
  const { a, b } = await check(false)
  expect(a).toMatchObject({ damaged: [nameAt(1)], lost: [], error: undefined })
  expect(b?.error).toBeDefined()
})

test('what says whose log it is is made anew', async () => {
  const path = join(world.place('a'), aboutKey(database.id))
  rmSync(path)
  expect((await check(true)).a).toMatchObject({ damaged: [aboutKey(database.id)], healed: 1 })
  expect(existsSync(path)).toBe(true)
  expect((await check(true)).a).toMatchObject({ damaged: [] })
})

test('a part is read in turn, and what was found damaged each time', async () => {
  const names = [1, 2, 3, 4].map(nameAt)
  for (const name of names) await put('a', name, await seal(name, 'of equal size'))
  flip(pathOf('a', names[0]!))
  expect((await check(false, 25)).a).toMatchObject({ objects: 2, damaged: [names[0]] })
  expect(damagedWal(world.workspace.database, database.id, 'a')).toHaveLength(1)
  flip(pathOf('a', names[1]!))
  expect((await check(false, 25)).a).toMatchObject({ objects: 3, damaged: names.slice(0, 2) })
  for (const name of names.slice(0, 2)) rmSync(pathOf('a', name))
  expect((await check(false, 25)).a).toMatchObject({ objects: 2, damaged: [] })
  expect(damagedWal(world.workspace.database, database.id, 'a')).toEqual([])
  expect((await check(false, 0)).a).toBeUndefined()
})
