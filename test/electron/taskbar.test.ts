import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { SyncedFolder } from '../../main/contract/index.ts'
import { run, STATUS } from './scripted-app.ts'
import type { StandInWindow } from './stand-in/browser-window.ts'
import { type StartedShell, startShell, until } from './start-shell.ts'

let started: StartedShell
afterEach(() => started.close())

const problem = (id: string, level: 'attention' | 'failed' | 'waiting' | 'protected') => ({
  id,
  level,
  sentence: { key: 'status.kitMissing' },
})
const window = (): StandInWindow => started.standIn.windows()[0]!
const show = (change: object): void => {
  started.app.hub.set('status', { current: { ...STATUS, ...change } })
  started.app.advance(1_000)
}

async function open(platform: NodeJS.Platform): Promise<void> {
  started = await startShell({ platform, args: [] })
  await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
}

describe('the badge', () => {
  test.each(['linux', 'darwin'] as const)(
    'on %s counts conflicts and problems, and goes with them',
    async (platform) => {
      await open(platform)
      const problems = [
        problem('place/p', 'attention'),
        problem('plan/d', 'failed'),
        problem('place/q', 'waiting'),
        problem('one-place', 'protected'),
        problem('sync-conflicts/s', 'attention'),
      ]
      started.app.hub.set('syncs', { s: { id: 's', conflicts: 3 } as SyncedFolder })
      show({ problems })
      expect(started.standIn.app.badge).toBe(5)
      started.app.hub.set('syncs', {})
      show({ problems: [] })
      expect(started.standIn.app.badge).toBe(0)
    },
  )

  test('on Windows lies over the button of the window, also of a new one, with words', async () => {
    await open('win32')
    show({ problems: [problem('a', 'failed'), problem('b', 'failed')] })
    expect(path.basename(window().overlay?.image ?? '')).toBe('2.png')
    expect(window().overlay?.description).toBe('2 things wait for you')
    window().destroy()
    started.shell?.show()
    await until(() => started.standIn.windows()[0]?.isVisible() ?? false)
    started.app.advance(1_000)
    expect(path.basename(window().overlay?.image ?? '')).toBe('2.png')
    show({ problems: Array.from({ length: 12 }, (_, id) => problem(`${id}`, 'failed')) })
    expect(path.basename(window().overlay?.image ?? '')).toBe('more.png')
    show({ problems: [] })
    expect(window().overlay).toEqual({ image: undefined, description: '' })
  })
})

describe('the progress', () => {
  test('of all running work is one bar, and goes with the work', async () => {
    await open('win32')
    started.app.hub.set('runs', {
      a: run('a', { bytes: 100, bytesTotal: 1_000 }),
      b: run('b', { bytes: 2_900, bytesTotal: 3_000 }),
      old: run('old', { state: 'done' }),
    })
    started.app.advance(1_000)
    expect(window().progress).toBe(0.75)
    started.app.hub.set('runs', { old: run('old', { state: 'done' }) })
    started.app.advance(1_000)
    expect(window().progress).toBe(-1)
  })

  test.each([
    ['win32', 2],
    ['darwin', 2],
    ['linux', -1],
  ] as const)('work of unknown size on %s is %d', async (platform, bar) => {
    await open(platform)
    const { bytesTotal: _total, ...young } = run('a')
    started.app.hub.set('runs', { a: young })
    started.app.advance(1_000)
    expect(window().progress).toBe(bar)
  })
})
