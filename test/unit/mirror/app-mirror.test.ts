import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAutomation } from '../../../main/app/automation/automation.ts'
import { connectInProcess } from '../../../main/app/in-process-client.ts'
import { keepGuardState } from '../../../main/app/kept/guard-state.ts'
import { scheduleView } from '../../../main/app/views/schedule-view.ts'
import { createFakeClock } from '../../../main/engine/env/fake/fake-clock.ts'
import { type Ground, layGround } from '../app-ground.ts'

let ground: Ground
let placeId: string
beforeEach(async () => {
  ground = await layGround()
  placeId = await ground.addPlace('disk')
})
afterEach(() => ground.close())

/** For as long something may take to come about: only for what never does. */
const PATIENCE_MS = 120_000

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
    for (const end = Date.now() + PATIENCE_MS; mirrored() < count && Date.now() < end; await sleep(10)) {
      // What runs is not overtaken by the time it runs at next.
      if (!app.runs.list().some(({ state }) => state === 'running')) await clock.advance(30_000)
      await automation.look()
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

describe('how it is', () => {
  const only = async () => (await ground.client.call('mirror.list', {}))[0]!

  it('says what the last run did and what lies there, over a restart and from another process', async () => {
    const { id } = await add()
    expect(await only()).toMatchObject({ state: 'new' })
    const other = await ground.beside()
    try {
      const client = connectInProcess(other.server, 'admin')
      const { runId } = await client.call('mirror.run', { id })
      await client.call('run.wait', { id: runId })
    } finally {
      await other.stop()
    }
    await ground.restart()
    const now = await only()
    expect(now).toMatchObject({ state: 'current', holds: { files: 2, bytes: 13 } })
    expect(now.last).toMatchObject({ outcome: 'done', transferred: 2, bytes: 13, deleted: 0, left: 0 })
    expect(Date.parse(now.last!.at)).toBeGreaterThan(Date.parse(now.lastStartAt!) - 1)
  })

  it('keeps what it held when a later run cannot look, and says why', async () => {
    const { id } = await add()
    await ground.done(ground.client.call('mirror.run', { id }))
    rmSync(ground.placePath('disk'), { recursive: true })
    await ground.done(ground.client.call('mirror.run', { id }))
    expect(await only()).toMatchObject({
      state: 'waiting',
      error: { code: 'place-missing-folder' },
      holds: { files: 2, bytes: 13 },
      last: { outcome: 'failed', error: { code: 'place-missing-folder' } },
    })
  })

  it('is held while deletions wait for a word', async () => {
    const { id } = await add()
    await ground.done(ground.client.call('mirror.run', { id }))
    rmSync(join(ground.source, 'folder'), { recursive: true })
    rmSync(join(ground.source, 'b.txt'))
    await ground.done(ground.client.call('mirror.run', { id }))
    expect(await only()).toMatchObject({ state: 'held', last: { held: { count: 2, total: 2 } } })
    const { problems } = await ground.client.call('status.get', {})
    expect(problems).toContainEqual({
      id: `mirror/${id}`,
      level: 'attention',
      sentence: { key: 'status.mirrorHeld', params: { name: 'm', count: 2 } },
    })
  })

  it('of a new mirror of the same name begins anew', async () => {
    const { id } = await add()
    await ground.done(ground.client.call('mirror.run', { id }))
    await ground.client.call('mirror.remove', { id: 'M' })
    expect(ground.app.context.engine.facts.get(`mirror-end/${id}`)).toBeUndefined()
  })
})

describe('the rules of its place', () => {
  const change = (id: string, fields: Record<string, unknown>) =>
    ground.client.call('place.update', { id, change: fields })

  it('hold a run back at a paused hour, also one that a person starts, and say so', async () => {
    const { id } = await add()
    await change(placeId, { limits: 'mon-sun 00:00-24:00 pause' })
    const run = await ground.done(ground.client.call('mirror.run', { id }))
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'mirror-waits', retry: 'wait', data: { place: 'disk', reason: 'limits' } },
    })
    expect(await ground.client.call('mirror.list', {})).toMatchObject([
      { state: 'waiting', error: { code: 'mirror-waits' } },
    ])
    await change(placeId, { limits: '' })
    expect(await ground.done(ground.client.call('mirror.run', { id }))).toMatchObject({ state: 'done' })
  })

  it('let nothing be started that is due, and say why', async () => {
    await add({ schedule: 'every:6h' })
    const { context: app } = ground.app
    const started = () => app.runs.list().filter(({ kind }) => kind === 'mirror')
    const clock = createFakeClock(Date.now())
    const engine = { ...app.engine, env: { ...app.engine.env, clock } }
    const automation = startAutomation({ ...app, engine })
    const whyNot = async () => {
      const { jobs } = await scheduleView({ ...app, engine })
      return jobs.find(({ planName }) => planName === 'm')?.why
    }
    const why = async (key: string) => {
      for (const end = Date.now() + PATIENCE_MS; (await whyNot())?.key !== key && Date.now() < end; ) {
        await clock.advance(10_000)
        await automation.look()
      }
      expect(await whyNot()).toMatchObject({ key })
    }
    try {
      await app.engine.outbox.setOffline(true)
      await why('whyNot.offline')
      await change(placeId, { limits: 'mon-sun 00:00-24:00 pause' })
      await app.engine.outbox.setOffline(false)
      await why('whyNot.place.limits')
    } finally {
      await automation.stop()
    }
    expect(started()).toEqual([])
  })
})

