import { afterEach, expect, test } from 'vitest'
import { surroundingsOf } from '../../main/hosts/electron/system/power.ts'
import { type StartedShell, startShell } from './start-shell.ts'

let started: StartedShell
afterEach(() => started?.close())

test.each([
  ['linux', ['resume']],
  ['darwin', ['resume', 'unlock-screen', 'on-ac']],
  ['win32', ['resume', 'unlock-screen', 'on-ac']],
] as const)(
  'on %s what is due is looked for at once when the computer is there again',
  async (platform, events) => {
    started = await startShell({ platform })
    expect(started.app.looked).toBe(0)
    for (const event of events) started.standIn.powerMonitor.emit(event)
    expect(started.app.looked).toBe(events.length)
  },
)

test('falling asleep starts nothing', async () => {
  started = await startShell()
  started.standIn.powerMonitor.emit('suspend')
  expect(started.app.looked).toBe(0)
})

test('a laptop knows of its battery and its network', async () => {
  started = await startShell({ platform: 'win32' })
  const { powerMonitor, network } = started.standIn
  expect(await started.lookAround?.()).toEqual({ mains: true, online: true })
  powerMonitor.battery = true
  network.online = false
  expect(await started.lookAround?.()).toEqual({ mains: false, online: false })
})

test('on Linux the engine says what Electron cannot', async () => {
  started = await startShell()
  const engineLooks = async () => ({ mains: false, metered: true, online: true })
  const look = surroundingsOf(started.standIn.electron, 'linux', engineLooks)
  started.standIn.network.online = false
  expect(await look()).toEqual({ mains: false, metered: true, online: false })
  expect(await started.lookAround?.()).toMatchObject({ online: false })
})
