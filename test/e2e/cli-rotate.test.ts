import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

type Document = Record<string, unknown>

/** The epoch in the head of every pack that lies at a place. */
async function epochsOfPacks(folder: string): Promise<number[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const packs = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(packs.map(async (path) => (await readFile(path)).readUInt32LE(12)))
}

describe('new keys for everything', SLOW, () => {
  let world: CliWorld
  const ids: string[] = []
  const rotateFull = ['key', 'rotate', '--full', '--yes', '--json', '--words'] as const

  beforeAll(async () => {
    world = await makeCliWorld()
    await mkdir(world.path('docs', 'deep'), { recursive: true })
    await writeFile(world.path('docs', 'letter.txt'), 'Dear reader\n')
    await writeFile(world.path('docs', 'deep', 'noise.bin'), randomBytes(300_000))
    for (const name of ['nas', 'disk'])
      await world.run('place', 'add', name, '--type', 'local', '--path', name)
    for (const tag of ['one', 'two']) {
      const said = await world.run('backup', 'docs', '--format', 'snapshot', '--tag', tag, '--json')
      expect(said.status).toBe(0)
      ids.push(String(said.json().backup_id))
      execFileSync('cp', ['-r', world.path('docs'), world.path(`was-${tag}`)])
      await appendFile(world.path('docs', 'letter.txt'), `and ${tag}\n`)
    }
  })
  afterAll(() => world.remove())

  async function limit(limits: string): Promise<void> {
    for (const place of ['nas', 'disk'])
      expect((await world.run('place', 'edit', place, '--limits', limits)).status).toBe(0)
  }

  async function expectAllAsItWas(): Promise<void> {
    for (const [index, tag] of ['one', 'two'].entries()) {
      for (const place of ['nas', 'disk']) {
        const into = world.path(`back-${place}-${tag}`)
        expect((await world.run('restore', ids[index] ?? '', '--into', into, '--from', place)).status).toBe(0)
        const [was, is] = [world.path(`was-${tag}`), join(into, 'docs')]
        expect(execFileSync('diff', ['-r', was, is], { encoding: 'utf8' })).toBe('')
        execFileSync('rm', ['-r', into])
      }
    }
  }

  test('killed after the keys changed, it goes on with the same keys', async () => {
    // So slow that it is still at it when it is seen to have begun.
    await limit('default up:10kB')
    const running = world.start(rotateFull)
    await world.logged('keys rotated')
    running.child.kill('SIGKILL')
    expect((await running.said).status).toBeNull()
    await limit('none')
    await expectAllAsItWas()

    const said = await world.run(...rotateFull)
    expect(said.json().error).toBeUndefined()
    expect(said.status).toBe(0)
    expect(said.err).toContain('epoch 2')
    expect(said.err).toContain('everstow key show-kit')
    const { renewed, ...record } = said.json() as unknown as { renewed: Document[] }
    expect(record).toEqual({ epoch: 2, rotated: false })
    expect(renewed).toMatchObject(
      ['nas', 'disk'].map((place) => ({
        place,
        older_packs: 0,
        older_bytes: 0,
        older_snapshots: 2,
        error: null,
      })),
    )
    expect(await epochsOfPacks(world.path('nas', 'data'))).toEqual(expect.arrayContaining([1, 2]))
    await expectAllAsItWas()
  })

  test('the old packs wait for their grace, then nothing there opens with the old keys', async () => {
    expect((await world.run('prune', '--grace', '0', '--yes')).status).toBe(0)
    for (const place of ['nas', 'disk'])
      expect(new Set(await epochsOfPacks(world.path(place, 'data')))).toEqual(new Set([2]))
    await expectAllAsItWas()
  })

  test('in one go and without grace, and in words', async () => {
    const said = await world.run('key', 'rotate', '--full', '--grace', '0', '--yes', '--out', 'kit.html')
    expect(said.status).toBe(0)
    expect(said.out).toContain('New keys, epoch 3')
    expect(said.out).toMatch(/nas: \d+ packs stored anew: .* became/)
    expect(said.out).toContain('stay under older keys until they are forgotten; pinned: 0')
    expect(said.out).not.toContain('Not everything is done')
    for (const place of ['nas', 'disk'])
      expect(new Set(await epochsOfPacks(world.path(place, 'data')))).toEqual(new Set([3]))
    await expectAllAsItWas()
    expect((await world.run('verify')).status).toBe(0)
  })

  test('--grace alone means nothing here', async () => {
    const said = await world.run('key', 'rotate', '--grace', '0', '--json', '--words')
    expect(said.status).toBe(2)
    expect(said.json().error?.message).toContain('--full')
  })
})
