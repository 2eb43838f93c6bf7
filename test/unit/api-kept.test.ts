import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { apiState } from '../../main/app/api/api-state.ts'
import { type ApiKeeper, keepApi } from '../../main/app/api/keep-api.ts'
import type { AppContext, HostCapabilities } from '../../main/app/app-context.ts'
import type { App } from '../../main/app/create-app.ts'
import { connectInProcess } from '../../main/app/in-process-client.ts'
import { DEFAULT_SETTINGS } from '../../main/app/settings.ts'
import { createFakeClock, type FakeClock } from '../../main/engine/env/fake/fake-clock.ts'
import { lentApi } from '../../main/hosts/api/lent-api.ts'
import { routes } from '../../main/hosts/api/routes/index.ts'
import { freePort, isOpen, occupyPort } from '../ground/port.ts'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
let port: number
let clock: FakeClock
let keepers: ApiKeeper[]
let tries: number

beforeEach(async () => {
  ;[ground, port] = await Promise.all([layGround(), freePort()])
  clock = createFakeClock(Date.parse('2026-11-02T12:00:00Z'))
  keepers = []
  tries = 0
})
afterEach(async () => {
  for (const keeper of keepers) await keeper.stop()
  await ground.close()
})

/** A process that stays on the data folder, with a clock that the test moves. */
function keep(app: App = ground.app): ApiKeeper {
  const { context, server } = app
  const engine = { ...context.engine, env: { ...context.engine.env, clock } }
  const counted: HostCapabilities['serveApi'] = (served, wanted) => {
    tries++
    return lentApi.serveApi(served, wanted)
  }
  const keeper = keepApi({ server, context: { ...context, engine } satisfies AppContext }, counted)
  keepers.push(keeper)
  return keeper
}

const wanted = (at = port) => ({ ...DEFAULT_SETTINGS, serveApi: true, apiPort: at })
const state = (at = port) => apiState(ground.app.context.engine, wanted(at))
/** How it stands a few seconds later. */
const later = async () => {
  await clock.advance(10_000)
  return state()
}

describe('a port that another program has', () => {
  test('is tried again by itself until it is free', async () => {
    const other = await occupyPort(port)
    keep().follow(wanted())
    await expect.poll(() => state()).toMatchObject({ state: 'failed', port, error: { code: 'port-taken' } })
    const triesLater = async () => {
      await clock.advance(10_000)
      return tries
    }
    await expect.poll(triesLater).toBeGreaterThan(1)
    expect(await state()).toMatchObject({ state: 'failed' })
    other.server.close()
    await once(other.server, 'close')
    await expect.poll(later).toEqual({ state: 'listening', port, url: `http://127.0.0.1:${port}` })
  })

  test('is given up for another one, which is opened before anybody tells again', async () => {
    const other = await occupyPort(0)
    const keeper = keep()
    keeper.follow(wanted(other.port))
    keeper.follow(wanted(port))
    await expect.poll(() => state()).toMatchObject({ state: 'listening', port })
    const next = await freePort()
    keeper.follow(wanted(next))
    await expect.poll(() => state(next)).toMatchObject({ state: 'listening', port: next })
    expect(await isOpen(port)).toBe(false)
    other.server.close()
  })
})

describe('of several processes on one data folder', () => {
  test('one serves it, the others know where, and one of them takes over', async () => {
    const second = await ground.beside()
    try {
      const first = keep()
      first.follow(wanted())
      await expect.poll(() => state()).toMatchObject({ state: 'listening' })
      const other = keep(second)
      other.follow(wanted())
      await clock.advance(10_000)
      expect(tries).toBe(1)
      expect(await apiState(second.context.engine, wanted())).toMatchObject({ state: 'listening', port })

      await first.stop()
      expect(await state()).toEqual({ state: 'waiting', port })
      expect(await isOpen(port)).toBe(false)
      await expect.poll(later).toMatchObject({ state: 'listening' })
      expect(tries).toBe(2)
      await other.stop()
    } finally {
      await second.stop()
    }
  })

  test('what one wrote down that died counts for nothing', async () => {
    const { engine } = ground.app.context
    engine.facts.set('rest-api', JSON.stringify({ port, url: `http://127.0.0.1:${port}` }))
    expect(await state()).toEqual({ state: 'waiting', port })
    engine.facts.set('rest-api', '{')
    expect(await state()).toEqual({ state: 'waiting', port })
    expect(await apiState(engine, DEFAULT_SETTINGS)).toEqual({ state: 'off', port: 7_700 })
  })
})

describe('what a key may not', () => {
  test('no key switches it, and no route leads to the settings', async () => {
    const caller = { actor: { kind: 'api-key', name: 'worker' }, host: 'api', isTraced: true } as const
    for (const access of ['view', 'operate'] as const) {
      const client = connectInProcess(ground.app.server, access, caller)
      await expect(client.call('settings.update', { serveApi: false })).rejects.toMatchObject({
        code: 'permission-denied',
      })
      client.close()
    }
    expect(routes.filter(({ path }) => path.includes('setting'))).toEqual([])
  })
})

test('ports that are none are refused, and count as not chosen where a file has them', async () => {
  for (const apiPort of [0, 65_536, 1.5])
    await expect(ground.client.call('settings.update', { apiPort })).rejects.toMatchObject({
      code: 'invalid-input',
      data: { field: 'apiPort' },
    })
  await ground.app.context.engine.configuration.update((current) => ({
    ...current,
    preferences: { ...current.preferences, apiPort: 0 },
  }))
  expect((await ground.client.call('settings.get', {})).apiPort).toBe(7_700)
})
