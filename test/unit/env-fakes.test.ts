import { describe, expect, it } from 'vitest'
import { createFakeEnv } from '../../main/engine/env/fake/create-fake-env.ts'
import { createFakeRandom } from '../../main/engine/env/fake/fake-random.ts'
import { createMemorySecrets } from '../../main/engine/env/fake/memory-secrets.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { type Random, randomHex } from '../../main/engine/env/random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'
import { EverstowError } from '../../main/engine/model/errors.ts'

describe.each<[string, Random]>([
  ['node', nodeRandom],
  ['fake', createFakeRandom(7)],
])('random: %s', (_name, random) => {
  it('fills bytes and spreads floats over [0, 1)', () => {
    expect(random.bytes(0)).toEqual(new Uint8Array())
    expect(randomHex(random, 8)).toMatch(/^[0-9a-f]{16}$/)
    const counts = new Array<number>(10).fill(0)
    for (let draw = 0; draw < 10_000; draw++) {
      const value = random.float()
      expect(value >= 0 && value < 1).toBe(true)
      counts[Math.floor(value * 10)]!++
    }
    for (const count of counts) expect(count).toBeGreaterThan(800)
    const bits = random.bytes(10_000).reduce((sum, byte) => sum + (byte & 1), 0)
    expect(Math.abs(bits - 5000)).toBeLessThan(300)
  })
})

describe('fake random', () => {
  it('is decided by its seed for ever', () => {
    expect(randomHex(createFakeRandom(1), 8)).toBe(randomHex(createFakeRandom('1'), 8))
    expect(randomHex(createFakeRandom(1), 8)).toBe('d5a4fefdccfb4a3f')
    const firsts = new Set(Array.from({ length: 2000 }, (_, seed) => createFakeRandom(seed).float()))
    expect(firsts.size).toBe(2000)
  })

  it('forks without shifting', () => {
    const [used, unused] = [createFakeRandom(3), createFakeRandom(3)]
    const fork = used.fork('files')
    fork.bytes(100)
    expect(used.float()).toBe(unused.float())
    expect(used.fork('files').float()).toBe(unused.fork('files').float())
    expect(used.fork('files').float()).not.toBe(used.fork('disk').float())
  })
})