describe('an unusual change that nobody accepted yet', () => {
  async function alarm(): Promise<string> {
    const { client } = ground
    const { id } = await client.call('plan.add', {
      name: 'documents',
      sources: [ground.source],
      placeIds: [placeId],
      format: 'snapshot',
    })
    const { engine } = ground.app.context
    keepGuardState(engine, id, {
      usual: [],
      alarm: {
        backupId: 'b_bad',
        goodId: 'b_good',
        sinceMs: Date.now(),
        signals: ['churn', 'entropy'],
        touched: 2,
        files: 2,
        withinMs: 60_000,
        isPinned: false,
        wasPinned: false,
      },
    })
    return id
  }

  it('holds what is pushed and says which plan; nothing is sent', async () => {
    const { id } = await add()
    const planId = await alarm()
    const run = await ground.done(ground.client.call('mirror.run', { id, confirmed: true }))
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'mirror-guarded', data: { plan: 'documents' } },
    })
    expect(existsSync(join(ground.placePath('disk'), 'mirror'))).toBe(false)
    const held = { state: 'held', error: { code: 'mirror-guarded', data: { plan: 'documents' } } }
    expect(await ground.client.call('mirror.list', {})).toMatchObject([held])
    keepGuardState(ground.app.context.engine, planId, { usual: [] })
    expect(await ground.client.call('mirror.list', {})).toMatchObject([{ state: 'new' }])
    expect(await ground.done(ground.client.call('mirror.run', { id }))).toMatchObject({ state: 'done' })
  })

  it('does not hold what is pulled, nor folders outside its plan', async () => {
    const { id } = await add()
    await ground.done(ground.client.call('mirror.run', { id }))
    await alarm()
    const into = join(ground.base, 'pulled')
    const pulled = await add({ name: 'p', folder: into, prefix: 'mirror/m', direction: 'pull' })
    expect(await ground.done(ground.client.call('mirror.run', { id: pulled.id }))).toMatchObject({
      state: 'done',
    })
    const pushed = await add({ name: 'q', folder: into, prefix: 'mirror/q' })
    expect(await ground.done(ground.client.call('mirror.run', { id: pushed.id }))).toMatchObject({
      state: 'done',
    })
  })
})

it('keeps its place from being removed, and says which mirror it is', async () => {
  const { id } = await add()
  await add({ name: 'second', prefix: 'other' })
  await expect(ground.client.call('place.remove', { id: placeId })).rejects.toMatchObject({
    code: 'in-use',
    data: { place: 'disk', reason: 'mirror', user: 'm, second' },
  })
  await ground.client.call('mirror.remove', { id })
  await ground.client.call('mirror.remove', { id: 'second' })
  await ground.client.call('place.remove', { id: placeId })
  expect(await ground.client.call('place.list', {})).toEqual([])
})

it('shows what patterns leave out of a folder, before there is a mirror', async () => {
  writeFileSync(join(ground.source, '.DS_Store'), 'x')
  writeFileSync(join(ground.source, '.everstow-root'), 'x')
  symlinkSync('b.txt', join(ground.source, 'link'))
  const look = (ignore: string[], path = '') =>
    ground.client.call('mirror.previewIgnore', { folder: ground.source, ignore, path })
  const all = await look([])
  expect(all).toMatchObject({ files: 3, bytes: 14, ignoredFiles: 1 })
  expect(all.entries).toEqual([
    { name: '.DS_Store', kind: 'file', isChosen: true },
    { name: '.everstow-root', kind: 'file', isChosen: false, pattern: 'always' },
    { name: 'b.txt', kind: 'file', isChosen: true },
    { name: 'folder', kind: 'directory', isChosen: true },
    { name: 'link', kind: 'symlink', isChosen: false, pattern: 'always' },
  ])
  const some = await look(['*.txt', '!a.txt', '.DS_Store'])
  expect(some).toMatchObject({ files: 1, bytes: 6, ignoredFiles: 3 })
  expect((await look(['*.txt', '!a.txt'], 'folder')).entries).toEqual([
    { name: 'a.txt', kind: 'file', isChosen: true, pattern: '!a.txt' },
  ])
  await expect(look([], 'missing')).rejects.toMatchObject({ code: 'source-missing' })
})
