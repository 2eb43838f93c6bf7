import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, truncate, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const COMMAND = resolve(import.meta.dirname, '../../bin/everstow.mjs')
const SYSTEM_NODE = '/usr/bin/node'
const systemNodeIsOld =
  existsSync(SYSTEM_NODE) &&
  Number(execFileSync(SYSTEM_NODE, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' })) < 24

/** Long to read, nothing on the disk. */
const LARGE_BYTES = 60_000_000_000

describe('work that is under way', SLOW, () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await makeCliWorld()
    await writeFile(world.path('large'), '')
    await truncate(world.path('large'), LARGE_BYTES)
    await writeFile(world.path('small'), 'x')
    await world.run('place', 'add', 'disk', '--type', 'local', '--path', 'disk')
  })
  afterAll(() => world.remove())

  test('a second run of the same is refused; Ctrl+C ends the first cleanly', async () => {
    const first = world.start(['backup', '--format', 'archive', 'large', '--json'])
    await world.logged('backup started')
    const second = await world.run('backup', '--format', 'archive', 'large', '--json')
    expect(second.status).toBe(1)
    expect(second.json().error).toMatchObject({ code: 'already-running' })
    first.child.kill('SIGINT')
    const said = await first.said
    expect(said.status).toBe(130)
    expect(said.json().error?.code).toBe('cancelled')
    expect(said.err).toContain('Stopping cleanly')
    expect(await readdir(join(world.home, 'spool'))).toEqual([])
    expect((await world.run('backup', '--format', 'archive', 'small')).status).toBe(0)
  })

  test('SIGTERM is taken as Ctrl+C', async () => {
    await writeFile(world.path('huge'), '')
    await truncate(world.path('huge'), LARGE_BYTES)
    const run = world.start(['backup', '--format', 'archive', 'huge'])
    await world.logged(world.path('huge'))
    run.child.kill('SIGTERM')
    expect((await run.said).status).toBe(130)
  })

  test('a reader that goes away ends nothing', async () => {
    const run = world.start(['backup', '--format', 'archive', 'small', '--json'])
    run.child.stdout?.destroy()
    const said = await run.said
    expect(said.err).not.toContain('EPIPE')
    expect(said.status).toBe(0)
  })
})

test('serve prints the link as its one document, and ends with 0 when asked to', SLOW, async () => {
  const world = await makeCliWorld()
  try {
    const run = world.start(['serve', '--json'])
    let out = ''
    await new Promise<void>((told) => {
      run.child.stdout?.on('data', (text: string) => {
        out += text
        if (out.includes('}')) told()
      })
    })
    const { url } = JSON.parse(out) as { url: string }
    expect((await fetch(url, { redirect: 'manual' })).status).toBeLessThan(500)
    run.child.kill('SIGTERM')
    expect((await run.said).status).toBe(0)
  } finally {
    await world.remove()
  }
})

describe.skipIf(!systemNodeIsOld)('on a computer whose Node is too old', SLOW, () => {
  test('the Node that came along runs the command, with our signals and status', async () => {
    const world = await makeCliWorld([SYSTEM_NODE, COMMAND])
    try {
      expect((await world.run('list', '--json')).json()).toEqual({ total: 0, backups: [] })
      expect((await world.run('plaec')).status).toBe(2)
      await writeFile(world.path('large'), '')
      await truncate(world.path('large'), LARGE_BYTES)
      const run = world.start(['backup', '--format', 'archive', 'large'])
      await world.logged('backup started')
      run.child.kill('SIGINT')
      expect((await run.said).status).toBe(130)
    } finally {
      await world.remove()
    }
  })
})

/** A file system of one megabyte, where we may mount one. */
async function mountSmall(folder: string): Promise<boolean> {
  await mkdir(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    // Not allowed here: the test says that it was skipped.
    return false
  }
}

describe('places that take nothing', SLOW, () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await makeCliWorld()
    await writeFile(world.path('bytes'), randomBytes(4_000_000))
  })
  afterAll(() => world.remove())

  test('a full disk at the only place: status 1, nothing lost, push delivers once there is room', async (context) => {
    const small = world.path('small')
    if (!(await mountSmall(small))) return context.skip()
    try {
      await world.run('place', 'add', 'small', '--type', 'local', '--path', small)
      const said = await world.run('backup', '--format', 'archive', 'bytes', '--json')
      expect(said.json()).toMatchObject({
        cloud_sync_status: 'failed',
        copies: [{ place: 'small', error: { code: 'disk-full' } }],
        error: { code: 'no-copy' },
      })
      expect(said.json().error?.todo).toContain('everstow push')
      expect(said.status).toBe(1)
      execFileSync('mount', ['-o', 'remount,size=64m', small])
      const pushed = await world.run('push', '--json')
      expect(pushed.json()).toMatchObject({ pushed: 1, remaining: 0 })
      expect(pushed.status).toBe(0)
    } finally {
      execFileSync('umount', [small])
    }
  })

  test('one of two places is away: status 3', async () => {
    await world.run('place', 'add', 'drive', '--type', 'local', '--path', 'drive')
    await world.run('place', 'add', 'desk', '--type', 'local', '--path', 'desk')
    await rename(world.path('drive'), world.path('unplugged'))
    const said = await world.run('backup', '--format', 'archive', 'bytes', '--to', 'drive', 'desk', '--json')
    expect(said.json()).toMatchObject({
      copies: [
        { place: 'drive', status: 'waiting' },
        { place: 'desk', status: 'synced' },
      ],
    })
    expect(said.status).toBe(3)
  })
})
