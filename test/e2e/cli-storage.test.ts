import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

interface StorageDocument {
  verdict: string
  stored_bytes: number
  places: {
    place: string
    budget_bytes: number | null
    disk: { free_bytes: number; total_bytes: number } | null
    room: { by: string; left_bytes: number; full_at: string | null } | null
    savings: { backups: number; source_bytes: number } | null
  }[]
}
interface FoldersDocument {
  backup_id: string
  folder: string
  size_bytes: number
  files: number
  own_bytes: number | null
  entries: { path: string; kind: string; size_bytes: number; files: number }[]
  rest: { entries: number; size_bytes: number }
}

let world: CliWorld
beforeEach(async () => {
  world = await makeCliWorld()
  await mkdir(world.path('docs', 'films'), { recursive: true })
  await mkdir(world.path('docs', 'letters'))
  await writeFile(world.path('docs', 'films', 'one'), randomBytes(2_000_000))
  await writeFile(world.path('docs', 'letters', 'a'), 'dear')
  await writeFile(world.path('docs', 'letters', 'b'), 'all')
  await writeFile(world.path('docs', 'note'), 'x'.repeat(1_000))
})
afterEach(() => world.remove())

const storage = async (status: number): Promise<StorageDocument> => {
  const said = await world.run('storage', '--json')
  expect(said.status, said.out + said.err).toBe(status)
  return said.json() as unknown as StorageDocument
}
const folders = async (...args: string[]): Promise<FoldersDocument> => {
  const said = await world.run('storage', 'folders', ...args, '--json')
  expect(said.status, said.out + said.err).toBe(0)
  return said.json() as unknown as FoldersDocument
}

test(
  'storage says how much lies where, what bounds it and what is saved; its exit status is for monitoring',
  SLOW,
  async () => {
    expect(await storage(0)).toMatchObject({ verdict: 'healthy', stored_bytes: 0, places: [] })
    await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
    await world.run('plan', 'add', 'docs', '--source', 'docs')
    await world.run('place', 'edit', 'nas', '--budget', '500MB')
    expect((await world.run('backup', 'docs')).status).toBe(0)
    expect((await world.run('backup', 'docs')).status).toBe(0)

    const well = await storage(0)
    expect(well.stored_bytes).toBeGreaterThan(2_000_000)
    expect(well.places[0]).toMatchObject({
      place: 'nas',
      budget_bytes: 500_000_000,
      // However full the disk of this machine is.
      room: { by: 'budget', left_bytes: 500_000_000 - well.stored_bytes, full_at: null },
    })
    expect(well.places[0]?.disk?.total_bytes).toBeGreaterThan(well.places[0]?.disk?.free_bytes ?? Number.NaN)
    expect(well.places[0]?.savings).toMatchObject({ backups: 2, source_bytes: 2 * 2_001_007 })
    const people = await world.run('storage')
    expect(people.out).toMatch(
      /stored in 1 place, with room to spare\.[\s\S]*nas +2 MB +budget 500 MB .* 4\d %/,
    )

    await world.run('place', 'edit', 'nas', '--budget', '1MB')
    const over = await storage(3)
    expect(over.places[0]).toMatchObject({ budget_bytes: 1_000_000, room: { by: 'budget', left_bytes: 0 } })
    expect((await world.run('storage', '--lang', 'fr')).out).toMatch(
      /^nas contient 2\sMo, plus que son budget de 1\sMo/,
    )
  },
)

test.each(['snapshot', 'archive'])(
  'storage folders says what takes how much, one folder after the other: %s',
  SLOW,
  async (format) => {
    await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
    await world.run('plan', 'add', 'docs', '--source', 'docs', '--format', format)
    const none = await world.run('storage', 'folders', 'docs', '--json')
    expect(none.status).toBe(1)
    expect(none.json().error?.code).toBe('unknown-backup')
    expect((await world.run('backup', 'docs')).status).toBe(0)

    const top = await folders('docs')
    expect(top).toMatchObject({ size_bytes: 2_001_007, files: 4, rest: { entries: 0 } })
    expect(
      top.entries.map(({ path, kind, size_bytes, files }) => [
        path.replace(/^.*docs\//, ''),
        kind,
        size_bytes,
        files,
      ]),
    ).toEqual([
      ['films', 'directory', 2_000_000, 1],
      ['note', 'file', 1_000, 1],
      ['letters', 'directory', 7, 2],
    ])
    expect(top.own_bytes).toBeGreaterThan(2_000_000)
    const letters = await folders('docs', `${top.folder}/letters`)
    expect(letters.entries.map(({ size_bytes }) => size_bytes)).toEqual([4, 3])
    expect(await folders('docs', '--limit', '1')).toMatchObject({ rest: { entries: 2, size_bytes: 1_007 } })
    const people = await world.run('storage', 'folders', 'docs')
    expect(people.out).toMatch(/2 MB, 4 files[\s\S]*2 MB +1 +\S*films\/[\s\S]*At least 2 MB/)
    // The second holds what the first holds: what it brought itself is next to nothing.
    expect((await world.run('backup', 'docs')).status).toBe(0)
    const own = (await folders('docs')).own_bytes ?? Number.NaN
    if (format === 'snapshot') expect(own).toBeLessThan(100_000)
    else expect(own).toBeGreaterThan(2_000_000)

    expect((await world.run('storage', 'folders', 'docs', 'nowhere')).status).not.toBe(0)
    expect((await world.run('storage', 'folders', 'no-plan')).status).not.toBe(0)
  },
)
