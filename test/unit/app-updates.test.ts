import { describe, expect, test } from 'vitest'
import type { HostUpdates } from '../../main/app/app-context.ts'
import { DEFAULT_SETTINGS } from '../../main/app/settings.ts'
import { createUpdateKeeper } from '../../main/app/updates.ts'
import type { Settings, UpdateState } from '../../main/contract/index.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A keeper on a clock of its own, over a host that tells of what the test says. */
function ground(wanted: Settings['updates'], host: Partial<HostUpdates> = {}) {
  let nowMs = Date.parse('2026-03-10T12:00:00Z')
  const ticks = new Set<() => void>()
  const facts = new Map<string, string | undefined>()
  const calls: string[] = []
  const notices: unknown[] = []
  const states: UpdateState['state'][] = []
  const world = { newest: undefined as string | undefined, offline: false }
  const keeper = createUpdateKeeper({
    host: {
      check: async () => {
        calls.push('check')
        return world.newest
      },
      load: async (onShare) => {
        calls.push('load')
        onShare(0.5)
      },
      restart: () => calls.push('restart'),
      ...host,
    },
    clock: {
      now: () => nowMs,
      every: (_ms, tick) => {
        ticks.add(tick)
        return () => ticks.delete(tick)
      },
    },
    log: { info() {}, warn() {} },
    facts: { get: (name) => facts.get(name), set: (name, value) => void facts.set(name, value) },
    isOffline: () => world.offline,
    emit: (_name, data) => notices.push(data),
    changed: () => states.push(keeper.state().state),
  })
  const follow = (updates: Settings['updates']): void => keeper.follow({ ...DEFAULT_SETTINGS, updates })
  follow(wanted)
  return {
    keeper,
    world,
    calls,
    notices,
    states,
    follow,
    /** Lets hours pass, and what they set off come to rest. */
    async pass(ms: number) {
      for (const end = nowMs + ms; nowMs < end; ) {
        nowMs += HOUR_MS
        for (const tick of ticks) tick()
        for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      }
    },
  }
}

const noticeKeys = (notices: readonly unknown[]): unknown[] =>
  notices.map((notice) => (notice as { sentence: { key: string } }).sentence.key)

describe('by itself', () => {
  test('it looks at the start and once a day, and is quiet where nothing is newer', async () => {
    const { pass, calls, keeper, notices } = ground('auto')
    await pass(3 * DAY_MS)
    expect(calls).toEqual(['check', 'check', 'check', 'check'].slice(0, calls.length))
    expect(calls.length).toBeGreaterThanOrEqual(3)
    expect(calls.length).toBeLessThanOrEqual(4)
    expect(keeper.state()).toMatchObject({ state: 'idle' })
    expect(keeper.state().checkedAt).toBeDefined()
    expect(notices).toEqual([])
  })

  test('"auto" loads what is newer and says so once; it never restarts', async () => {
    const { pass, calls, keeper, notices, states, world } = ground('auto')
    await pass(HOUR_MS)
    world.newest = '2.0.0'
    await pass(5 * DAY_MS)
    expect(calls.filter((call) => call !== 'check')).toEqual(['load'])
    expect(keeper.state()).toMatchObject({ state: 'ready', version: '2.0.0' })
    expect(states).toContain('loading')
    expect(noticeKeys(notices)).toEqual(['notices.updateReady'])
  })

  test('"ask" says that there is something, and loads nothing', async () => {
    const { pass, calls, keeper, notices, world } = ground('ask')
    world.newest = '2.0.0'
    await pass(2 * HOUR_MS)
    await pass(DAY_MS)
    expect(calls).not.toContain('load')
    expect(keeper.state()).toMatchObject({ state: 'available', version: '2.0.0' })
    expect(noticeKeys(notices)[0]).toBe('notices.updateAvailable')
  })

  test.each(['never', 'offline'] as const)('%s: nothing is looked for', async (why) => {
    const { pass, calls, world, follow } = ground(why === 'never' ? 'never' : 'auto')
    const before = calls.length
    world.offline = why === 'offline'
    await pass(3 * DAY_MS)
    expect(calls.length).toBe(before)
    world.offline = false
    follow('auto')
    await pass(DAY_MS)
    expect(calls.length).toBeGreaterThan(before)
  })
})

describe('when a person asks', () => {
  test('looking, loading and restarting, each one press', async () => {
    const { keeper, calls, world } = ground('never')
    world.newest = '3.0.0'
    expect(await keeper.check()).toMatchObject({ state: 'available', version: '3.0.0' })
    expect(await keeper.apply()).toMatchObject({ state: 'ready' })
    expect(calls).toEqual(['check', 'load'])
    await keeper.apply()
    expect(calls).toEqual(['check', 'load', 'restart'])
  })

  test('nothing to apply: nothing happens', async () => {
    const { keeper, calls } = ground('never')
    expect(await keeper.apply()).toEqual({ state: 'idle' })
    expect(calls).toEqual([])
  })

  test('a look that fails says so, and the next one works', async () => {
    let fails = true
    const { keeper } = ground('never', {
      check: async () => {
        if (fails) throw new Error('getaddrinfo /home/ada')
        return undefined
      },
    })
    expect(await keeper.check()).toEqual({ state: 'failed' })
    fails = false
    expect(await keeper.check()).toMatchObject({ state: 'idle' })
  })

  test('two at once are one', async () => {
    const { keeper, calls } = ground('never')
    await Promise.all([keeper.check(), keeper.check()])
    expect(calls).toEqual(['check'])
  })
})

test('where something else updates the program, it is off and stays off', async () => {
  const keeper = createUpdateKeeper({
    host: undefined,
    clock: { now: () => 0, every: () => expect.unreachable('nothing is to be done every hour') },
    log: { info() {}, warn() {} },
    facts: { get: () => undefined, set() {} },
    isOffline: () => false,
    emit: () => expect.unreachable('there is nothing to say'),
    changed: () => expect.unreachable('nothing changes'),
  })
  keeper.follow({ ...DEFAULT_SETTINGS, updates: 'auto' })
  expect([keeper.state(), await keeper.check(), await keeper.apply()]).toEqual(
    Array.from({ length: 3 }, () => ({ state: 'off' })),
  )
})
