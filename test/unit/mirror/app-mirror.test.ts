import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAutomation } from '../../../main/app/automation/automation.ts'
import { createFakeClock } from '../../../main/engine/env/fake/fake-clock.ts'
import { type Ground, layGround } from '../app-ground.ts'

let ground: Ground
let placeId: string
beforeEach(async () => {
  ground = await layGround()
  placeId = await ground.addPlace('disk')
})
afterEach(() => ground.close())

const add = (more: Record<string, unknown> = {}) =>
  ground.client.call('mirror.add', { name: 'm', folder: ground.source, placeId, ...more })
const files = () =>
  readdirSync(join(ground.placePath('disk'), 'mirror/m/files')).filter((name) => name[0] !== '.')

describe('a run', () => {
  it('tells what it did, in the history and to clients', async () => {
    const { id } = await add()
    const run = await ground.done(ground.client.call('mirror.run', { id }))
    expect(run).toMatchObject({
      kind: 'mirror',
      label: 'm',
      state: 'done',
      mirror: { transferred: 2, bytes: 13, deleted: 0, foreign: [], left: [] },
    })
    expect(files()).toEqual(['b.txt', 'folder'])
    const again = await ground.done(ground.client.call('mirror.run', { id }))
    expect(again.mirror).toMatchObject({ transferred: 0, unchanged: 2 })
  })

  it('is the only one of its mirror, whoever asks', async () => {
    const { id } = await add()
    const { engine } = ground.app.context
    const { signal } = new AbortController()
    const other = await ground.beside()
    try {
      let inside: unknown
      await engine.mirrors.run(id, {
        signal,
        onProgress: () => {
          inside ??= other.context.engine.mirrors.run(id, { signal }).catch((error: unknown) => error)
        },
      })
      expect(await inside).toMatchObject({ code: 'already-running' })
    } finally {
      await other.stop()
    }
    expect(await engine.mirrors.run(id, { signal })).toMatchObject({ unchanged: 2 })
  })

  it('waits for a word before it deletes everything, and says so', async () => {
    const { id } = await add()
    await ground.done(ground.client.call('mirror.run', { id }))
    rmSync(join(ground.source, 'folder'), { recursive: true })
    rmSync(join(ground.source, 'b.txt'))
    const asked = await ground.done(ground.client.call('mirror.run', { id }))
    expect(asked).toMatchObject({
      state: 'failed',
      error: { code: 'confirmation-needed', data: { count: 2, total: 2 } },
      mirror: { held: { count: 2, total: 2 }, deleted: 0 },
    })
    const done = await ground.done(ground.client.call('mirror.run', { id, confirmed: true }))
    expect(done).toMatchObject({ state: 'done', mirror: { deleted: 2 } })
  })

  it('is refused offline', async () => {
    const { id } = await add()
    await ground.app.context.engine.outbox.setOffline(true)
    const run = await ground.done(ground.client.call('mirror.run', { id }))
    expect(run).toMatchObject({ state: 'failed', error: { code: 'offline' } })
  })

  it('needs a place that is there', async () => {
    const { id } = await add()
    rmSync(ground.placePath('disk'), { recursive: true })
    const run = await ground.done(ground.client.call('mirror.run', { id }))
    expect(run).toMatchObject({ state: 'failed', error: { code: 'place-missing-folder' } })
  })
})

it('is changed, listed and forgotten, and stays over a restart', async () => {
  const { id } = await add({ ignore: ['*.tmp'] })
  await ground.client.call('mirror.update', { id: 'M', change: { keepDays: 5, ignore: [] } })
  await ground.restart()
  expect(await ground.client.call('mirror.list', {})).toMatchObject([
    { id, name: 'm', prefix: 'mirror/m', direction: 'push', keepDays: 5, ignore: [], placeName: 'disk' },
  ])
  await ground.client.call('mirror.remove', { id })
  expect(await ground.client.call('mirror.list', {})).toEqual([])
})

it('runs by itself when it is due', async () => {
  await add({ schedule: 'every:6h' })
  const { context: app } = ground.app
  const clock = createFakeClock(Date.now())
  const engine = { ...app.engine, env: { ...app.engine.env, clock } }
  const automation = startAutomation({ ...app, engine })
  const mirrored = () =>
    app.runs.list().filter(({ kind, state }) => kind === 'mirror' && state === 'done').length
  const until = async (count: number) => {
    for (let tries = 0; tries < 300 && mirrored() < count; tries++) {
      await clock.advance(30_000)
      await sleep(10)
    }
    expect(mirrored()).toBe(count)
  }
  try {
    await until(1)
    writeFileSync(join(ground.source, 'new'), 'x')
    expect(files()).not.toContain('new')
    await clock.advance(6 * 3_600_000)
    await until(2)
    expect(readFileSync(join(ground.placePath('disk'), 'mirror/m/files/new'), 'utf8')).toBe('x')
  } finally {
    await automation.stop()
  }
  const { jobs } = await ground.client.call('schedule.list', {})
  expect(jobs).toContainEqual(expect.objectContaining({ planName: 'm', schedule: 'every:6h' }))
})
