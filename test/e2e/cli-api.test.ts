import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, isOpen, occupyPort } from '../ground/port.ts'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

let world: CliWorld

beforeAll(async () => {
  world = await makeCliWorld()
})
afterAll(() => world.remove())

test(
  'a daemon serves programs as soon as a command switches it on, and no longer than that',
  SLOW,
  async () => {
    const port = await freePort()
    // Nobody is there to serve: nobody waits for it either.
    const alone = await world.run('api', 'on', '--port', String(port))
    expect(alone).toMatchObject({ status: 0, out: expect.stringContaining('as soon as Everstow runs') })

    const daemon = world.start(['daemon', '--json'])
    try {
      await expect.poll(() => isOpen(port)).toBe(true)
      const listening = await world.run('api')
      expect(listening).toMatchObject({ status: 0, out: expect.stringContaining(`http://127.0.0.1:${port}`) })
      const { key } = (await world.run('api-key', 'add', 'monitor', '--role', 'read', '--json')).json()
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/plans`, {
        headers: { authorization: `Bearer ${key}` },
      })
      expect(await answer.json()).toEqual({ plans: [] })

      const other = await occupyPort(0)
      const failed = await world.run('api', 'on', '--port', String(other.port), '--json')
      expect(failed.status).toBe(1)
      expect(failed.json()).toMatchObject({
        state: 'failed',
        port: other.port,
        error: { code: 'port-taken' },
      })
      const status = await world.run('status')
      expect(status.out).toContain(`it cannot listen at port ${other.port}`)
      expect(status.out).toContain('Choose another port')
      other.server.close()
      await once(other.server, 'close')

      expect((await world.run('api', 'on', '--port', String(port), '--json')).json()).toMatchObject({
        state: 'listening',
        url: `http://127.0.0.1:${port}`,
      })
      expect(await world.run('api', 'off')).toMatchObject({ status: 0, out: expect.stringContaining('off') })
      await expect.poll(() => isOpen(port)).toBe(false)
    } finally {
      daemon.child.kill('SIGTERM')
    }
    expect((await daemon.said).status).toBe(0)
  },
)

test('zero is no port: programs must know where to come', async () => {
  expect((await world.run('api', 'on', '--port', '0')).status).toBe(2)
})
