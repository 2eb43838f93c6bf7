import { describe, expect, test } from 'vitest'
import { commitSnapshot, createGround, hashOf } from './ground.ts'

describe('a log of one destination', () => {
  test('begins with genesis, introduces devices and commits sessions', async () => {
    const ground = createGround()
    const laptop = await ground.device('laptop')
    const server = await ground.device('server')
    expect(await ground.create(laptop)).toMatchObject({ created: true })
    const first = await ground.open(laptop)
    const second = await ground.open(server)
    const snap = hashOf(ground.random)
    const b = await commitSnapshot(second, snap, hashOf(ground.random))
    const state = await first.refresh()
    expect(state.snapshots.get(snap)).toMatchObject({ b, device: server.id, pos: b + 1 })
    expect([...state.devices.values()].map(({ name }) => name)).toEqual(['laptop', 'server'])
    expect(state).toEqual(second.state)
    expect(state.alarms).toEqual([])
  })
})
