import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DataGate, OPEN_GATE } from '../../../main/engine/engine.ts'
import { EverstowError } from '../../../main/engine/model/errors.ts'
import { type Ground, layGround } from '../app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
  await ground.addPlace('one')
})
afterEach(() => ground.close())

type Format = 'archive' | 'snapshot'

async function backUp(format: Format, content: string | Buffer, name = 'data.json'): Promise<string> {
  writeFileSync(join(ground.source, name), content)
  const run = await ground.done(ground.client.call('backup.start', { paths: [ground.source], format }))
  expect(run.state).toBe('done')
  return run.backup!.id
}

/** Asks the engine as somebody who may take so many bytes. */
function asker(gate: Partial<DataGate> = {}, mostBytes = Number.POSITIVE_INFINITY) {
  const taken: number[] = []
  const take = async (bytes: number): Promise<void> => {
    if (taken.reduce((sum, each) => sum + each, bytes) > mostBytes) throw new EverstowError('budget-exceeded')
    taken.push(bytes)
  }
  const total = () => taken.reduce((sum, each) => sum + each, 0)
  return { gate: { ...OPEN_GATE, take, ...gate }, signal: new AbortController().signal, total }
}

const data = () => ground.app.context.engine.data
const PATH = 'source/data.json'
const READ = { backup: 'latest', path: PATH, offset: 0, maxBytes: 1_000_000 }
const SERIES = { path: PATH, select: '/n', limit: 100, changesOnly: false, maxBytes: 1_000_000 }
const contentOf = (n: number) => JSON.stringify({ n, filler: 'x'.repeat(1_000 - 20) })

/** Every file below a folder of the place is another one of the same length. */
function spoil(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    writeFileSync(path, Buffer.alloc(readFileSync(path).length, 7))
  }
}

describe('a gate', () => {
  it('is asked for bytes before they are given, as often as they are', async () => {
    const content = contentOf(1)
    await backUp('snapshot', content)
    for (const _ of ['from the place', 'from the cache']) {
      const asked = asker()
      expect(await data().read(asked, { ...READ, select: '/n' })).toMatchObject({ value: 1 })
      expect(asked.total()).toBe(content.length)
    }
    const poor = asker({}, content.length - 1)
    await expect(data().read(poor, { ...READ, select: '/n' })).rejects.toMatchObject({
      code: 'budget-exceeded',
    })
    await expect(
      data().outline(poor, { backup: 'latest', path: PATH, pointer: '', limit: 9, offset: 0 }),
    ).rejects.toMatchObject({ code: 'budget-exceeded' })
    const slice = asker()
    await data().read(slice, { ...READ, as: 'bytes', offset: 10, length: 5 })
    expect(slice.total()).toBe(5)
  })

  it('that is spent leaves the points of a series that it paid for', async () => {
    for (const n of [1, 2, 3]) await backUp('snapshot', contentOf(n))
    const bytes = contentOf(1).length
    const { points } = await data().series(asker({}, 2 * bytes), SERIES)
    expect(points.map(({ state }) => state).sort()).toEqual(['error', 'found', 'found'])
    expect(points.find(({ state }) => state === 'error')).toMatchObject({ code: 'budget-exceeded' })
    await expect(data().series(asker({}, 1), SERIES)).rejects.toMatchObject({ code: 'budget-exceeded' })
    // What is equal in all of them is paid for once.
    await backUp('snapshot', contentOf(3))
    const asked = asker()
    expect((await data().series(asked, SERIES)).points).toHaveLength(4)
    expect(asked.total()).toBe(3 * bytes)
  })

  it('decides what is there, whatever lies in the cache', async () => {
    const first = await backUp('archive', contentOf(1))
    const second = await backUp('snapshot', contentOf(2))
    await data().series(asker(), SERIES)
    const onlyFirst = asker({ admitsBackup: ({ id }) => id === first })
    expect((await data().read(onlyFirst, READ)).file.backup.id).toBe(first)
    expect((await data().series(onlyFirst, SERIES)).points).toHaveLength(1)
    await expect(data().read(onlyFirst, { ...READ, backup: second })).rejects.toMatchObject({
      code: 'unknown-backup',
    })
    const nothing = asker({ admitsFile: () => false })
    await expect(data().read(nothing, READ)).rejects.toMatchObject({ data: { reason: 'not-there' } })
    const { points } = await data().series(nothing, SERIES)
    expect(points.map(({ state }) => state)).toEqual(['missing', 'missing'])
    expect((await data().sources(nothing, { backup: second })).sources).toEqual([])
  })
})

const NOWHERE = [
  '../source/data.json',
  './source/data.json',
  '/source/data.json',
  'source//data.json',
  'source/folder/../data.json',
  'source\\data.json',
  'source/data.json\0',
  'source/data.json/',
  'SOURCE/data.json',
  'source/nothing',
]

it('paths that no listing shows lead nowhere', async () => {
  const id = await backUp('archive', contentOf(1))
  for (const path of NOWHERE) {
    await expect(data().read(asker(), { ...READ, path })).rejects.toMatchObject({
      code: 'invalid-input',
      data: { field: 'path', value: path, reason: 'not-there' },
    })
    await expect(data().versions(asker(), { backup: id, path, limit: 5 })).rejects.toMatchObject({
      data: { reason: 'not-there' },
    })
  }
})

describe.each(['archive', 'snapshot'] as const)('of %ss', (format) => {
  it('nothing is given where a block is damaged and no copy is good', async () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 31) % 251))
    await backUp(format, noise, 'noise.bin')
    spoil(join(ground.placePath('one'), format === 'archive' ? 'archives' : 'data'))
    await ground.restart()
    const read = data().read(asker(), { ...READ, path: 'source/noise.bin', as: 'bytes' })
    await expect(read).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:data-damaged|archive-damaged|chunk-missing)$/),
    })
    const { points } = await data().series(asker(), {
      ...SERIES,
      path: 'source/noise.bin',
      select: '',
      as: 'text',
    })
    expect(points).toMatchObject([{ state: 'error' }])
  })

  it('nothing is given any more once it is gone from the place, or from the catalogue', async () => {
    const id = await backUp(format, contentOf(1))
    await data().files(asker(), { backup: id, folder: '', limit: 10 })
    rmSync(join(ground.placePath('one')), { recursive: true })
    await ground.restart()
    await expect(data().read(asker(), READ)).rejects.toBeInstanceOf(EverstowError)
    const catalogue = new DatabaseSync(join(ground.home, 'catalogue.db'))
    catalogue.prepare('DELETE FROM backups WHERE id = ?').run(id)
    catalogue.close()
    await expect(data().read(asker(), { ...READ, backup: id })).rejects.toMatchObject({
      code: 'unknown-backup',
    })
    await expect(data().read(asker(), READ)).rejects.toMatchObject({ code: 'unknown-backup' })
    expect((await data().series(asker(), SERIES)).points).toEqual([])
  })

  it('what was read is not given once the catalogue has it no more', async () => {
    const id = await backUp(format, contentOf(1))
    expect(await data().read(asker(), { ...READ, select: '/n' })).toMatchObject({ value: 1 })
    const catalogue = new DatabaseSync(join(ground.home, 'catalogue.db'))
    catalogue.prepare('DELETE FROM backups WHERE id = ?').run(id)
    catalogue.close()
    await expect(data().read(asker(), { ...READ, backup: id, select: '/n' })).rejects.toMatchObject({
      code: 'unknown-backup',
    })
  })
})
