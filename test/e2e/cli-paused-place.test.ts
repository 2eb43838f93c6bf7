import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

let world: CliWorld
beforeAll(async () => {
  world = await makeCliWorld()
  await mkdir(world.path('nas'))
  await writeFile(world.path('file.txt'), 'x')
  expect((await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')).status).toBe(0)
})
afterAll(() => world.remove())

test(
  'a first backup to a place that is paused at this hour is made, waits, and follows later',
  SLOW,
  async () => {
    expect((await world.run('place', 'edit', 'nas', '--limits', 'daily pause')).status).toBe(0)
    const paused = await world.run('backup', 'file.txt')
    expect(paused.status).toBe(1)
    expect(paused.out + paused.err).toMatch(/waits safely/)
    expect((await world.run('place', 'edit', 'nas', '--limits', 'none')).status).toBe(0)
    expect((await world.run('push')).status).toBe(0)
    const { backups } = (await world.run('list', '--json')).json() as unknown as { backups: unknown[] }
    expect(backups).toHaveLength(1)
  },
)

test('what is there can be looked at, verified and restored at a paused hour', SLOW, async () => {
  expect((await world.run('place', 'edit', 'nas', '--limits', 'daily pause')).status).toBe(0)
  expect((await world.run('verify', '--data', '100')).status).toBe(0)
  expect((await world.run('repo', 'info')).status).toBe(0)
  expect((await world.run('restore', 'latest', '--into', 'back')).status).toBe(0)
  expect(await readFile(world.path('back/file.txt'), 'utf8')).toBe('x')
})
