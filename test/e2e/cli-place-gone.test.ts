import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

/** Some six packs: enough to be in the middle of. */
const LARGE_BYTES = 160 << 20

describe('a place that goes while a backup is under way', SLOW, () => {
  let world: CliWorld
  let sum: string
  beforeEach(async () => {
    world = await makeCliWorld()
    const bytes = randomBytes(LARGE_BYTES)
    sum = sumOf(bytes)
    await writeFile(world.path('large'), bytes)
    for (const name of ['drive', 'desk'])
      expect((await world.run('place', 'add', name, '--type', 'local', '--path', name)).status).toBe(0)
    // The repository lies there already; what goes is in the middle of the packs.
    await writeFile(world.path('small'), 'x')
    expect((await world.run('backup', 'small')).status).toBe(0)
    // Slow enough that what goes goes in the middle, however late it is seen to have begun.
    await limitDrive('default up:10MB')
  })
  afterEach(() => world.remove())

  test('unplugged: the other place has it, nothing is made where it was, and push brings the rest', async () => {
    const before = await packsIn('drive')
    const run = world.start(['backup', 'large', '--json'])
    while ((await packsIn('drive')) <= before && run.child.exitCode === null) await sleep(10)
    await rename(world.path('drive'), world.path('unplugged'))
    const said = await run.said
    expect(said.json()).toMatchObject({
      copies: [
        { place: 'drive', status: 'waiting' },
        { place: 'desk', status: 'synced' },
      ],
    })
    expect(said.status).toBe(3)
    expect(existsSync(world.path('drive'))).toBe(false)

    await rename(world.path('unplugged'), world.path('drive'))
    await limitDrive('none')
    expect((await world.run('push')).status).toBe(0)
    expect((await world.run('verify', '--data', '100')).status).toBe(0)
    expect((await world.run('restore', 'latest', '--from', 'drive', '--into', 'back')).status).toBe(0)
    expect(sumOf(await readFile(world.path('back', 'large')))).toBe(sum)
  })

  test('removed from the settings: the other place has it, and the run ends well', async () => {
    const before = await packsIn('drive')
    const run = world.start(['backup', 'large', '--json'])
    while ((await packsIn('drive')) <= before && run.child.exitCode === null) await sleep(10)
    expect((await world.run('place', 'remove', 'drive')).status).toBe(0)
    const said = await run.said
    expect(said.json()).toMatchObject({
      copies: expect.arrayContaining([expect.objectContaining({ place: 'desk', status: 'synced' })]),
    })
    expect([0, 3]).toContain(said.status)
    expect((await world.run('push')).status).toBe(0)
    expect((await world.run('verify', '--data', '100')).status).toBe(0)
    expect((await world.run('restore', 'latest', '--into', 'back')).status).toBe(0)
    expect(sumOf(await readFile(world.path('back', 'large')))).toBe(sum)
  })

  async function limitDrive(limits: string): Promise<void> {
    expect((await world.run('place', 'edit', 'drive', '--limits', limits)).status).toBe(0)
  }

  async function packsIn(place: string): Promise<number> {
    const names = await readdir(join(world.path(place), 'data'), { recursive: true }).catch(() => [])
    return names.length
  }
})

const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
