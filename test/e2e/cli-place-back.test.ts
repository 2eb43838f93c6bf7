import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

interface Listed {
  readonly backups: readonly { readonly copies: readonly { readonly status: string }[] }[]
}

describe('a place that comes back', SLOW, () => {
  let world: CliWorld
  const inSource = (name: string) => world.path('source', name)
  beforeEach(async () => {
    world = await makeCliWorld()
    await done('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
    await mkdir(world.path('source'))
    await writeFile(inSource('first'), 'here from the beginning')
    await done('plan', 'add', 'files', '--source', 'source', '--to', 'nas', '--schedule', 'manual')
    await done('backup', 'files')
  })
  afterEach(() => world.remove())

  test('has, after the next backup, also the one that waited and that the next leans on', async () => {
    const whole = await madeWhileAway('nas')
    await writeFile(inSource('third'), 'written after it came back')

    const said = await world.run('backup', 'files', '--json')
    expect(said.json()).toMatchObject({ cloud_sync_status: 'synced', copies: [{ status: 'synced' }] })
    expect(said.status).toBe(0)
    const { backups } = (await done('list', '--json')).json() as unknown as Listed
    expect(backups.map(({ copies }) => copies.map(({ status }) => status))).toEqual([
      ['synced'],
      ['synced'],
      ['synced'],
    ])
    await done('verify', '--data', '100')
    await done('restore', 'latest', '--into', 'back')
    expect((await readFile(world.path('back', 'source', 'second'))).equals(whole)).toBe(true)
  })

  test('and is away again: both wait, for what is really wrong', async () => {
    await madeWhileAway('nas')
    await rename(world.path('nas'), world.path('nas away'))
    const said = await world.run('backup', 'files', '--json')
    expect(said.json()).toMatchObject({
      copies: [{ status: 'waiting', error: { code: 'place-missing-folder' } }],
    })
    expect(said.status).toBe(1)
  })

  test('and what waited was spoilt here: the next backup brings it all itself', async () => {
    const whole = await madeWhileAway('nas')
    const [waiting = ''] = await readdir(world.path('home', 'spool', 'sessions'))
    await rm(world.path('home', 'spool', 'sessions', waiting, 'index'), { recursive: true })
    const said = await world.run('backup', 'files', '--json')
    expect(said.json()).toMatchObject({ copies: [{ status: 'synced' }] })
    expect(said.status).toBe(0)
    await done('restore', 'latest', '--into', 'back')
    expect((await readFile(world.path('back', 'source', 'second'))).equals(whole)).toBe(true)

    // It says what became of it, and can be given up.
    expect((await world.run('push')).status).not.toBe(0)
    const asked = await world.run('outbox', 'remove', waiting, '--yes')
    expect(asked.err).toContain('--even-unsaved')
    await done('outbox', 'remove', waiting, '--even-unsaved', '--yes')
    await done('push')
  })

  test('a backup to another place does not lean on what waits for this one', async () => {
    await done('place', 'add', 'disk', '--type', 'local', '--path', 'disk')
    const whole = await madeWhileAway('nas')
    await rename(world.path('nas'), world.path('nas away'))
    const said = await world.run('backup', 'source', '--to', 'disk', '--json')
    expect(said.json()).toMatchObject({ copies: [{ place: 'disk', status: 'synced' }] })
    expect(said.status).toBe(0)
    await done('restore', 'latest', '--from', 'disk', '--into', 'back')
    expect((await readFile(world.path('back', 'source', 'second'))).equals(whole)).toBe(true)
  })

  /** Makes a backup while the place is away, and brings it back. */
  async function madeWhileAway(place: string): Promise<Buffer> {
    await rename(world.path(place), world.path(`${place} away`))
    const bytes = randomBytes(3 << 20)
    await writeFile(inSource('second'), bytes)
    expect((await world.run('backup', 'files')).status).toBe(1)
    await rename(world.path(`${place} away`), world.path(place))
    return bytes
  }

  async function done(...words: string[]) {
    const said = await world.run(...words)
    expect(said.status, `${words.join(' ')}: ${said.err}`).toBe(0)
    return said
  }
})
