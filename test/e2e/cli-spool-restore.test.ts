import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

/** A backup that no place has yet: what waits in the spool is a backup as well. */
describe('restoring what waits in the spool', SLOW, () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await makeCliWorld()
    await mkdir(world.path('docs', 'deep'), { recursive: true })
    await writeFile(world.path('docs', 'letter.txt'), 'Dear reader\n')
    await writeFile(world.path('docs', 'deep', 'noise.bin'), randomBytes(3_000_000))
    await world.run('place', 'add', 'disk', '--type', 'local', '--path', 'disk')
  })
  afterAll(() => world.remove())

  const backUp = async (): Promise<string> => {
    const said = await world.run('backup', 'docs', '--format', 'snapshot', '--json')
    return String((said.json() as Record<string, unknown>).backup_id)
  }
  const same = (into: string) =>
    execFileSync('diff', ['-r', world.path('docs'), world.path(into, 'docs')], { encoding: 'utf8' })

  test('the first backup, made while its place is away', async () => {
    await world.run('offline', 'on')
    const id = await backUp()
    await rename(world.path('disk'), world.path('away'))
    const restored = await world.run('restore', id, '--into', 'first', '--json')
    expect(restored.status).toBe(0)
    expect(same('first')).toBe('')
    // Nothing is left behind, and the backup still waits.
    expect(await readdir(world.path('home', 'scratch')).catch(() => [])).toEqual([])
    await rename(world.path('away'), world.path('disk'))
    await world.run('offline', 'off')
    expect((await world.run('push', '--json')).json()).toMatchObject({ remaining: 0 })
  })

  test('a later one, with its place and without it', async () => {
    await appendFile(world.path('docs', 'letter.txt'), 'one more line\n')
    await world.run('offline', 'on')
    const id = await backUp()
    for (const into of ['second', 'third']) {
      expect((await world.run('restore', id, '--into', into)).status).toBe(0)
      expect(same(into)).toBe('')
      if (into === 'second') await rename(world.path('disk'), world.path('away'))
    }
  })
})