describe('fake files', () => {
  it('lose on a power loss what was not synced, and only that', async () => {
    const env = createFakeEnv()
    await env.files.mkdir('/home')
    await env.files.writeAtomic('/home/kept', 'kept')
    env.files.put('/home/kept', 'changed without a sync')
    env.files.put('/home/new', 'new')
    const after = env.restart()
    expect(after.files.tree()).toEqual({ '/home': undefined, '/home/kept': 'kept' })
    await expect(env.files.readText('/home/kept')).rejects.toMatchObject({ code: 'EIO' })
    expect(await after.files.readText('/home/kept')).toBe('kept')
  })

  it('lose a rename whose folder was not synced: the old file is there under the old name', async () => {
    const env = createFakeEnv()
    await env.files.mkdir('/a')
    await env.files.mkdir('/b')
    await env.files.writeAtomic('/a/f', 'x')
    await env.files.rename('/a/f', '/b/f')
    expect(env.restart().files.tree()).toEqual({ '/a': undefined, '/a/f': 'x', '/b': undefined })
  })

  it('keep a synced rename in both folders', async () => {
    const env = createFakeEnv()
    await env.files.mkdir('/a')
    await env.files.mkdir('/b')
    await env.files.writeAtomic('/a/f', 'x')
    await env.files.rename('/a/f', '/b/f')
    await env.files.syncDir('/b')
    expect(env.restart().files.tree()).toEqual({ '/a': undefined, '/b': undefined, '/b/f': 'x' })
  })

  it('forget a removal that was not synced', async () => {
    const env = createFakeEnv()
    env.files.put('/d/f', 'x')
    env.files.settle()
    await env.files.remove('/d/f')
    await env.files.removeTree('/d')
    expect(env.restart().files.tree()).toEqual({ '/d': undefined, '/d/f': 'x' })
  })

  it('leave after `some` losses the old, the new or a torn content, decided by the seed', () => {
    const outcome = (seed: number): string | undefined => {
      const env = createFakeEnv(seed)
      env.files.put('/f', 'old')
      env.files.settle()
      env.files.put('/f', 'newer')
      return env.restart('some').files.tree()['/f']
    }
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => outcome(seed)))
    expect(seen).toContain('old')
    expect(seen).toContain('newer')
    expect(seen).toContain('new')
    expect(seen).toContain('')
    expect(outcome(5)).toBe(outcome(5))
  })

  it('show for an atomic write the old or the new content at every possible power loss', async () => {
    const write = async (lossAt: number | undefined): Promise<[string | undefined, number]> => {
      const env = createFakeEnv()
      await env.files.mkdir('/home')
      await env.files.writeAtomic('/home/f', 'old')
      env.files.faults.powerLossAtStep = lossAt === undefined ? undefined : env.files.stepCount() + lossAt
      const before = env.files.stepCount()
      await env.files.writeAtomic('/home/f', 'new').catch(() => {})
      const steps = env.files.stepCount() - before
      return [env.restart().files.tree()['/home/f'], steps]
    }
    const [whole, steps] = await write(undefined)
    expect(whole).toBe('new')
    expect(steps).toBe(5)
    for (let lossAt = 1; lossAt <= steps; lossAt++) expect((await write(lossAt))[0]).toBe('old')
  })

  it('fill up: ENOSPC, the old content stays, nothing is left beside it', async () => {
    const { files } = createFakeEnv()
    await files.mkdir('/home')
    files.faults.capacityBytes = 10
    await files.writeAtomic('/home/f', '12345')
    await expect(files.writeAtomic('/home/f', '123456')).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(files.tree()).toEqual({ '/home': undefined, '/home/f': '12345' })
    expect(await files.space('/home')).toEqual({ freeBytes: 5, totalBytes: 10 })
  })

  it('refuse what is denied, with everything under it and nothing beside it', async () => {
    const { files } = createFakeEnv()
    files.put('/a/b/f', 'x')
    files.put('/a/bc', 'y')
    files.faults.denied.add('/a/b')
    await expect(files.readText('/a/b/f')).rejects.toMatchObject({ code: 'EACCES' })
    await expect(files.list('/a/b')).rejects.toMatchObject({ code: 'EACCES' })
    expect(await files.readText('/a/bc')).toBe('y')
  })

  it('fail as planned, so many times, in that step and place', async () => {
    const { files } = createFakeEnv()
    files.put('/a/f', 'x')
    files.put('/b/f', 'y')
    files.faults.planned.push({ step: 'read', under: '/a', code: 'EIO', times: 2 })
    expect(await files.readText('/b/f')).toBe('y')
    for (let time = 0; time < 2; time++) {
      await expect(files.readText('/a/f')).rejects.toMatchObject({ code: 'EIO', path: '/a/f' })
    }
    expect(await files.readText('/a/f')).toBe('x')
  })

  it('fail by chance, decided by the seed', async () => {
    const trace = async (seed: number): Promise<string> => {
      const { files } = createFakeEnv(seed)
      files.put('/f', 'x')
      files.faults.chances.set('EBUSY', 0.3)
      let answers = ''
      for (let call = 0; call < 50; call++) {
        answers += await files.readText('/f').then(
          () => '.',
          (error: NodeJS.ErrnoException) => error.code,
        )
      }
      return answers
    }
    expect(await trace(1)).toBe(await trace(1))
    expect(await trace(1)).not.toBe(await trace(2))
    expect(await trace(1)).toContain('EBUSY')
  })

  it('give copies: changing what was read changes no file', async () => {
    const { files } = createFakeEnv()
    const data = new Uint8Array([1, 2, 3])
    await files.writeAtomic('/f', data)
    data[0] = 9
    ;(await files.readFile('/f'))[1] = 9
    expect([...(await files.readFile('/f'))]).toEqual([1, 2, 3])
  })
})

describe('the other fakes', () => {
  it('keep secrets over a restart, and fail when told', async () => {
    const env = createFakeEnv()
    await env.secrets.set('a', new Secret('one'))
    const after = env.restart()
    expect((await after.secrets.get('a'))?.reveal()).toBe('one')
    after.secrets.failure = new EverstowError('keychain-unavailable')
    await expect(after.secrets.get('a')).rejects.toMatchObject({ code: 'keychain-unavailable' })
    await expect(after.secrets.set('a', new Secret('x'))).rejects.toMatchObject({
      code: 'keychain-unavailable',
    })
    after.secrets.failure = undefined
    expect(await after.secrets.delete('a')).toBe(true)
    expect(await after.secrets.delete('a')).toBe(false)
    expect(createMemorySecrets({ b: 'x', a: 'y' }).names()).toEqual(['a', 'b'])
  })

  it('record the log by area, without secrets', () => {
    const { log } = createFakeEnv()
    log.area('storage').warn('put failed', { key: 'k', password: 'hunter2', secret: new Secret('s3cr3t') })
    expect(log.entries).toEqual([
      {
        level: 'warn',
        area: 'storage',
        message: 'put failed',
        fields: { key: 'k', password: '***', secret: '***' },
      },
    ])
    expect(log.text()).not.toMatch(/hunter2|s3cr3t/)
  })

  it('have a network that can be cut', async () => {
    const { net, clock } = createFakeEnv()
    expect(net.isOnline()).toBe(true)
    expect(await net.isReachable('https://a.example/', 1000)).toBe(true)
    net.hosts.set('a.example', 'refused')
    expect(await net.isReachable('https://a.example/', 1000)).toBe(false)
    net.hosts.set('a.example', 'silent')
    expect(await clock.run(net.isReachable('https://a.example/', 1000))).toBe(false)
    expect(clock.monotonicMs()).toBe(1000)
    net.online = false
    expect(await net.isReachable('https://b.example/', 1000)).toBe(false)
    expect(await net.isReachable('file:///x', 1000)).toBe(false)
  })
})
